"""Draw docs/images/architecture.svg: boxes in the order in which a reading travels."""

from pathlib import Path

WIDTH, HEIGHT = 1180, 560
INK, RECEIPT = "#1d3d5c", "#8a4b00"


def zone(x: int, y: int, w: int, h: int, label: str, fill: str) -> str:
    """A shaded area with a heading."""
    return (
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="14" fill="{fill}" stroke="#c9d3dd"/>'
        f'<text x="{x + 16}" y="{y + 26}" font-weight="600" fill="#33475b">{label}</text>'
    )


def box(x: int, y: int, w: int, h: int, title: str, *below: str) -> str:
    """A part of the system: its name and up to two lines on what it does."""
    centre, top = x + w / 2, y + h / 2 + 5 - 9 * len(below)
    lines = [
        f'<text x="{centre}" y="{top}" text-anchor="middle" font-weight="600" fill="#12283d">{title}</text>'
    ]
    for number, text in enumerate(below, 1):
        height = top + 18 * number
        lines.append(
            f'<text x="{centre}" y="{height}" text-anchor="middle" font-size="12" fill="#4a5d70">{text}</text>'
        )
    frame = f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="8" fill="#ffffff" stroke="{INK}" stroke-width="1.5"/>'
    return frame + "".join(lines)


def arrow(*points: tuple[int, int], back: bool = False) -> str:
    """A way that data takes; `back` for the receipt's way home."""
    colour, dash = (RECEIPT, ' stroke-dasharray="6 4"') if back else (INK, "")
    path = "M" + " L".join(f"{x} {y}" for x, y in points)
    head = "receipt" if back else "data"
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.8"{dash} marker-end="url(#{head})"/>'
    )


def label(x: int, y: int, text: str, colour: str = INK) -> str:
    """Words beside an arrow."""
    return f'<text x="{x}" y="{y}" font-size="12" text-anchor="middle" fill="{colour}">{text}</text>'


def marker(name: str, colour: str) -> str:
    """An arrow head."""
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0 0 10 5 0 10z" fill="{colour}"/></marker>'
    )


def drawing() -> str:
    """The whole picture as SVG text."""
    home = [("Breathalyzer", "Bluetooth, bytes"), ("Driver", "pure: bytes → events"),
            ("Test run", "countdown, blow, result, retest"), ("Signed reading", "contracts, Ed25519"),
            ("Outbox", "SQLite, until the receipt")]  # fmt: skip
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            'aria-labelledby="t d" font-family="system-ui,sans-serif" font-size="14">'
        ),
        '<title id="t">How a breath travels through Nykter</title>',
        (
            '<desc id="d">At home: breathalyzer, driver, test run, signed reading, outbox. Over MQTT to the broker. '
            "In the backend: ingest, store, jobs, services, pages and API. A signed receipt travels back, and only "
            "then does the reading leave the outbox.</desc>"
        ),
        f"<defs>{marker('data', INK)}{marker('receipt', RECEIPT)}</defs>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        zone(20, 20, 300, 520, "At home: device_gateway", "#eef5fb"),
        zone(340, 20, 170, 520, "Broker", "#f6f2ea"),
        zone(530, 20, 630, 520, "Backend", "#eef7f0"),
        *(box(60, 60 + 90 * i, 220, 56, *part) for i, part in enumerate(home)),
        *(arrow((170, y), (170, y + 32)) for y in (116, 206, 296, 386)),
        box(360, 240, 130, 70, "MQTT", "QoS 1"),
        arrow((280, 440), (400, 440), (400, 312)),
        label(336, 431, "messages"),
        arrow((490, 262), (558, 262)),
        arrow((560, 292), (492, 292), back=True),
        arrow((450, 312), (450, 466), (282, 466), back=True),
        label(390, 484, "signed receipt", RECEIPT),
        box(560, 240, 150, 74, "Ingest", "verify, batch,", "COMMIT, then ack"),
        arrow((635, 316), (635, 378)),
        box(560, 380, 150, 70, "Store", "hypertable, ledger"),
        box(770, 380, 150, 70, "Jobs", "windows, results,", "alerts"),
        arrow((712, 404), (768, 404)),
        arrow((770, 430), (712, 430)),
        box(770, 472, 150, 56, "Relapse model", "probability, reasons"),
        arrow((845, 452), (845, 470)),
        box(770, 240, 150, 70, "Services", "who may do what"),
        arrow((700, 380), (790, 312)),
        box(980, 170, 150, 60, "Pages", "clinician, client"),
        box(980, 300, 150, 60, "API", "OpenAPI, live events"),
        arrow((920, 262), (978, 210)),
        arrow((920, 290), (978, 326)),
        (
            '<text x="845" y="90" text-anchor="middle" font-size="13" fill="#33475b">The reading leaves the outbox '
            'only when the</text><text x="845" y="110" text-anchor="middle" font-size="13" fill="#33475b">backend’s '
            "signed receipt (dashed) has arrived.</text>"
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "images" / "architecture.svg").write_text(
        drawing(), encoding="utf-8"
    )
