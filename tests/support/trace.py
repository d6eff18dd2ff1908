"""Requirements and hazards from docs/*.toml, tests from their markers, and the documents that are written from both."""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
_PARTS = {
    "law": "Law (health and social law, GDPR, product law, accessibility)",
    "security": "Devices, messages and tenants",
    "incidents": "Lessons from incidents elsewhere",
}
_MADE = "<!-- Written by scripts/write-trace from docs/{sources} and the tests' markers; do not edit. -->"

_COMPLIANCE_HEAD = """\
Each checkable line, where it is kept, the tests that show it, and what is missing and why. Nothing here is legal
advice; lines of law rest mainly on what authorities publish about them and are to be confirmed in the primary text. The
security checklist is in [security.md](security.md), hazards in [hazards.md](hazards.md), the data protection impact
assessment in [dpia.md](dpia.md)."""
_HAZARDS_HEAD = """\
In the form of ISO 14971. Severity (S) 1 negligible to 5 death; probability (P) 1 improbable to 5 frequent, before and
after the control. Both are judgements of this project, to be confirmed by whoever becomes the manufacturer. Every
control here is software and has a test; information for safety (what the pages say) and training come on top. Nykter is
not a certified medical device."""


def requirements() -> dict[str, dict[str, Any]]:
    """Lines of docs/requirements.toml by name."""
    return _toml("requirements")


def hazards() -> dict[str, dict[str, Any]]:
    """Hazards of docs/hazards.toml by name."""
    return _toml("hazards")


def marked_tests(root: Path = ROOT) -> dict[str, list[str]]:
    """Tests (`path::name`) by the requirement their marker names, sorted."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((root / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "mark.requirement" not in text:
            continue
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for name in _names(node.decorator_list):
                    found[name].append(f"{path.relative_to(root)}::{node.name}")
    return {name: sorted(tests) for name, tests in found.items()}


def documents() -> dict[str, str]:
    """Every generated document by its path from the root."""
    tests = marked_tests()
    return {
        "docs/compliance.md": _compliance(requirements(), tests),
        "docs/hazards.md": _hazard_log(hazards(), tests),
        "docs/trace.md": _trace({**requirements(), **hazards()}, tests),
    }


def _names(decorators: Sequence[ast.expr]) -> Iterator[str]:
    for one in decorators:
        if (
            isinstance(one, ast.Call)
            and isinstance(one.func, ast.Attribute)
            and one.func.attr == "requirement"
        ):
            yield from (
                arg.value for arg in one.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            )


def _toml(stem: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((ROOT / "docs" / f"{stem}.toml").read_text(encoding="utf-8"))


def _compliance(lines: Mapping[str, Any], tests: Mapping[str, list[str]]) -> str:
    out = [
        "# Compliance, line by line",
        "",
        _MADE.format(sources="requirements.toml"),
        "",
        _COMPLIANCE_HEAD,
        "",
    ]
    for part, title in _PARTS.items():
        out += [f"## {title}", "", "| | line | code | tests | not done, and why |", "|---|---|---|---|---|"]
        for name, line in lines.items():
            if line["part"] == part:
                shown = _cell(_test(one) for one in tests.get(name, []))
                out.append(f"| {name} | {line['line']} | {_code(line)} | {shown} | {line.get('gap', '')} |")
        out.append("")
    return "\n".join(out)


def _hazard_log(found: Mapping[str, Any], tests: Mapping[str, list[str]]) -> str:
    out = [
        "# Hazard log",
        "",
        _MADE.format(sources="hazards.toml"),
        "",
        _HAZARDS_HEAD,
        "",
        "| | hazard | cause | harm | S | P before | control | code | tests | P after |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, one in found.items():
        shown = _cell(_test(test) for test in tests.get(name, []))
        out.append(
            f"| {name} | {one['hazard']} | {one['cause']} | {one['harm']} | {one['severity']} | {one['before']} | "
            f"{one['control']} | {_code(one)} | {shown} | {one['after']} |"
        )
    return "\n".join([*out, ""])


def _trace(lines: Mapping[str, Any], tests: Mapping[str, list[str]]) -> str:
    shown = sum(1 for name in lines if tests.get(name))
    out = [
        "# Trace: requirement, code, test",
        "",
        _MADE.format(sources="requirements.toml, docs/hazards.toml"),
        "",
        _counted(shown, len(lines), len({test for name in lines for test in tests.get(name, [])})),
        "",
        "| requirement | what | code | test |",
        "|---|---|---|---|",
    ]
    for name, line in lines.items():
        what = line.get("line") or f"{line['hazard']}: {line['control']}"
        for code, test in _pairs(line.get("code", []), tests.get(name, [])):
            out.append(f"| {name} | {what} | {f'`{code}`' if code else ''} | {f'`{test}`' if test else ''} |")
            what = ""
        if not tests.get(name):
            out.append(f"| {name} | no test: {line.get('gap', '')} | | |")
    return "\n".join([*out, ""])


def _counted(shown: int, lines: int, tests: int) -> str:
    return (
        f"In the form IEC 62304 asks for. {shown} of {lines} requirements and controls are shown by {tests} tests; "
        "each of the others says why not."
    )


def _pairs(code: Sequence[str], tests: Sequence[str]) -> Iterator[tuple[str, str]]:
    for at in range(max(len(code), len(tests), 1)):
        yield (code[at] if at < len(code) else "", tests[at] if at < len(tests) else "")


def _code(line: Mapping[str, Any]) -> str:
    return _cell(f"`{one}`" for one in line.get("code", []))


def _test(node: str) -> str:
    return f"`{node.rpartition('/')[2]}`"


def _cell(parts: Iterator[str]) -> str:
    return "<br>".join(parts)
