"""Context of the page about a client's gateway and breathalyzer."""

from dataclasses import dataclass
from datetime import datetime

from backend.services.gateways import BreathalyzerView, CodeView, Equipment, GatewayView, NewCode
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.language import Language


@dataclass(frozen=True, slots=True)
class GatewayLine:
    """One gateway."""

    device_id: str
    enrolled: Moment | None
    heard: Moment | None
    revoked: Moment | None
    reason: str | None
    refused: str
    """How many messages in its name were refused; empty when none was."""


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One code."""

    code_id: str
    issued: Moment | None
    state: str
    can_withdraw: bool


@dataclass(frozen=True, slots=True)
class BreathalyzerLine:
    """One breathalyzer by its serial number."""

    serial: str
    model: str
    first: Moment | None
    last: Moment | None
    readings: str
    is_paired: bool
    flag: str
    """What to point out; empty when it is the client's own."""


@dataclass(frozen=True, slots=True)
class NewCodeCard:
    """A code just made: it is shown this once."""

    code: str
    until: Moment | None


@dataclass(frozen=True, slots=True)
class EquipmentPage:
    """The whole page."""

    frame: Frame
    client_id: str
    alias: str
    made: NewCodeCard | None
    gateways: tuple[GatewayLine, ...]
    codes: tuple[CodeLine, ...]
    breathalyzers: tuple[BreathalyzerLine, ...]
    is_operator: bool


def equipment_page(
    found: Equipment, frame: Frame, now: datetime, made: NewCode | None = None, *, is_operator: bool = False
) -> EquipmentPage:
    """The page of one client's equipment."""
    lang, tz = frame.lang, found.tz
    any_paired = any(one.is_paired for one in found.breathalyzers)
    return EquipmentPage(
        frame,
        str(found.client_id),
        found.alias,
        NewCodeCard(made.code, moment(made.ends_at, now, tz, lang)) if made else None,
        tuple(_gateway(one, now, tz, lang) for one in found.gateways),
        tuple(_code(one, now, tz, lang) for one in found.codes),
        tuple(_breathalyzer(one, now, tz, lang, any_paired=any_paired) for one in found.breathalyzers),
        is_operator,
    )


def _gateway(one: GatewayView, now: datetime, tz: str, lang: Language) -> GatewayLine:
    refused = ""
    if one.refused:
        refused = lang.n(
            "{count} message in its name was refused",
            "{count} messages in its name were refused",
            one.refused,
        )
    return GatewayLine(
        one.device_id,
        moment(one.enrolled_at, now, tz, lang),
        moment(one.heard_at, now, tz, lang),
        moment(one.revoked_at, now, tz, lang),
        one.revoke_reason,
        refused,
    )


def _code(one: CodeView, now: datetime, tz: str, lang: Language) -> CodeLine:
    waits = False
    if one.used_at is not None:
        state = lang.t("used by {device}", device=one.device_id or "?")
    elif one.revoked_at is not None:
        state = lang.t("withdrawn")
    elif one.ends_at <= now:
        state = lang.t("too old")
    else:
        state, waits = lang.t("not used yet"), True
    return CodeLine(str(one.code_id), moment(one.issued_at, now, tz, lang), state, waits)


def _breathalyzer(
    one: BreathalyzerView, now: datetime, tz: str, lang: Language, *, any_paired: bool
) -> BreathalyzerLine:
    flag = ""
    if not one.is_paired:
        flag = (
            lang.t("Another breathalyzer than the client's own.")
            if any_paired
            else lang.t("Not confirmed yet.")
        )
    return BreathalyzerLine(
        one.serial,
        one.model or "",
        moment(one.first_at, now, tz, lang),
        moment(one.last_at, now, tz, lang),
        lang.n("{count} reading", "{count} readings", one.readings),
        one.is_paired,
        flag,
    )
