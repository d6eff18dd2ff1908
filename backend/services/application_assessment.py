"""What the robot computes from an application: gaps, score, proposed plan. It decides nothing and stores nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from backend.domain.application import Application, gaps
from backend.domain.instruments import AuditScore, CutOffs, audit_score, missing_items
from backend.domain.plan_proposal import VERSION, Line, Proposal, propose
from backend.domain.wording import Sentence
from backend.services.casework_views import Assessment, ProposedWindowView, RuleLine
from backend.services.views import Text

_NOTHING = Proposal((), (), ())


def assess(application: Application, cut_offs: CutOffs, today: date) -> Assessment:
    """Completeness, score and proposal of an application as of a day. A plan is only proposed for a complete one."""
    missing = gaps(application, today)
    score = score_of(application, cut_offs, today)
    proposal = _NOTHING if missing or score is None else propose(application, score)
    return Assessment(
        gaps=tuple(RuleLine(gap.field, _text(gap.why)) for gap in missing),
        score=score,
        windows=tuple(
            ProposedWindowView(
                window.kind, window.weekdays, f"{window.opens:%H:%M}", f"{window.closes:%H:%M}", window.rule
            )
            for window in proposal.windows
        ),
        reasons=_lines(proposal.reasons),
        remarks=_lines(proposal.remarks),
        version=VERSION,
    )


def score_of(application: Application, cut_offs: CutOffs, today: date) -> AuditScore | None:
    """The AUDIT score (of AUDIT-C alone where only that was asked); None while answers are missing."""
    short = application.instrument == "audit_c"
    if missing_items(application.audit, 3 if short else 10):
        return None
    return audit_score(application.audit, application.sex, application.age(today), cut_offs, short=short)


def stored(assessment: Assessment) -> dict[str, Any]:
    """As JSON, kept beside a decision."""
    return asdict(assessment)


def read(written: Mapping[str, Any]) -> Assessment:
    """An assessment from its stored form: as it was shown to whoever decided."""
    return Assessment(
        gaps=_read_lines(written["gaps"]),
        score=AuditScore(**written["score"]) if written["score"] else None,
        windows=tuple(
            ProposedWindowView(**{**window, "weekdays": tuple(window["weekdays"])})
            for window in written["windows"]
        ),
        reasons=_read_lines(written["reasons"]),
        remarks=_read_lines(written["remarks"]),
        version=written["version"],
    )


def _lines(lines: Sequence[Line]) -> tuple[RuleLine, ...]:
    return tuple(RuleLine(line.rule, _text(line.text)) for line in lines)


def _read_lines(written: Sequence[Mapping[str, Any]]) -> tuple[RuleLine, ...]:
    return tuple(RuleLine(line["rule"], Text(**line["text"])) for line in written)


def _text(sentence: Sentence) -> Text:
    return Text(sentence.sv, sentence.en)
