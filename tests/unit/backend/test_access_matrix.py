"""The one table of role and action: every public function of a service has a line, and every line means something."""

import ast
from pathlib import Path
from typing import get_args

import pytest

import backend.services
from backend.access.matrix import ACTIONS, REACHES, Role, may, reach
from backend.access.route_actions import ROUTE_ACTIONS
from backend.access.service_actions import SERVICE_ACTIONS
from scripts.access_doc import document

_FIRST = {("db",), ("conn", "principal")}
"""What a function that people or processes call is given first."""


def public_functions() -> dict[str, ast.FunctionDef]:
    found = {}
    for path in Path(backend.services.__file__).parent.glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                named = tuple(one.arg for one in node.args.args)
                if named[:1] in _FIRST or named[:2] in _FIRST:
                    found[f"{path.stem}.{node.name}"] = node
    return found


def test_every_public_function_of_a_service_is_an_action_of_the_table() -> None:
    known = ", ".join(ACTIONS)
    missing = sorted(set(public_functions()) - set(SERVICE_ACTIONS))
    assert missing == [], (
        "New public functions of services. Add to backend/access/service_actions.py, each with the action it is:\n"
        + "\n".join(f'    "{name}": "<action>",' for name in missing)
        + f"\nActions: {known}. One that is none of them gets a line in backend/access/matrix.py."
    )
    gone = sorted(set(SERVICE_ACTIONS) - set(public_functions()))
    assert gone == [], f"Remove from backend/access/service_actions.py, there is no such function: {gone}"


def test_a_function_without_a_principal_is_the_platforms_or_behind_a_secret() -> None:
    for name, node in public_functions().items():
        if "principal" not in {one.arg for one in node.args.args}:
            assert SERVICE_ACTIONS[name] in {"platform", "public", "own_account"}, (
                f"{name} takes no principal: nobody could be refused"
            )


def test_the_tables_name_known_actions_and_stand_in_order() -> None:
    for table in (SERVICE_ACTIONS, ROUTE_ACTIONS):
        assert set(table.values()) <= set(ACTIONS)
    assert list(SERVICE_ACTIONS) == sorted(SERVICE_ACTIONS), "keep service_actions.py sorted"
    ordered = sorted(ROUTE_ACTIONS, key=lambda route: (route.split(" ")[1], route))
    assert list(ROUTE_ACTIONS) == ordered, "keep route_actions.py sorted by path, then method"


def test_every_role_and_reach_of_the_table_is_one_we_know() -> None:
    for action, roles in ACTIONS.items():
        assert set(roles) <= set(get_args(Role)), action
        assert set(roles.values()) <= set(REACHES), action
    assert {reach for roles in ACTIONS.values() for reach in roles.values()} | {"anyone"} == set(REACHES)


@pytest.mark.parametrize("role", ["manager", "operator"])
def test_managers_and_operators_reach_no_clients_record_by_their_role(role: Role) -> None:
    assert reach(role, "record.read") in {None, "care"}
    assert (
        not may("operator", "record.read") and not may("operator", "journal") and not may("operator", "talk")
    )


def test_a_relative_reaches_what_is_shared_and_their_own_account_and_nothing_else() -> None:
    assert {action for action in ACTIONS if may("relative", action)} == {"own_account", "shared.read"}


def test_who_is_outside_lists_nobody_and_decides_nothing() -> None:
    for role in ("client", "relative"):
        for action in (
            "list.read",
            "care.write",
            "unit.read",
            "unit.manage",
            "operations",
            "administer",
            "staff",
        ):
            assert not may(role, action), (role, action)


def role_comparisons(path: Path) -> list[int]:
    """Lines that compare the acting principal's role with a name, instead of asking the table."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            asked = [ast.unparse(one) for one in (node.left, *node.comparators)]
            if any(one.endswith("principal.role") for one in asked):
                found.append(node.lineno)
    return found


def test_nobody_asks_for_a_role_by_its_name(tmp_path: Path) -> None:
    """The table alone says who may do what; `Principal` itself has the words for client, relative and system."""
    root = Path(backend.services.__file__).parents[2]
    asking = {
        str(path.relative_to(root)): lines
        for folder in ("backend", "dashboard", "nykter")
        for path in sorted((root / folder).rglob("*.py"))
        if (lines := role_comparisons(path))
    }
    assert asking == {}, "ask principal.may(action), or principal.reach(action) for how far"
    planted = tmp_path / "planted.py"
    planted.write_text('if on.principal.role in {"manager"} or "client" == principal.role:\n    pass\n')
    assert role_comparisons(planted) == [1, 1]


def test_an_action_in_no_line_is_nobodys() -> None:
    with pytest.raises(KeyError):
        may("manager", "everything")


def test_the_document_is_made_from_the_tables() -> None:
    path = Path(backend.services.__file__).parents[2] / "docs" / "access.md"
    assert path.read_text(encoding="utf-8") == document(), "run `make access-doc` and commit docs/access.md"
