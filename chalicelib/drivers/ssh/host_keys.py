"""Compare the host key that a machine shows with those that the plan trusts.

An entry of ``host_keys`` is a fingerprint (``SHA256:...``, as ``ssh-keygen -lf`` prints it), a public key, or lines of
a ``known_hosts`` file. Of such a line, the marker ``@cert-authority`` and the hosts' patterns count.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import Fault
from chalicelib.drivers.ssh import host_certificate, host_names
from chalicelib.drivers.ssh.host_patterns import matches

SETTING = "SSH_HOST_KEYS"
ACCEPT_NEW = "accept-new"
"""The setting's value with which a plan needs no host keys: whatever key is shown is taken, and put on record."""

_ED25519, _RSA = ("ssh-ed25519",), ("rsa-sha2-512", "rsa-sha2-256")
_ECDSA = ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
_PLAIN = (_ED25519, _ECDSA, _RSA)
_CERTIFIED = tuple(f"{name}-cert-v01@openssh.com" for kind in _PLAIN for name in kind)
_KEY_TYPES = ("ssh-ed25519", "ssh-rsa", *_ECDSA)
_FINGERPRINT = re.compile(r"SHA256:([A-Za-z0-9+/]{43})=?")
_WANTED = (
    "give fingerprints such as SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU, public keys, or lines of a"
    " known_hosts file (`ssh-keyscan <host>` prints them, `ssh-keygen -lf <file>` shows fingerprints)"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A public key in SSH's own form, and the patterns of the hosts it is for."""

    hosts: str
    blob: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The host keys that are taken for the machine's. ``any_key`` takes every one."""

    any_key: bool = False
    fingerprints: frozenset[str] = frozenset()
    keys: tuple[Named, ...] = ()
    authorities: tuple[Named, ...] = ()

    def algorithms(self) -> list[tuple[str, ...]]:
        """Return the key types to ask the machine for, one connection after the other: it has several keys and shows
        one at a time."""
        if self.any_key:
            return [_ED25519 + _ECDSA + _RSA]
        certified = [_CERTIFIED] if self.authorities else []
        if self.fingerprints:
            return [*certified, *_PLAIN]
        types = {_type_of(key.blob) for key in self.keys}
        named = tuple(
            name for kind in _PLAIN for name in kind if name in types or (kind == _RSA and "ssh-rsa" in types)
        )
        return [*certified, named] if named else certified

    def refusal(self, blob: bytes, names: Sequence[str], port: int, now: datetime) -> str | None:
        """Return why the key or certificate ``blob`` is not that of a machine with these names; None where it is.

        ``now`` (aware) is the instant at which a certificate must be valid.
        """
        if self.any_key:
            return None
        entries = [entry for name in names for entry in host_names.known_hosts_names(name, port)]
        if host_certificate.is_one(blob):
            signers = {each.blob for each in self.authorities if matches(each.hosts, entries)}
            return host_certificate.refusal(blob, signers, names, now)
        if fingerprint(blob) in self.fingerprints:
            return None
        if any(key.blob == blob and matches(key.hosts, entries) for key in self.keys):
            return None
        return f"it shows the host key {fingerprint(blob)}, which is not among host_keys"


def of_plan(entries: Sequence[str] | None, environment: Mapping[str, str]) -> Trust:
    """Return the trust of a plan's ``host_keys`` and the stage's setting together. Raises ``InvalidRequest``."""
    if entries is not None:
        return parse(entries)
    if environment.get(SETTING) == ACCEPT_NEW:
        return Trust(any_key=True)
    raise InvalidRequest(Fault("$.host_keys", "it is missing, and this stage trusts no unknown machine", _WANTED))


def parse(entries: Iterable[str]) -> Trust:
    """Return the trust in a plan's entries, each of one or several lines. Raises ``InvalidRequest``."""
    fingerprints: set[str] = set()
    keys: list[Named] = []
    authorities: list[Named] = []
    for line in (line.strip() for entry in entries for line in entry.splitlines()):
        if not line or line.startswith("#"):
            continue
        if found := _FINGERPRINT.fullmatch(line):
            fingerprints.add(f"SHA256:{found[1]}")
        elif line.startswith("@cert-authority "):
            authorities.append(_named(line.partition(" ")[2], line))
        else:
            keys.append(_named(line, line))
    if not (fingerprints or keys or authorities):
        raise InvalidRequest(Fault("$.host_keys", "it names no key", _WANTED))
    return Trust(fingerprints=frozenset(fingerprints), keys=tuple(keys), authorities=tuple(authorities))


def fingerprint(blob: bytes) -> str:
    """Return the fingerprint as OpenSSH writes it: ``SHA256:`` and the base64 of the hash without padding."""
    return f"SHA256:{b64encode(sha256(blob).digest()).decode().rstrip('=')}"


def _named(text: str, line: str) -> Named:
    """Parse ``[hosts] type base64 [comment]``."""
    fields = text.split()
    if fields and fields[0] in _KEY_TYPES:
        fields = ["*", *fields]
    if len(fields) < 3 or fields[1] not in _KEY_TYPES:
        raise InvalidRequest(Fault("$.host_keys", "a line is no host key that can be checked", _WANTED))
    try:
        blob = b64decode(fields[2], validate=True)
    except (NotBase64, ValueError):
        blob = b""
    if not _is_key(fields[1], fields[2]) or _type_of(blob) != fields[1]:
        raise InvalidRequest(Fault("$.host_keys", "a line holds a key that cannot be read", _WANTED))
    return Named(",".join(map(host_names.canonical, fields[0].split(","))), blob)


def _is_key(name: str, text: str) -> bool:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    try:
        load_ssh_public_key(f"{name} {text}".encode())
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _type_of(blob: bytes) -> str:
    """Return the first string in the blob."""
    return blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode("ascii", "replace")
