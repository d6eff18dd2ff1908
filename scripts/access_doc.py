"""Writes docs/access.md from the one table of role and action; `--check` only compares."""

import sys
from pathlib import Path
from typing import get_args

from backend.access.matrix import ACTIONS, REACHES, Role

DOCUMENT = Path(__file__).parents[1] / "docs" / "access.md"
_HEAD = """\
# Who may do what

Made by `make access-doc` from `backend/access/matrix.py`; change that. Services ask it; which function and which route
is which action stands beside it (`service_actions.py`, `route_actions.py`), and
`tests/integration/nykter/test_every_route_and_caller.py` calls every route as every kind of caller of two tenants.
Why it is so: [0015](decisions/0015-who-may-see-whom-and-the-second-lock.md).

A caller without a login is asked to sign in (401 for programs). A stranger gets 404, the same for a client that exists
as for one that does not; a role that may not do something with a client it does see gets 403.

## How far
"""


def document() -> str:
    """The whole page."""
    roles = get_args(Role)
    lines = [_HEAD]
    lines += [f"- **{name}**: {words}" for name, words in REACHES.items()]
    lines += [
        "",
        "## Roles and actions",
        "",
        "| action | " + " | ".join(roles) + " |",
        "|---" * (len(roles) + 1) + "|",
    ]
    for action, row in ACTIONS.items():
        cells = ["anyone"] * len(roles) if action == "public" else [row.get(role, "") for role in roles]
        lines.append(f"| `{action}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write it, or with --check say whether it is current."""
    if "--check" in sys.argv:
        return 0 if DOCUMENT.read_text(encoding="utf-8") == document() else 1
    DOCUMENT.write_text(document(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
