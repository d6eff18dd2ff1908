"""The one table of role and action: who may do what, and how far it reaches. Services ask it through `Principal.may`.

Which service function and which route does what stands beside it (`service_actions.py`, `route_actions.py`); the suite
fails for one without a line there. docs/access.md is made from all three.
"""

from collections.abc import Mapping
from typing import Final, Literal

Role = Literal["clinician", "manager", "operator", "researcher", "client", "relative", "system"]
Reach = Literal["anyone", "self", "own", "shared", "care", "unit", "equipment", "tenant", "platform"]
REACHES: Final[Mapping[Reach, str]] = {
    "anyone": "whoever comes, or whoever holds the one-time secret",
    "self": "one's own account",
    "own": "the client whose own login it is",
    "shared": "what a client shares with this relative now",
    "care": "clients with whom there is a care relation of one's unit in force that no block ends, or an emergency",
    "unit": "the unit one works in",
    "equipment": "gateways and breathalyzers of the tenant, nothing about the person",
    "tenant": "the tenant; for a researcher only where it is a research tenant",
    "platform": "every tenant",
}
_EVERYBODY: Final[Mapping[Role, Reach]] = dict.fromkeys(
    ("clinician", "manager", "operator", "researcher", "client", "relative"), "self"
)

ACTIONS: Final[Mapping[str, Mapping[Role, Reach]]] = {
    # before anybody has signed in, and about oneself
    "public": {},
    "own_account": _EVERYBODY,
    # one client
    "record.read": {
        "clinician": "care", "manager": "care", "researcher": "tenant", "client": "own", "system": "platform",
    },
    "record.own": {"client": "own"},
    "record.note": {
        "clinician": "care", "manager": "care", "researcher": "tenant", "client": "own", "system": "platform",
    },
    "care.read": {"clinician": "care", "manager": "care"},
    "care.write": {"clinician": "care", "manager": "care", "operator": "equipment", "system": "platform"},
    "care.agree": {"clinician": "care", "manager": "care", "client": "own", "system": "platform"},
    "talk": {"clinician": "care", "manager": "care", "client": "own"},
    "journal": {"clinician": "care", "manager": "care"},
    "hand_over": {"clinician": "care", "manager": "unit"},
    "hold": {"manager": "care", "system": "platform"},
    "block": {"clinician": "care", "manager": "care", "client": "own"},
    "protect": {"clinician": "care", "manager": "care"},
    "emergency": {"clinician": "tenant"},
    "equipment": {"clinician": "care", "manager": "care", "operator": "equipment"},
    "share": {"client": "own"},
    "shared.read": {"relative": "shared"},
    # several clients, and the unit
    "list.read": {
        "clinician": "care", "manager": "care", "operator": "care", "researcher": "tenant", "system": "platform",
    },
    "desk": {"clinician": "unit"},
    "leave": {"clinician": "self", "manager": "unit"},
    "morning": {"clinician": "care", "manager": "care"},
    "unit.read": {"clinician": "unit", "manager": "unit"},
    "unit.manage": {"manager": "unit"},
    "delete": {"clinician": "unit", "manager": "unit"},
    "staff": {"clinician": "self", "manager": "self", "operator": "self", "researcher": "self"},
    "accounts": {"manager": "unit", "operator": "tenant"},
    "guide": {"clinician": "self", "manager": "self", "operator": "self"},
    # the tenant and its machines
    "operations": {"operator": "equipment", "system": "platform"},
    "operations.read": {"operator": "equipment", "manager": "equipment", "system": "platform"},
    "administer": {"manager": "tenant", "operator": "tenant", "system": "platform"},
    "models.read": {
        "clinician": "tenant", "manager": "tenant", "operator": "tenant", "researcher": "tenant", "system": "platform",
    },
    "models.decide": {"manager": "tenant"},
    "study": {"manager": "tenant", "system": "platform"},
    "platform": {"system": "platform"},
}  # fmt: skip


def may(role: Role, action: str) -> bool:
    """Whether a role may do this at all; how far, `reach` says. Raises KeyError for an action that is in no line."""
    return role in ACTIONS[action]


def reach(role: Role, action: str) -> Reach | None:
    """How far the action reaches for a role; None when it may not."""
    return ACTIONS[action].get(role)
