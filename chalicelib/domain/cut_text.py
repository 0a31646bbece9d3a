"""Cut texts so that the cut shows."""


def cut(text: str, longest: int) -> str:
    """Return a text of at most ``longest`` characters, which ends in an ellipsis where something was cut off.

    Redaction goes by the ellipsis: a piece of a secret may stand before it.
    """
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."
