"""The page about who follows whom, and the one about who may see one client."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.access import Principal
from backend.errors import Invalid
from backend.services.care_relations import (
    CareDesk,
    CareOfClient,
    ChangeKind,
    Decision,
    Followed,
    Follower,
    Relation,
)
from dashboard import formats, words
from dashboard.contexts.application import ZONE
from dashboard.contexts.client import Choice
from dashboard.contexts.page import Frame
from dashboard.language import N_, Language

KINDS: dict[ChangeKind, str] = {
    "handed_over": N_("Hand over to a colleague"),
    "assigned": N_("Let a colleague follow as well"),
    "ended": N_("Stop following"),
}
HINTS: dict[ChangeKind, str] = {
    "handed_over": N_("The one who had them sees them until the stated time, the colleague from then on."),
    "assigned": N_("Both see the client. It may end by itself."),
    "ended": N_("Only where another clinician follows the client without an end."),
}
_WRONG: dict[str, str] = {
    "client": N_("Choose at least one client. Nothing was changed, and what you wrote is still here."),
    "kind": N_("Choose what is to be done. Nothing was changed, and what you wrote is still here."),
    "to": N_("Choose a colleague. Nothing was changed, and what you wrote is still here."),
    "words": N_("Say why, in at least three letters. Nothing was changed, and what you wrote is still here."),
    "": N_("It cannot be decided so. Look through the dates and the reason; what you wrote is still here."),
}
"""What to do about a field, by its name."""
_BECAUSE = {
    "duty": N_("was called on duty"),
    "cover": N_("covers a colleague's leave"),
}


@dataclass(frozen=True, slots=True)
class KindChoice:
    """Something that can be decided."""

    kind: str
    text: str
    hint: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FollowedRow:
    """A client to choose. `nobody`: whether nobody follows them, or only somebody whose account is closed."""

    client_id: str
    alias: str
    who: tuple[str, ...]
    nobody: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision in words."""

    what: str
    when: str
    by: str
    words: str


@dataclass(frozen=True, slots=True)
class CarePage:
    """The whole page. `people` is empty where one decides about one's own clients only."""

    frame: Frame
    people: tuple[Choice, ...]
    from_id: str
    from_name: str
    rows: tuple[FollowedRow, ...]
    nobody: int
    kinds: tuple[KindChoice, ...]
    colleagues: tuple[Choice, ...]
    today: str
    decisions: tuple[DecisionLine, ...]
    typed: Mapping[str, str]
    """Dates and words that were sent with a decision that could not be made."""
    problem: str | None
    wrong: str


@dataclass(frozen=True, slots=True)
class RelationLine:
    """Somebody who may see the client."""

    who: str
    span: str
    why: str


@dataclass(frozen=True, slots=True)
class ClientCarePage:
    """Who may see one client."""

    frame: Frame
    client_id: str
    alias: str
    now: tuple[RelationLine, ...]
    coming: tuple[RelationLine, ...]
    past: tuple[RelationLine, ...]
    decisions: tuple[DecisionLine, ...]


def kind_of(text: str) -> ChangeKind:
    """What was chosen. Raises Invalid."""
    for kind in KINDS:
        if kind == text:
            return kind
    raise Invalid


def care_page(
    found: CareDesk,
    who: UUID | None,
    ticked: Collection[str],
    principal: Principal,
    frame: Frame,
    now: datetime,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: str = "",
) -> CarePage:
    """The page as this person may use it. Nothing is chosen that the person did not choose: `ticked` holds the clients,
    `typed` the other fields of a decision that could not be made because of the field `wrong`.
    """
    told = typed or {}
    lang, is_manager = frame.lang, principal.reach("hand_over") == "unit"
    shown = [one for one in found.followed if who is None or any(f.account_id == who for f in one.followers)]
    people = _people(found)
    kinds: tuple[ChangeKind, ...] = tuple(KINDS) if who else ("assigned",)
    rows = tuple(_row(one, ticked, lang) for one in shown)
    return CarePage(
        frame=frame,
        people=tuple(Choice(str(key), name, key == who) for key, name in people.items())
        if is_manager
        else (),
        from_id=str(who) if who else "",
        from_name=people.get(who, "") if who else "",
        rows=rows,
        nobody=sum(row.nobody for row in rows),
        kinds=tuple(
            KindChoice(
                kind, lang.t(KINDS[kind]), lang.t(HINTS[kind]), kind == told.get("kind") or len(kinds) == 1
            )
            for kind in kinds
        ),
        colleagues=tuple(
            Choice(str(one.account_id), one.name, str(one.account_id) == told.get("to"))
            for one in found.colleagues
            if one.account_id != who
        ),
        today=formats.local_day(now, ZONE).isoformat(),
        decisions=tuple(decision_line(one, now, ZONE, lang) for one in found.decisions),
        typed=told,
        problem=None if typed is None else lang.t(_WRONG.get(wrong, _WRONG[""])),
        wrong=wrong,
    )


def client_care_page(
    found: CareOfClient, client_id: UUID, alias: str, tz: str, frame: Frame, now: datetime
) -> ClientCarePage:
    """The staff's page about one client."""
    current, coming, past = relation_lines(found.relations, now, tz, frame.lang)
    return ClientCarePage(
        frame,
        str(client_id),
        alias,
        current,
        coming,
        past,
        tuple(decision_line(one, now, tz, frame.lang) for one in found.history),
    )


def relation_lines(
    relations: Sequence[Relation], now: datetime, tz: str, lang: Language
) -> tuple[tuple[RelationLine, ...], tuple[RelationLine, ...], tuple[RelationLine, ...]]:
    """Who sees the client now, will, and did."""
    current: list[RelationLine] = []
    coming: list[RelationLine] = []
    past: list[RelationLine] = []
    for one in relations:
        over = one.to_at is not None and one.to_at <= now
        bucket = past if over else coming if one.from_at > now else current
        bucket.append(_relation(one, now, tz, lang))
    return tuple(current), tuple(coming), tuple(past)


def decision_line(one: Decision, now: datetime, tz: str, lang: Language) -> DecisionLine:
    """A decision, about one client or many."""
    count = lang.n("{count} client", "{count} clients", one.clients)
    leaving, coming = one.from_name or lang.t("a clinician"), one.to_name or lang.t("a clinician")
    what = {
        "handed_over": lang.t(
            "{count} from {leaving} to {coming}", count=count, leaving=leaving, coming=coming
        ),
        "assigned": lang.t("{coming} follows {count}", count=count, coming=coming),
        "ended": lang.t("{leaving} no longer follows {count}", count=count, leaving=leaving),
    }[one.kind]
    at = formats.near(one.at, now, tz, lang)
    when = lang.t("from {time}", time=at)
    if one.until is not None:
        when = lang.t("{since} to {until}", since=at, until=formats.near(one.until, now, tz, lang))
    made = formats.near(one.decided_at, now, tz, lang)
    by = lang.t("decided {time} by {name}", time=made, name=one.decided_by) if one.decided_by else made
    return DecisionLine(what, when, by, one.words)


def _people(found: CareDesk) -> dict[UUID, str]:
    """The unit's clinicians, and whoever else follows one of its clients: somebody who has left, say."""
    people = {one.account_id: one.name for one in found.colleagues}
    for client in found.followed:
        for one in client.followers:
            people.setdefault(one.account_id, one.name)
    return people


def _row(one: Followed, ticked: Collection[str], lang: Language) -> FollowedRow:
    nobody = all(follower.is_closed for follower in one.followers)
    return FollowedRow(
        str(one.client_id),
        one.alias,
        tuple(_follower(follower, lang) for follower in one.followers),
        nobody,
        str(one.client_id) in ticked,
    )


def _follower(one: Follower, lang: Language) -> str:
    since = formats.local_day(one.from_at, ZONE).isoformat()
    if one.to_at is None:
        text = lang.t("{name}, since {day}", name=one.name, day=since)
    else:
        until = formats.moment(one.to_at, ZONE, lang)
        text = lang.t("{name}, {since} to {until}", name=one.name, since=since, until=until)
    return f"{text} ({lang.t('account closed')})" if one.is_closed else text


def _relation(one: Relation, now: datetime, tz: str, lang: Language) -> RelationLine:
    role = lang.t(words.ROLES.get(one.role, one.role))
    who = ", ".join(part for part in (one.name, role, one.unit) if part)
    since = formats.near(one.from_at, now, tz, lang)
    if one.to_at is None:
        span = lang.t("since {time}", time=since) if one.from_at <= now else lang.t("from {time}", time=since)
    else:
        span = lang.t("{since} to {until}", since=since, until=formats.near(one.to_at, now, tz, lang))
    return RelationLine(who, span, "" if one.because == "assigned" else lang.t(_BECAUSE[one.because]))
