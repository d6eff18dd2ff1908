"""What a clinician should know, found in the facts: each finding has a key made of what happened.

Which tier each belongs to: the domain reference 11.3; docs/alerts.md lists them with their reasons.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Final, Literal
from zoneinfo import ZoneInfo

from backend.domain.alerting import RECENT, Finding
from backend.domain.results import Blow, Judgement
from backend.domain.risk import Onset
from backend.domain.silence import Silence
from backend.domain.trend import TrendRise
from backend.domain.wording import Sentence, breath, hours, local_time, sentences

Trouble = Literal["battery", "calibration"]

NOW_TIER_MG_PER_L: Final = 0.75
"""Confirmed positive at 1.5 permille or more is tier 1 (domain reference 11.3, assumption)."""


def positive_findings(
    blows: Sequence[Blow], judgements: Iterable[Judgement], timezone: str, now: datetime
) -> tuple[Finding, ...]:
    """One finding per confirmed chain: the positive and its retest together. Nothing without a proper retest.

    A breath of the same chain that alone makes it tier 1 is a finding of its own: it may come hours after the alert.
    """
    by_key = {blow.key: blow for blow in blows}
    chains: dict[tuple[str, str, int], list[Judgement]] = {}
    for judged in judgements:
        if judged.state == "positive_confirmed" and judged.settled_by is not None:
            device, boot, _ = judged.key
            chains.setdefault((device, boot, judged.settled_by), []).append(judged)
    found = []
    for (device, boot, sequence), members in chains.items():
        first = min(members, key=lambda one: one.measured_at)
        retest = by_key.get((device, boot, sequence)) or by_key[members[-1].key]
        if now - retest.measured_at > RECENT:
            continue
        breaths = sorted((by_key[one.key] for one in members), key=lambda one: one.measured_at)
        peak = max(one.brac_mg_per_l or 0.0 for one in breaths)
        key = f"positive:{device}:{boot}:{sequence}"
        confirmed = _confirmed(key, by_key[first.key], retest, peak, timezone)
        found.append(confirmed)
        if confirmed.tier > 1 and peak >= NOW_TIER_MG_PER_L:
            high = next(one for one in breaths if (one.brac_mg_per_l or 0.0) >= NOW_TIER_MG_PER_L)
            found.append(_higher(f"{key}:now", high, retest, timezone))
    return tuple(sorted(found, key=lambda one: one.at))


def _confirmed(key: str, first: Blow, retest: Blow, peak: float, timezone: str) -> Finding:
    one, two = local_time(first.measured_at, timezone), local_time(retest.measured_at, timezone)
    value, again = breath(first.brac_mg_per_l or 0.0), breath(retest.brac_mg_per_l or 0.0)
    return Finding(
        "confirmed_positive",
        1 if max(first.brac_mg_per_l or 0.0, retest.brac_mg_per_l or 0.0) >= NOW_TIER_MG_PER_L else 2,
        retest.measured_at,
        key,
        Sentence(
            f"Alkohol i utandningen {one.sv}: {value.sv}. Omtestet {two.sv} visade detsamma: {again.sv}.",
            f"Alcohol in the breath on {one.en}: {value.en}. The retest on {two.en} agreed: {again.en}.",
        ),
        {
            "first_mg_per_l": first.brac_mg_per_l,
            "retest_mg_per_l": retest.brac_mg_per_l,
            "peak_mg_per_l": peak,
            "first_at": first.measured_at.isoformat(),
            "retest_at": retest.measured_at.isoformat(),
        },
        first.measured_at,
    )


def _higher(key: str, high: Blow, retest: Blow, timezone: str) -> Finding:
    when, value = local_time(high.measured_at, timezone), breath(high.brac_mg_per_l or 0.0)
    return Finding(
        "confirmed_positive",
        1,
        max(high.measured_at, retest.measured_at),
        key,
        Sentence(
            f"Högre vid samma tillfälle, {when.sv}: {value.sv}.",
            f"Higher on the same occasion, {when.en}: {value.en}.",
        ),
        {"peak_mg_per_l": high.brac_mg_per_l, "peak_at": high.measured_at.isoformat()},
        high.measured_at,
    )


def risk_findings(rises: Sequence[Onset], reasons: Sequence[Sentence], now: datetime) -> tuple[Finding, ...]:
    """The newest rise of the estimated risk; a rise of long ago is history.

    The reasons come first, in words; how high the estimate was stands in `numbers`, never in the sentence
    (compliance reference 10.1: may need a talk, never a percentage of guilt).
    """
    if not rises or now - rises[-1].at > RECENT:
        return ()
    rise = rises[-1]
    why = sentences(reasons[:3])
    return (
        Finding(
            "worsening_risk",
            3,
            rise.at,
            f"risk:{int(rise.at.timestamp())}",
            Sentence(
                f"{why.sv} Beräknad risk: klart högre än vanligt för klienten.".lstrip(),
                f"{why.en} Computed risk: clearly higher than usual for the client.".lstrip(),
            ),
            {"probability": rise.probability, "usual": rise.usual},
        ),
    )


def silence_findings(silence: Silence, timezone: str, now: datetime) -> tuple[Finding, ...]:
    """Lost contact, once per silence."""
    if not silence.lost or silence.since is None or silence.deadline is None:
        return ()
    when, long = local_time(silence.since, timezone), hours(now - silence.since)
    return (
        Finding(
            "lost_contact",
            3,
            silence.deadline,
            f"silence:{int(silence.since.timestamp() * 1000)}",
            Sentence(
                f"Ingen kontakt med utrustningen sedan {when.sv} ({long.sv}). Det säger inget om nykterhet.",
                f"No contact with the equipment since {when.en} ({long.en}). It says nothing about sobriety.",
            ),
            {
                "hours": round((now - silence.since).total_seconds() / 3600, 1),
                "heard_at": silence.since.isoformat(),
                "deadline": silence.deadline.isoformat(),
            },
            silence.since,
        ),
    )


def unconfirmed_findings(
    blows: Sequence[Blow], judgements: Iterable[Judgement], timezone: str, now: datetime
) -> tuple[Finding, ...]:
    """One finding per day for positives whose retest was never made: neither confirmed nor a missed test (tier 2)."""
    by_key = {blow.key: blow for blow in blows}
    found: dict[str, Finding] = {}
    for judged in sorted(judgements, key=lambda one: one.measured_at):
        if judged.state != "positive_unconfirmed" or now - judged.measured_at > RECENT:
            continue
        when, value = (
            local_time(judged.measured_at, timezone),
            breath(by_key[judged.key].brac_mg_per_l or 0.0),
        )
        key = f"unconfirmed:{judged.key[0]}:{judged.key[1]}:{judged.key[2]}"
        found[key] = Finding(
            "unconfirmed_positive",
            2,
            judged.measured_at,
            key,
            Sentence(
                f"Alkohol i utandningen {when.sv}: {value.sv}. Inget omtest kom, så värdet är obekräftat.",
                f"Alcohol in the breath on {when.en}: {value.en}. No retest came, so the value is unconfirmed.",
            ),
            {
                "brac_mg_per_l": by_key[judged.key].brac_mg_per_l,
                "measured_at": judged.measured_at.isoformat(),
            },
            judged.measured_at,
        )
    return tuple(found.values())


def trend_findings(rises: Sequence[TrendRise], timezone: str, now: datetime) -> tuple[Finding, ...]:
    """The newest turn for the worse in the client's own course, as a description of change (tier 3)."""
    if not rises or now - rises[-1].at > RECENT:
        return ()
    rise = rises[-1]
    said = rise.words or Sentence(
        f"Försämring sedan {rise.since.isoformat()}", f"Worsening since {rise.since.isoformat()}"
    )
    began = datetime.combine(rise.since, time(4), ZoneInfo(timezone)).astimezone(UTC)
    return (
        Finding(
            "worsening_risk",
            3,
            rise.at,
            f"trend:{rise.day.isoformat()}",
            sentences(
                [said, Sentence("Jämfört med klientens egna dagar", "Compared with the client's own days")]
            ),
            {"since": rise.since.isoformat()},
            min(began, rise.at),
        ),
    )


def equipment_findings(troubles: Sequence[Trouble], now: datetime) -> tuple[Finding, ...]:
    """Trouble with the equipment for technical support (tier 4), told at most once a week and kind."""
    year, week, _ = now.isocalendar()
    return tuple(
        Finding("equipment", 4, now, f"{one}:{year}-W{week:02d}", _TROUBLES[one], {}, now) for one in troubles
    )


_TROUBLES: Final[dict[Trouble, Sentence]] = {
    "battery": Sentence("Mätarens batteri är nästan slut.", "The breathalyzer's battery is nearly empty."),
    "calibration": Sentence(
        "Mätaren behöver kalibreras innan den används.", "The breathalyzer needs calibration before use."
    ),
}
