"""Judge by its name whether a value is a secret, whatever a schema says.

Words are found anywhere in a name: in camelCase, snake_case and kebab-case, and run together. In doubt a name is a
secret's, because encrypting a value changes nothing for the plugin that uses it.
"""

import re
import unicodedata
from functools import lru_cache


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _without_accents(name: str) -> str:
    """Return the name in compatibility form, so that ``contraseña`` and fullwidth letters match too, and
    without letters that nobody sees."""
    if name.isascii():
        return name
    plain = unicodedata.normalize("NFKD", name)
    return "".join(each for each in plain if not unicodedata.combining(each) and unicodedata.category(each) != "Cf")


_ELSEWHERE = "|".join(_without_accents("geheim heslo parola hasło парол 密码 密碼 パスワード 비밀번호").split())
"""Passwords and secrets in other languages."""
_ANYWHERE = re.compile(
    "passw|pasword|psswd|passphrase|passcode|passkey|pwd|pswd|secret|token|credential|cookie|authorization|authentication"
    "|oauth(?!or)|bearer|webhook|keytab|keystore|kubeconfig|sessid|signature|id[-_]?rsa|id[-_]?dsa|id[-_]?ecdsa|id[-_]?ed25519"
    "|kennwort|contrasen|senha|mot[-_ ]?de[-_ ]?passe|wachtwoord|mnemonic|(?<![a-z0-9])(?:2fa|p12|pkcs12)(?![a-z0-9])"
    f"|{_ELSEWHERE}"
)
"""Parts of a name that mean a secret anywhere in it, as in ``PGPASSWORD``."""
_RUN_TOGETHER = re.compile(
    "(?:api|access|account|admin|app|auth|client|consumer|deploy|encryption|functions|integration|license|master"
    "|priv|private|rsa|routing|secret|service|session|shared|signing|ssh|ssl|storage|subscription|tls)keys?(?![a-z])"
    "|(?:api|access|private|secret|signing|encryption)key|connection(?:string|uri)|connstr|sessionid|securestring"
    "|(?<!mon)(?<!tur)(?<!don)key(?:base|content|data|file|material|phrase)|(?:seed|recovery)phrase"
    "|(?:access|activation|auth|backup|confirmation|mfa|pin|recovery|reset|security|unlock|verification)codes?(?![a-z])"
    "|(?:basic|digest|http|ldap|proxy|smtp|x)auth(?![a-z])|authheader|authz|hookur[il]|snmpcommunity"
    "|stripesk|sk(?:live|test)(?![a-z])"
)
"""Pairs of words that mean a secret together, without separators."""
_WORDS = _set(
    "assertion auth basicauth clave cred creds csrf cvc cvv dek dsn hmac jks jwt jws kek mfa ntlm otp otpauth pass"
    " passphrases pat pem pfx pin pkey psk pw sas sid sig totp xsrf"
)
"""Words that mean a secret only as whole words."""
_HARMLESS = re.compile(
    "secretar(?:y|ies|iat)|secretsmanager|passwordless|(?:de)?tokeni[sz][a-z]*|http[-_]?tokens"
    "|(?:max|min|num|count|total|limit|budget)(?:imum|ber)?[-_]?(?:of[-_]?)?"
    "(?:(?:new|input|output|prompt|completion)[-_]?)?tokens?"
    "|tokens?[-_]?(?:count|limit|budget)"
)
"""Names that look like a secret's and are not: counts of tokens, an EC2 filter, a kind of reference."""
_PASS = re.compile(r"(?<!by)(?<!com)(?<!over)(?<!under)(?<!tres)(?<!sur)pass$|p(?:as)?sw$|.pw$")
"""The end of a word that means a secret, run together with what is before it: ``dbpass``, ``rootpw``."""
_KEY = re.compile("(?<!cook)(?<!don)(?<!hoc)(?<!joc)(?<!lac)(?<!mic)(?<!mon)(?<!tur)(?<!whis)keys?$")
_HARMLESS_KEYS = _set(
    "aggregate arrow attribute authorized cache column composite config context dedup deduplication dict display"
    " event field foreign group hash header host hot idempotency index issue json kms known label lookup map message"
    " metric natural object of order param partition primary project property pub public query range record row s3"
    " sort sorting tag translation unique"
)
"""Words before ``key`` that make it a key without secrecy, such as a partition key."""
_HINT = re.compile(
    "pass|pwd|pswd|secret|token|cred|cookie|auth|bearer|webhook|key|kubeconfig|sessi?|sig|id|kenn|contra|senha|mot"
    "|wacht|conn|clave|csrf|xsrf|cv[cv]|dsn|hmac|jw[st]|otp|pem|pfx|pin|psk|pw|psw|sas|assertion|code|phrase|secur|hook"
    "|mnemonic|2fa|mfa|p12|pkcs12|jks|dek|kek|ntlm|pat|snmp|sk"
    f"|{_ELSEWHERE}"
)
"""Every secret name contains one of these, so most names fail this first and fast test."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\dA-Z_]+")

_HARMLESS_HEADERS = _set(
    "accept accept-charset accept-encoding accept-language cache-control connection content-encoding content-language"
    " content-length content-type date expect host if-match if-modified-since if-none-match if-unmodified-since origin"
    " pragma prefer range referer te user-agent x-correlation-id x-request-id"
)
_ENVIRONMENTS = _set("env envs environ environment envvars environmentvariables")


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Return whether a value of this name is a secret.

    The name of an EC2 filter by a tag (``tag:Token``) is never a secret's: people have to see what a plan attacks.
    """
    if name.startswith("tag:"):
        return False
    plain = _without_accents(name)
    if not _HINT.search(plain.lower()):
        return False
    lowered = _HARMLESS.sub(" ", plain.lower())
    if _ANYWHERE.search(lowered) or _RUN_TOGETHER.search(re.sub(r"[^a-z]", "", lowered)):
        return True
    words = [word.lower() for word in _WORD.findall(plain)]
    if any(word in _WORDS or _PASS.search(word) for word in words):
        return True
    if not words or not (found := _KEY.search(words[-1])):
        return False
    before = words[-1][: found.start()] or "".join(words[-2:-1])
    return bool(before) and before not in _HARMLESS_KEYS


def holds_headers(name: str) -> bool:
    """Return whether a property of this name holds HTTP headers: each is a secret unless it is harmless."""
    return name.lower().endswith(("header", "headers"))


def holds_environment(name: str) -> bool:
    """Return whether a property of this name holds environment variables: each is a secret."""
    return re.sub(r"[^a-z]", "", name.lower()) in _ENVIRONMENTS


def is_harmless_header(name: str) -> bool:
    """Return whether a header of this name holds no secret by its standard."""
    return name.strip().lower() in _HARMLESS_HEADERS
