"""Judge the names of EC2's filters of instances, and the states that one of them takes.

EC2 answers any other name with an error. An emulator may ignore it, and then every instance matches.
"""

from chalicelib.domain.fault import Fault, nearest

FORMAT = "ec2-filter"
"""The JSON Schema format of such a name."""

STATE_FORMAT = "ec2-instance-state"
"""The JSON Schema format of a value of ``instance-state-name``."""
STATES = ("pending", "running", "shutting-down", "terminated", "stopping", "stopped")
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html"""

DOCUMENTED = frozenset(
    """
    affinity architecture availability-zone availability-zone-id block-device-mapping.attach-time
    block-device-mapping.delete-on-termination block-device-mapping.device-name block-device-mapping.status
    block-device-mapping.volume-id boot-mode capacity-reservation-id
    capacity-reservation-specification.capacity-reservation-preference
    capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id
    capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn
    client-token current-instance-boot-mode dns-name ebs-optimized ena-support enclave-options.enabled
    hibernation-options.configured host-id hypervisor iam-instance-profile.arn iam-instance-profile.id image-id
    instance-id instance-lifecycle instance-state-code instance-state-name instance-type instance.group-id
    instance.group-name ip-address ipv6-address kernel-id key-name launch-index launch-time
    maintenance-options.auto-recovery metadata-options.http-endpoint metadata-options.http-protocol-ipv4
    metadata-options.http-protocol-ipv6 metadata-options.http-put-response-hop-limit
    metadata-options.http-tokens metadata-options.instance-metadata-tags metadata-options.state monitoring-state
    network-interface.addresses.association.allocation-id network-interface.addresses.association.association-id
    network-interface.addresses.association.carrier-ip network-interface.addresses.association.customer-owned-ip
    network-interface.addresses.association.ip-owner-id network-interface.addresses.association.public-dns-name
    network-interface.addresses.association.public-ip network-interface.addresses.primary
    network-interface.addresses.private-dns-name network-interface.addresses.private-ip-address
    network-interface.association.allocation-id network-interface.association.association-id
    network-interface.association.carrier-ip network-interface.association.customer-owned-ip
    network-interface.association.ip-owner-id network-interface.association.public-dns-name
    network-interface.association.public-ip network-interface.attachment.attach-time
    network-interface.attachment.attachment-id network-interface.attachment.delete-on-termination
    network-interface.attachment.device-index network-interface.attachment.instance-id
    network-interface.attachment.instance-owner-id network-interface.attachment.network-card-index
    network-interface.attachment.status network-interface.availability-zone
    network-interface.deny-all-igw-traffic network-interface.description network-interface.group-id
    network-interface.group-name network-interface.ipv4-prefixes.ipv4-prefix network-interface.ipv6-address
    network-interface.ipv6-addresses.ipv6-address network-interface.ipv6-addresses.is-primary-ipv6
    network-interface.ipv6-native network-interface.ipv6-prefixes.ipv6-prefix network-interface.mac-address
    network-interface.network-interface-id network-interface.operator.managed
    network-interface.operator.principal network-interface.outpost-arn network-interface.owner-id
    network-interface.private-dns-name network-interface.private-ip-address network-interface.public-dns-name
    network-interface.requester-id network-interface.requester-managed network-interface.source-dest-check
    network-interface.status network-interface.subnet-id network-interface.tag-key network-interface.tag-value
    network-interface.vpc-id network-performance-options.bandwidth-weighting operator.managed operator.principal
    outpost-arn owner-id placement-group-name placement-partition-number platform platform-details
    private-dns-name private-dns-name-options.enable-resource-name-dns-a-record
    private-dns-name-options.enable-resource-name-dns-aaaa-record private-dns-name-options.hostname-type
    private-ip-address product-code product-code.type ramdisk-id reason requester-id reservation-id
    root-device-name root-device-type source-dest-check spot-instance-request-id state-reason-code
    state-reason-message subnet-id tag-key tenancy tpm-support usage-operation usage-operation-update-time
    virtualization-type vpc-id
    """.split()  # noqa: SIM905 - a list of 135 lines shows no more
)
"""As DescribeInstances documents them, ``tag:<key>`` aside:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html (and botocore, which a test reads)"""
_FORMER = frozenset(
    (
        *("association.allocation-id", "association.association-id", "association.ip-owner-id"),
        *("association.public-ip", "group-id", "group-name", "tag-value"),
    )
)
"""Earlier editions of that page had these, and EC2 may still take them."""
_TAG = "tag:"


def filter_fault(name: str) -> Fault | None:
    """Return the fault of a name that is no filter of EC2, else None. The key after ``tag:`` may be any text."""
    if (name.startswith(_TAG) and name != _TAG) or name in DOCUMENTED | _FORMER:
        return None
    return Fault("$", "EC2 has no such filter", "give tag:<key> or one it documents", _nearest(name))


def state_fault(value: str) -> Fault | None:
    """Return the fault of a value that no instance's state ever has, else None. EC2 takes ``*`` and ``?``."""
    if value in STATES or set(value) & {"*", "?"}:
        return None
    return Fault("$", "no instance is ever in that state", f"give one of {', '.join(STATES)}", nearest(value, STATES))


def _nearest(name: str) -> str | None:
    """Return the filter that was probably meant: a tag's, where the name has a colon or is like no filter."""
    word, colon, key = name.partition(":")
    if colon and key:
        return _TAG + key
    return nearest(name, sorted(DOCUMENTED)) or (_TAG + word if word and word != "tag" else None)
