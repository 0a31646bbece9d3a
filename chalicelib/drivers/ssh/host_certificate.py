"""Host certificates of OpenSSH: a host key that an authority has signed, for names and a time.

paramiko takes a certificate for the key in it and judges nothing of it; ``cryptography`` verifies its signature, and
the rest is here, as OpenSSH does it (PROTOCOL.certkeys).
"""

from base64 import b64decode, b64encode
from collections.abc import Collection, Sequence
from datetime import datetime

from chalicelib.drivers.ssh.host_names import canonical
from chalicelib.drivers.ssh.host_patterns import matches

_SUFFIX = b"-cert-v01@openssh.com"


def is_one(blob: bytes) -> bool:
    """Return whether a host's blob is a certificate and not a plain key."""
    return _type_of(blob).endswith(_SUFFIX)


def refusal(blob: bytes, authorities: Collection[bytes], names: Sequence[str], now: datetime) -> str | None:
    """Return why the certificate does not prove that the host has one of these names; None where it does.

    ``authorities`` are public keys in SSH's own form. A certificate without names is for every host, as in OpenSSH.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        SSHCertificate,
        SSHCertificateType,
        load_ssh_public_identity,
    )

    try:
        shown = load_ssh_public_identity(_type_of(blob) + b" " + b64encode(blob))
        if not isinstance(shown, SSHCertificate):
            return "its certificate cannot be read"
        signer = b64decode(shown.signature_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])
        shown.verify_cert_signature()
    except (ValueError, UnsupportedAlgorithm):
        return "its certificate cannot be read"
    except InvalidSignature:
        return "the signature of its certificate is false"
    if signer not in authorities:
        return "its certificate is signed by none of the authorities in host_keys"
    if shown.type is not SSHCertificateType.HOST or shown.critical_options:
        return "its certificate is not one of a host, or has options that are not known here"
    if not shown.valid_after <= now.timestamp() < shown.valid_before:
        return "its certificate is not valid at this time"
    principals = [canonical(principal.decode("utf-8", "replace")) for principal in shown.valid_principals]
    names = [canonical(name) for name in names]
    if principals and not any(matches(principal, names) for principal in principals):
        return f"its certificate is for {', '.join(principals)[:200]}, and not for {', '.join(names)}"
    return None


def _type_of(blob: bytes) -> bytes:
    return blob[4 : 4 + int.from_bytes(blob[:4], "big")]
