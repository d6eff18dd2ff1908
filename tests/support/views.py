"""Hand-made views: what services would return for made-up people. Same seed, same values; no database."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.domain.permille import estimated_permille
from backend.services.views import (
    AccessEntry,
    AlertChange,
    AlertKind,
    AlertState,
    AlertView,
    Attendance,
    CheckInNote,
    CheckInPoint,
    ClientOverview,
    ClientSeries,
    ContactView,
    DayMark,
    DrinkingView,
    Evidence,
    GatewayView,
    ReadingPoint,
    Reason,
    ResultState,
    RiskView,
    Rules,
    Text,
    TriageGroup,
    TriageList,
    TriageRow,
    WindowView,
)

NOW = datetime(2026, 3, 18, 7, 5, tzinfo=UTC)
TZ = "Europe/Stockholm"
RULES = Rules(trace_mg_per_l=0.05, positive_mg_per_l=0.10, retest_after_min=15, retest_within_min=120)
ITEMS = ("craving", "mood_valence", "sleep_quality", "self_efficacy")


def uuid(number: int) -> UUID:
    """A made-up identity."""
    return UUID(int=0x5EED_0000_0000_4000_8000_0000_0000_0000 + number)


def reading(
    at: datetime, brac: float | None, state: ResultState, number: int = 1, **more: object
) -> ReadingPoint:
    """One test run; no value makes it a failed blow."""
    given: dict[str, object] = {
        "measured_at": at,
        "received_at": at + timedelta(seconds=4),
        "brac_mg_per_l": brac,
        "permille": None if brac is None else estimated_permille(brac),
        "state": state,
        "outcome": "failed" if brac is None else "complete",
        "failure": "insufficient_blow" if brac is None else None,
        "purpose": "planned",
        "attempt": 1,
        "breathalyzer_model": "BACtrack C8",
        "driver_grade": "vendor_source_only",
        "calibration_state": "unknown",
        "device_id": "gw-0001",
        "boot_id": "0" * 16,
        "sequence": number,
        **more,
    }
    return ReadingPoint(**given)  # type: ignore[arg-type]


def window(opens: datetime, attendance: Attendance, number: int = 1, kind: str = "breath_test") -> WindowView:
    """A planned test of two hours."""
    met = opens + timedelta(minutes=40) if attendance in {"on_time", "late"} else None
    return WindowView(uuid(number), kind, opens, opens + timedelta(hours=2), attendance, met)  # type: ignore[arg-type]


def risk(at: datetime, probability: float | None, horizon: int = 24, usual: float = 0.12) -> RiskView:
    """A score with a band of half to twice the value."""
    if probability is None:
        return RiskView(at, horizon, None, None, None, usual, "too_little", (), "2026.1-test")
    reasons = (
        Reason(
            Text("3 missade kvällstest på 5 dagar, annars 0–1", "3 evening tests missed in 5 days, else 0–1"),
            True,
            0.8,
        ),
        Reason(
            Text("Sömnen sämre än vanligt tre nätter", "Sleep worse than usual for three nights"), True, 0.5
        ),
        Reason(Text("Suget är lägre än vanligt", "Craving is lower than usual"), False, -0.3),
    )
    low, high = probability / 2, min(0.95, probability * 2)
    return RiskView(at, horizon, probability, low, high, usual, "enough", reasons, "2026.1-test")


def alert(
    kind: AlertKind = "confirmed_positive",
    state: AlertState = "new",
    number: int = 1,
    opened: datetime = NOW - timedelta(hours=10),
    owner: str | None = None,
) -> AlertView:
    """An alert with the evidence its kind usually has."""
    texts = {
        "confirmed_positive": Text("0,42 mg/L, omtest 0,40 mg/L", "0.42 mg/L, retest 0.40 mg/L"),
        "worsening_risk": Text(
            "Högre än klientens vanliga nivå tre dygn i rad",
            "Above the client's usual level three days running",
        ),
        "lost_contact": Text("Inget har kommit på 31 timmar", "Nothing has come for 31 hours"),
    }
    changes = [AlertChange(opened, None, None, "new", None)]
    if state != "new":
        changes.append(AlertChange(opened + timedelta(hours=1), owner or "Sara Lind", "new", state, None))
    closed = state == "closed"
    return AlertView(
        alert_id=uuid(9000 + number),
        client_id=uuid(number),
        client_alias=f"K-{number:03d}",
        kind=kind,
        tier=2 if kind == "confirmed_positive" else 3,
        state=state,
        opened_at=opened,
        updated_at=opened,
        evidence=(Evidence(kind, opened, texts[kind]),),
        owner=owner,
        close_reason="contacted" if closed else None,
        close_note="Vi talade på telefon" if closed else None,
        changes=tuple(changes),
    )


@dataclass
class Life:
    """One made-up person's months: mostly sober mornings and evenings, bouts now and then, silences."""

    number: int
    days: int = 120
    now: datetime = NOW
    tz: str = TZ
    readings: list[ReadingPoint] = field(default_factory=list)
    windows: list[WindowView] = field(default_factory=list)
    answers: list[CheckInPoint] = field(default_factory=list)
    notes: list[CheckInNote] = field(default_factory=list)
    drinking: list[DrinkingView] = field(default_factory=list)
    risk: list[RiskView] = field(default_factory=list)
    contacts: list[ContactView] = field(default_factory=list)
    marks: list[DayMark] = field(default_factory=list)

    def __post_init__(self) -> None:
        dice = Random(self.number)
        lapse_rate, miss_rate = dice.choice([0.01, 0.03, 0.08]), dice.choice([0.04, 0.1, 0.25])
        level = {item: dice.uniform(3, 7) for item in ITEMS}
        today = self.now.astimezone(ZoneInfo(self.tz)).date()
        bout = silent = 0
        for back in range(self.days, -1, -1):
            day = today - timedelta(days=back)
            bout = bout - 1 if bout else (dice.randint(1, 4) if dice.random() < lapse_rate else 0)
            silent = silent - 1 if silent else (dice.randint(2, 6) if dice.random() < 0.015 else 0)
            self._live(day, dice, bout > 0, silent > 0, miss_rate, level)

    def _live(
        self, day: date, dice: Random, drinks: bool, silent: bool, miss_rate: float, level: dict[str, float]
    ) -> None:
        states: list[str] = []
        peak = None
        planned = taken = 0
        for hour in (7, 19):
            opens = self._at(day, hour)
            number = self.number * 100_000 + day.toordinal() % 1000 * 10 + hour % 10
            if opens + timedelta(hours=2) > self.now:
                self.windows.append(window(opens, "pending", number))
                continue
            planned += 1
            if silent:
                self.windows.append(window(opens, "not_received", number))
                states.append("not_received")
                continue
            if dice.random() < (0.55 if drinks and hour == 19 else miss_rate):
                self.windows.append(window(opens, "missed", number))
                states.append("missed")
                continue
            late = dice.random() < 0.06
            self.windows.append(window(opens, "late" if late else "on_time", number))
            taken += 1
            at = opens + timedelta(minutes=dice.randint(2, 110))
            value = round(dice.uniform(0.12, 0.9), 3) if drinks and hour == 19 else 0.0
            if not drinks and dice.random() < 0.008:
                value = 0.06
            if dice.random() < 0.012:
                self.readings.append(reading(at - timedelta(minutes=1), None, "incomplete", number))
            self.readings.append(reading(at, value, _state(value, dice), number))
            if value >= 0.1:
                self.readings.append(
                    reading(
                        at + timedelta(minutes=16),
                        round(value * 0.95, 3),
                        "positive_confirmed",
                        number,
                        attempt=2,
                    )
                )
            states.append("positive" if value >= 0.1 else "trace" if value >= 0.05 else "ok")
            peak = max(peak or 0.0, value)
        self._answer(day, dice, drinks, silent, level, states)
        self._score(day, dice, drinks, silent)
        self.marks.append(DayMark(day, _worst(states), planned, taken, peak))  # type: ignore[arg-type]

    def _answer(
        self, day: date, dice: Random, drinks: bool, silent: bool, level: dict[str, float], states: list[str]
    ) -> None:
        at = self._at(day, 20)
        if silent or at > self.now or dice.random() < 0.2:
            return
        for item in ITEMS:
            shift = (2.0 if item == "craving" else -1.5) if drinks else 0.0
            value = min(10.0, max(0.0, round(level[item] + shift + dice.gauss(0, 1.1))))
            self.answers.append(CheckInPoint(at, item, value, 0.0, 10.0))
        self.notes.append(
            CheckInNote(at, drinks, "Jobbig kväll, träffade en gammal vän." if drinks else None)
        )
        if drinks:
            began = at - timedelta(hours=2)
            self.drinking.append(DrinkingView(began, None, at, "self_report", float(dice.randint(2, 9) * 12)))
            states.append("reported_drinking")
            if dice.random() < 0.5:
                self.contacts.append(
                    ContactView(
                        uuid(self.number * 1000 + day.toordinal() % 1000),
                        at + timedelta(hours=14),
                        dice.choice(["phone", "visit", "letter"]),
                        dice.random() < 0.7,
                        "Talade om helgen",
                        "Sara Lind",
                    )
                )

    def _score(self, day: date, dice: Random, drinks: bool, silent: bool) -> None:
        at = self._at(day, 4)
        if at > self.now:
            return
        probability = (
            None if silent else min(0.8, max(0.02, (0.32 if drinks else 0.1) * dice.lognormvariate(0, 0.35)))
        )
        self.risk += [
            risk(at, probability),
            risk(at, None if probability is None else probability * 1.6, 72, 0.24),
        ]

    def _at(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), ZoneInfo(self.tz)).astimezone(UTC)

    def series(self, since: datetime | None = None, until: datetime | None = None) -> ClientSeries:
        """The whole life between two instants."""
        left = since or self.now - timedelta(days=28)
        right = until or self.now + timedelta(hours=16)
        night = self.now.replace(hour=1, minute=0) - timedelta(days=9)
        return ClientSeries(
            client_id=uuid(self.number),
            since=left,
            until=right,
            tz=self.tz,
            rules=RULES,
            readings=tuple(r for r in self.readings if left <= r.measured_at <= right),
            windows=tuple(w for w in self.windows if left <= w.opens_at <= right),
            answers=tuple(a for a in self.answers if left <= a.answered_at <= right),
            check_ins=tuple(c for c in self.notes if left <= c.answered_at <= right),
            drinking=tuple(d for d in self.drinking if left <= d.started_at <= right),
            risk=tuple(r for r in self.risk if left <= r.decided_at <= right),
            contacts=tuple(c for c in self.contacts if left <= c.happened_at <= right),
            outages=((night, night + timedelta(hours=7)),),
        )

    def overview(self, alert_now: AlertView | None = None) -> ClientOverview:
        """The head of the page."""
        planned = sum(m.planned for m in self.marks[-28:])
        taken = sum(m.taken for m in self.marks[-28:])
        return ClientOverview(
            client_id=uuid(self.number),
            alias=f"K-{self.number:03d}",
            display_name="Maja Ö." if self.number % 3 == 0 else None,
            tz=self.tz,
            started_on=self.marks[0].day,
            study=None,
            rules=RULES,
            alert=alert_now,
            past_alerts=(alert(state="closed", number=self.number, opened=self.now - timedelta(days=40)),),
            risk=tuple(sorted(self.risk, key=lambda r: r.decided_at)[-2:]),
            coverage_percent=round(100 * taken / planned) if planned else 0,
            last_data_at=max((r.measured_at for r in self.readings), default=None),
            last_reviewed_at=self.now - timedelta(days=3, hours=2),
            last_reviewed_by="Sara Lind",
            gateway=GatewayView("gw-0001", self.now - timedelta(minutes=4), 0, 3, None),
            next_window=next((w for w in self.windows if w.attendance == "pending"), None),
            retest_until=None,
        )

    def row(self, group: TriageGroup, alert_now: AlertView | None = None) -> TriageRow:
        """The row of the triage list."""
        head = self.overview(alert_now)
        return TriageRow(
            client_id=head.client_id,
            alias=head.alias,
            display_name=head.display_name,
            group=group,
            why=_WHY[group],
            since=alert_now.opened_at
            if alert_now
            else None
            if group == "stable"
            else self.now - timedelta(days=2),
            alert=alert_now,
            strip=tuple(self.marks[-28:]),
            coverage_percent=head.coverage_percent,
            last_data_at=head.last_data_at,
            last_reviewed_at=head.last_reviewed_at,
            last_reviewed_by=head.last_reviewed_by,
            owner=alert_now.owner if alert_now else None,
            risk=head.risk[0] if head.risk else None,
            tz=self.tz,
        )


_WHY: dict[TriageGroup, Text] = {
    "confirmed_positive": Text(
        "0,42 mg/L i går kväll, omtestet 0,40 mg/L", "0.42 mg/L last night, the retest 0.40 mg/L"
    ),
    "worsening": Text(
        "3 missade kvällstest på 5 dagar, sömnen sämre; annars 0–1",
        "3 evening tests missed in 5 days, sleep worse; else 0–1",
    ),
    "lost_contact": Text("Inget har kommit på 31 timmar", "Nothing has come for 31 hours"),
    "device": Text("Mätarens batteri är lågt", "The breathalyzer's battery is low"),
    "review_due": Text("Ingen har tittat på 9 dagar", "Nobody has looked for 9 days"),
    "stable": Text("Inget som avviker", "Nothing out of the ordinary"),
}

ORDER = (
    Text("Bekräftad alkohol, nyast först", "Confirmed alcohol, newest first"),
    Text("Försämring som ingen har bedömt, äldst först", "Worsening nobody has assessed, oldest first"),
    Text("Tappad kontakt", "Lost contact"),
    Text("Utrustning", "Equipment"),
    Text("Dags för genomgång", "Due for review"),
    Text("Stabila", "Stable"),
)


def _state(value: float, dice: Random) -> ResultState:
    if value >= 0.1:
        return dice.choice(
            ["positive_confirmed", "positive_confirmed", "positive_unconfirmed", "abnormal_confirmation"]
        )
    return "trace" if value >= 0.05 else "ok"


def _worst(states: list[str]) -> str:
    for state in ("positive", "reported_drinking", "trace", "ok", "missed", "not_received"):
        if state in states:
            return state
    return "gap"


def triage_list(count: int = 40, now: datetime = NOW) -> TriageList:
    """A caseload of mixed histories."""
    lives = [Life(number, now=now) for number in range(1, count + 1)]
    rows = [
        lives[0].row("confirmed_positive", alert(number=1)),
        lives[1].row("confirmed_positive", alert(number=2, state="acting", owner="Sara Lind")),
        *[life.row("worsening", alert("worsening_risk", number=life.number)) for life in lives[2:5]],
        lives[5].row("lost_contact", alert("lost_contact", "seen", 6, owner="Ali Demir")),
        *[life.row("device") for life in lives[6:7]],
        *[life.row("review_due") for life in lives[7:11]],
        *[life.row("stable") for life in lives[11:]],
    ]
    return TriageList(tuple(rows[:count]), now, ORDER)


LOOKED = (
    AccessEntry(NOW - timedelta(hours=1), "Beroendemottagningen", "clinician", "series"),
    AccessEntry(NOW - timedelta(days=1, hours=3), "Beroendemottagningen", "clinician", "overview"),
)
