"""The application form's fields as content for the service."""

from typing import Any

from starlette.datastructures import FormData

from backend.errors import Invalid
from dashboard.site import field

_TEXTS = ("name", "phone", "referrer", "words", "sex", "goal", "work", "wakes_at", "sleeps_at")


def content_of(form: FormData) -> dict[str, Any]:
    """What was filled in; empty fields are left out. Raises Invalid for what is no number where one belongs."""
    found: dict[str, Any] = {name: text for name in _TEXTS if (text := field(form, name))}
    if year := field(form, "born_year"):
        found["born_year"] = _number(year)
    for name in ("can_blow", "has_phone"):
        if (said := field(form, name)) in {"yes", "no"}:
            found[name] = said == "yes"
    found["consent"] = field(form, "consent") == "yes"
    found["instrument"] = "audit_c" if field(form, "short") == "yes" else "audit"
    found["audit"] = [_number(text) if (text := field(form, f"audit_{n}")) else None for n in range(10)]
    found["risk_days"] = [_number(str(day)) for day in form.getlist("risk_days")]
    return found


def windows_of(form: FormData, most: int) -> list[dict[str, Any]]:
    """The plan's times as edited; a time without weekdays is left out."""
    found = []
    for number in range(most):
        days = [_number(str(day)) for day in form.getlist(f"days_{number}")]
        if days:
            found.append(
                {
                    "kind": field(form, f"kind_{number}"),
                    "weekdays": days,
                    "opens": field(form, f"opens_{number}"),
                    "closes": field(form, f"closes_{number}"),
                }
            )
    return found


def _number(text: str) -> int:
    if not text.isdecimal():
        raise Invalid
    return int(text)
