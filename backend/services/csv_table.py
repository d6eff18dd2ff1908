"""A table as CSV that spreadsheets open without running anything in it."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any


def csv_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of the same columns as CSV (RFC 4180, UTF-8); empty for no rows. Cells that begin like a formula get an
    apostrophe in front.
    """
    if not rows:
        return ""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([_safe(value) for value in row.values()])
    return out.getvalue()


def _safe(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
