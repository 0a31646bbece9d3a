"""The compute providers of Apache Libcloud, by name.

The API checks a plan against them and must not import Libcloud, which takes a third of a second. Which names there are
follows from the version in requirements.txt: a test compares them with its ``DRIVERS``.
"""

PROVIDERS = (
    *("abiquo", "aliyun_ecs", "aurora_compute", "azure", "azure_arm", "brightbox", "cloudscale", "cloudsigma"),
    *("cloudstack", "digitalocean", "dimensiondata", "dummy", "ec2", "equinixmetal", "eucalyptus", "exoscale"),
    *("gandi", "gce", "gig_g8", "gridscale", "ikoula", "internetsolutions", "kamatera", "ktucloud", "kubevirt"),
    *("libvirt", "linode", "maxihost", "nimbus", "ntta", "nttcis", "onapp", "opennebula", "openstack"),
    *("outscale", "outscale_inc", "outscale_sas", "ovh", "rackspace", "rackspace_first_gen", "rimuhosting"),
    *("scaleway", "terremark", "upcloud", "vcl", "vcloud", "vpsnet", "vsphere", "vultr"),
)
