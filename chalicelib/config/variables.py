"""Describe the environment variables by which an operator sets a stage, for docs/reference/settings.md.

``settings.py`` reads most of them; the drivers read those that only attacks need.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: its name, its default as text (empty for none), and its meaning."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("TIMEZONE", "Europe/Madrid", "the engine's time zone, a name of the IANA list; `TZ` is set to the same"),
    Variable("ALLOWED_ORIGIN", "*", "the origin whose pages may call the API (CORS)"),
    Variable(
        "GRACE_SECONDS",
        "900",
        "how late a delivery may still attack, 600 to 86400 s; later it is `missed`. AWS gives up five minutes earlier",
    ),
    Variable("RETENTION_DAYS", "400", "how long records are kept"),
    Variable("MAX_EXECUTORS", "1000", "the executors of one plan, undos included"),
    Variable(
        "LEASHED",
        "true (locally false)",
        "a leashed stage resolves targets, records, and attacks nothing; only the word `false` lets it attack",
    ),
    Variable("MAX_ATTACKS_PER_DAY", "", "the attacks of a day, all of them together"),
    Variable("MIN_GAP_MINUTES", "", "the minutes between the begin of two attacks"),
    Variable(
        "ATTACK_LIMITS",
        "{}",
        'both by attack: `{"module:Class": {"max_attacks_per_day": 5, "min_gap_minutes": 30}}`',
    ),
    Variable(
        "PRIVATE_ADDRESSES",
        "",
        "with `allow` an ApiRequest, and the API of another cloud (`driver`), may be at a private address (the stage's"
        " own network); link-local, metadata and loopback addresses are never allowed",
    ),
    Variable(
        "API_AUTH",
        "iam (locally open)",
        "who may call: with `iam` signed calls alone; with `open-to-anyone`, which a stage on AWS has to spell out,"
        " everybody",
    ),
    Variable(
        "PROTECTED_TAGS",
        "chaos:protected",
        "a machine with one of these tags (`key=value,key`), in any case of letters, is never attacked",
    ),
    Variable("REQUIRED_TAGS", "", "a machine without one of these tags is never attacked"),
    Variable(
        "ALLOWED_ROLES",
        "",
        "the ARNs of the roles that attacks may assume (`role_arn`), in other accounts too; `*` in the name alone",
    ),
    Variable("EC2_FILTERS", "*", "the EC2 filters that an attack may use; locally those that the emulator supports"),
    Variable(
        "SSH_HOST_KEYS",
        "",
        "with `accept-new` a RunScript plan needs no `host_keys`: the engine takes the key that a machine shows and"
        " puts it on record; locally so",
    ),
    Variable("PARALLEL_REQUESTS", "24", "the requests to AWS at a time while a plan is created or deleted, 1 to 64"),
    Variable("LIST_SHARDS", "1", "the partitions of the indexes for lists, 1 to 64 (docs/adr/0001)"),
)
