"""A QR code as SVG inside the page: no picture to fetch, no style attribute, dark on white in either colour scheme."""

import segno
from markupsafe import Markup


def qr_svg(text: str) -> Markup:
    """The code, with its quiet zone."""
    drawn = segno.make(text, error="m", micro=False)
    svg = drawn.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    return Markup(svg)  # noqa: S704 - drawn from numbers
