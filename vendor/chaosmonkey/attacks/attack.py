"""``from chaosmonkey.attacks.attack import Attack``"""

from chalicelib.plugin import Attack

__all__ = ["Attack"]
