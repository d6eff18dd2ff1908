"""Which channels are set up, and how the messages of the last day went."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nykter.diagnosis.finding import Finding, fault, note, ok
from nykter.errors import NykterError

if TYPE_CHECKING:
    from backend.services.reachability import DeliveryHealth

_TELLING = ("nykter", "sober", "alko", "alco", "promille", "beroende", "missbruk", "addict", "rehab")
_MOSTLY = 0.5


def settings_of_channels() -> Iterator[Finding]:
    """E-mail, SMS and webhook: on, or which variables are missing. Nothing is sent."""
    from nykter.channels import channels_from, why_off
    from nykter.settings import ChannelSettings

    try:
        settings = ChannelSettings.from_environment()
        channels = channels_from(settings)
    except NykterError as error:
        yield fault("channels", str(error), "Correct the variable, or the file it names.")
        return
    off = why_off(settings)
    for kind in ("email", "sms", "webhook"):
        if kind in channels.by_kind:
            yield ok(kind, "set up")
        else:
            yield note(kind, "off: people are told on their pages only", f"set {off[kind]}")
    shown = " ".join(
        (urlsplit(settings.public_url or "").netloc, settings.smtp_from or "", settings.sms_from or "")
    )
    if any(word in shown.lower() for word in _TELLING):
        yield note(
            "sender",
            "an address or sender in the messages tells what they are about",
            "choose a neutral one: NYKTER_PUBLIC_URL, NYKTER_SMTP_FROM, NYKTER_SMS_FROM",
        )


def deliveries(database_url: str | None) -> Iterator[Finding]:
    """What became of the last day's messages, disabled contact points, and people nobody could reach."""
    if database_url is None:
        return
    import psycopg

    from backend.errors import BackendError
    from backend.services import reachability
    from backend.store.pool import Database
    from backend.store.scope import SYSTEM_SCOPE

    try:
        with Database(database_url, timeout_s=2.0) as db, db.transaction(SYSTEM_SCOPE) as conn:
            row = conn.execute("SELECT now() AS now").fetchone()
            assert row is not None
            now: datetime = row["now"]
            found = reachability.health(conn, None, now=now)
    except BackendError:
        return  # the database's own finding says so
    except psycopg.errors.UndefinedTable:
        return  # not migrated; the schema's own finding says so
    yield from of_health(found)


def of_health(found: "DeliveryHealth") -> Iterator[Finding]:
    """The last day in words."""
    for one in found.channels:
        ended = one.sent + one.given_up
        says = f"{one.sent} sent, {one.failed} waiting to be tried again, {one.given_up} given up in 24 hours"
        if one.last_error:
            says += f" (last: {one.last_error})"
        if one.given_up and one.given_up > _MOSTLY * ended:
            yield fault(f"by {one.channel}", says, "Look at the channel's settings and its provider.")
        elif one.given_up or one.failed:
            yield note(f"by {one.channel}", says)
        else:
            yield ok(f"by {one.channel}", says)
    if found.disabled_contact_points:
        yield note(
            "addresses",
            f"{found.disabled_contact_points} contact points were refused for good and are disabled",
            "their owners confirm them again, or remove them",
        )
    if found.unreachable_accounts:
        yield fault(
            "unreachable",
            f"{found.unreachable_accounts} people could not be told of something and have not seen it",
            "call them; then look at the channels above",
        )
