"""Texts a device tells about itself, made fit to be kept."""

_LONGEST = 60


def printable(text: str | None) -> str | None:
    """The printable ASCII of a text, at most 60 characters; None when nothing is left."""
    kept = "".join(c for c in text or "" if c.isascii() and c.isprintable()).strip()
    return kept[:_LONGEST] or None
