"""Who has looked: every action that services log has words of its own."""

import ast
from pathlib import Path

import pytest

import backend.services
from backend.services.access_log import NOTED_ACTIONS
from dashboard.contexts.own import ACTIONS

_WRITERS = {"write": 3, "log_look": 3, "_done": 3}
"""What writes to the log, and which argument names the action."""


def _logged() -> set[str]:
    found = set(NOTED_ACTIONS)
    for path in Path(backend.services.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text())
        named = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            place = _WRITERS.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
            if place is None or len(node.args) <= place:
                continue
            action = node.args[place]
            if isinstance(action, ast.Constant):
                found.add(str(action.value))
            elif isinstance(action, ast.Name) and action.id in named:
                found.add(str(named[action.id]))
    return found


@pytest.mark.requirement("L2")
def test_every_logged_action_is_told_in_words() -> None:
    logged = _logged()
    assert {"client_overview", "triage_list", "plan_set", "contact_added", "alert_seen"} <= logged
    assert logged - set(ACTIONS) == set()
