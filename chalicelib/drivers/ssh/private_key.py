"""Private keys as they are posted: the base64 of a file, held in memory only."""

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import Fault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.hazmat.primitives.serialization import SSHPrivateKeyTypes

_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_CURVES = ("secp256r1", "secp384r1", "secp521r1")
_WANTED = "give the base64 of an unencrypted RSA, ECDSA (NIST curves) or Ed25519 private key, PEM or OpenSSH"


def load(pem: str) -> "PrivateKeyTypes | SSHPrivateKeyTypes":
    """Return the private key in a base64 text, which may be broken in lines.

    Raises ``InvalidRequest`` that says what is wrong, and repeats nothing of the key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    try:
        text = b64decode("".join(pem.split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest(Fault("$.ssh.pem", "it is not base64", _WANTED)) from None
    read = load_ssh_private_key if text.lstrip().startswith(_OPENSSH) else load_pem_private_key
    try:
        key = read(text, password=None)
    except TypeError:
        raise InvalidRequest(Fault("$.ssh.pem", "it is encrypted", _WANTED)) from None
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidRequest(Fault("$.ssh.pem", "it is not a private key", _WANTED)) from None
    supported = isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) or (
        isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES
    )
    if not supported:
        raise InvalidRequest(Fault("$.ssh.pem", "it is a key of a kind that is not supported", _WANTED))
    return key
