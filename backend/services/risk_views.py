"""Scores as values for the faces."""

from backend.services.views import Reason, RiskView, Text
from backend.store.pool import Row


def risk_view(row: Row) -> RiskView:
    """One score with its reasons, strongest first."""
    return RiskView(
        row["decided_at"],
        row["horizon_hours"],
        row["probability"],
        row["low"],
        row["high"],
        row["usual"],
        row["coverage"],
        tuple(
            Reason(Text(item["sv"], item["en"]), item["direction"] == "raises", item["weight"])
            for item in row["reasons"]
        ),
        row["model_version"],
    )
