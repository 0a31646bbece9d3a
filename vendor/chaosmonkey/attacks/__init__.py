"""``from chaosmonkey.attacks import Attack``"""

from chaosmonkey.attacks.attack import Attack

__all__ = ["Attack"]
