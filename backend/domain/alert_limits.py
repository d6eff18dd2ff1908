"""The limits a finding was measured by, kept beside it: what is changed later changes no signal of the past."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from backend.domain import testing
from backend.domain.alerting import AlertKind, Finding
from backend.domain.findings import NOW_TIER_MG_PER_L
from backend.domain.plans import Rules
from backend.domain.risk import RiskLimits
from backend.domain.trend import DAYS_TOGETHER, TrendLimits


def with_limits(finding: Finding, rules: Rules, risk: RiskLimits, trend: TrendLimits) -> Finding:
    """The finding with the limits it was measured by; `rules` are those in force when what it tells of began."""
    made = _OF.get(finding.kind)
    if finding.kind == "worsening_risk":
        is_trend = finding.key.startswith("trend:")
        limits = _trend(trend, finding.at) if is_trend else _risk(risk, finding.at)
    else:
        limits = made(rules) if made is not None else {}
    return replace(finding, limits=limits)


def _breath(rules: Rules) -> Mapping[str, Any]:
    return {
        "positive_mg_per_l": rules.positive_mg_per_l,
        "retest_after_min": rules.retest_after_min,
        "retest_within_min": rules.retest_within_min,
        "tolerance_mg_per_l": rules.tolerance_mg_per_l,
        "now_mg_per_l": NOW_TIER_MG_PER_L,
    }


def _missed(_: Rules) -> Mapping[str, Any]:
    return {
        "least_missed": testing.LEAST_MISSED,
        "hours": round(testing.SPAN.total_seconds() / 3600),
        "surprise": testing.SURPRISE,
    }


def _stopped(_: Rules) -> Mapping[str, Any]:
    return {
        "least_missed": testing.LEAST_MISSED,
        "hours": round(testing.STOPPED_AFTER.total_seconds() / 3600),
        "regular_share": testing.REGULAR_SHARE,
    }


def _silence(rules: Rules) -> Mapping[str, Any]:
    return {"lost_contact_hours": rules.lost_contact_hours}


def _risk(limits: RiskLimits, at: datetime) -> Mapping[str, Any]:
    return {"floor": limits.floor_at(at), "odds_ratio": limits.odds_ratio, "usual_days": limits.usual_days}


def _trend(limits: TrendLimits, at: datetime) -> Mapping[str, Any]:
    return {"level": limits.level_at(at), "days": DAYS_TOGETHER}


_OF: Mapping[AlertKind, Callable[[Rules], Mapping[str, Any]]] = {
    "confirmed_positive": _breath,
    "unconfirmed_positive": _breath,
    "missed_tests": _missed,
    "testing_stopped": _stopped,
    "lost_contact": _silence,
}
