"""Draw the neutral icons of the client's own pages into dashboard/static/icons: `python scripts/draw_icons.py`.

A disc above a line, the same as icons/icon.svg: nothing in it says what the pages are about. The maskable one keeps
what matters within the middle four fifths, since phones cut icons to their own shape (W3C manifest, maskable icons).
"""

from pathlib import Path

from PIL import Image, ImageDraw

ICONS = Path(__file__).parents[1] / "dashboard" / "static" / "icons"
GROUND, MARK = "#1f5f6b", "#ffffff"
_SHARPER = 4
"""Drawn larger and scaled down, so that edges are smooth."""


def main() -> None:
    """Write every picture."""
    ICONS.mkdir(exist_ok=True)
    for size in (192, 512):
        icon(size, corner=0.25, mark=1.0).save(ICONS / f"{size}.png", optimize=True)
    icon(512, corner=0.0, mark=0.8).save(ICONS / "maskable-512.png", optimize=True)


def icon(size: int, corner: float, mark: float) -> Image.Image:
    """One icon; `corner` is the radius as a share of the size, `mark` the size of the drawing on the ground."""
    side = size * _SHARPER
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, side - 1, side - 1), radius=side * corner, fill=GROUND)

    def at(share: float) -> float:
        return side * (0.5 + (share - 0.5) * mark)

    draw.ellipse((at(0.33), at(0.22), at(0.67), at(0.56)), fill=MARK)
    width = side * 0.08 * mark
    draw.rounded_rectangle((at(0.22), at(0.68), at(0.78), at(0.68) + width), radius=width / 2, fill=MARK)
    return image.resize((size, size), Image.Resampling.LANCZOS).quantize(64)


if __name__ == "__main__":
    main()
