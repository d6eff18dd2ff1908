"""Study folders: the CSV format in which whole histories come in and go out.

Instants are ISO 8601 with offset; `people.csv` and `drinking.csv` are required, the rest is optional. Unknown
columns of people.csv become groups, those of the other files are ignored. One column beyond the format is
understood in prompts.csv and answers.csv, and written when it says something: `known_at`, for an answer that
reached the platform later than it was given.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from math import isfinite, nan
from pathlib import Path

from relapse_model.errors import StudyError
from relapse_model.frame import NEVER, History, instant
from relapse_model.gather import HistoryBuilder

Row = dict[str, str]

REQUIRED_FILES = ("people.csv", "drinking.csv")
REQUIRED_COLUMNS = {
    "people.csv": ("person_id", "timezone", "observed_from", "observed_to"),
    "drinking.csv": ("person_id", "started_at", "known_at", "source"),
    "prompts.csv": ("person_id", "kind", "opens_at", "closes_at", "answered_at"),
    "answers.csv": ("person_id", "answered_at", "item", "value", "low", "high"),
    "breath_tests.csv": ("person_id", "measured_at", "known_at", "brac_mg_per_l"),
}
YEARS = range(1900, 2201)
"""Years in which something may have happened; when it became known may lie beyond ("9999" is how some say never)."""


def read_study(folder: Path) -> History:
    """Read a study folder, completely or not at all.

    Raises StudyError listing every broken row of every file with file, line and reason.
    """
    problems: list[str] = []
    refused: set[str] = set()
    if not folder.is_dir():
        raise StudyError([f"{folder}: no such folder"])
    builder = HistoryBuilder()
    adders: dict[str, Callable[[Row], None]] = {
        "people.csv": lambda row: _add_person(builder, row),
        "drinking.csv": lambda row: _add_drinking(builder, row),
        "prompts.csv": lambda row: _add_prompt(builder, row),
        "answers.csv": lambda row: _add_answer(builder, row),
        "breath_tests.csv": lambda row: _add_breath_test(builder, row),
    }
    for name, add in adders.items():
        if (folder / name).exists():
            _read_file(folder / name, add, problems, refused)
        elif name in REQUIRED_FILES:
            problems.append(f"{name}: the file is missing")
        refused -= builder.people  # named twice, but known
        if problems and not builder.people:
            break  # nobody in the other files would be among the people: say what is wrong here only
    if problems:
        raise StudyError(problems)
    return builder.build()


def write_study(history: History, folder: Path) -> None:
    """Write a study folder: the inverse of `read_study`, instants in UTC, rows sorted by person and time.

    Each file replaces its old version in one step; a table without rows gives no file (drinking.csv always).
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "people.csv": _people_rows(history),
        "drinking.csv": _drinking_rows(history),
        "prompts.csv": _prompt_rows(history),
        "answers.csv": _answer_rows(history),
        "breath_tests.csv": _breath_test_rows(history),
    }
    for name, rows in tables.items():
        header = next(rows)
        first = next(rows, None)
        if first is None and name not in REQUIRED_FILES:
            (folder / name).unlink(missing_ok=True)
            continue
        part = folder / f".{name}.part"
        with part.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(header)
            if first is not None:
                writer.writerow(first)
                writer.writerows(rows)
        part.replace(folder / name)


def _read_file(path: Path, add: Callable[[Row], None], problems: list[str], refused: set[str]) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            _read_rows(path.name, csv.reader(source, strict=True), add, problems, refused)
    except UnicodeDecodeError as error:
        problems.append(f"{path.name}: not UTF-8 ({error.reason} at byte {error.start})")
    except OSError as error:
        problems.append(f"{path.name}: cannot be read ({error.strerror})")


def _read_rows(
    name: str,
    reader: Iterator[list[str]],
    add: Callable[[Row], None],
    problems: list[str],
    refused: set[str],
) -> None:
    """Rows of one file; `refused` collects people whose own row is broken: their other rows are not complained of."""
    header = [column.strip() for column in next(reader, [])]
    if not header:
        problems.append(f"{name}: the file is empty; a file that a study does not have is left out")
        return
    missing = [column for column in REQUIRED_COLUMNS[name] if column not in header]
    if missing or len(set(header)) != len(header):
        reason = f"columns missing: {', '.join(missing)}" if missing else "a column name stands twice"
        problems.append(f"{name}:1: {reason}")
        return
    while True:
        line = getattr(reader, "line_num", 0) + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.append(f"{name}:{line}: {error}")
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            problems.append(f"{name}:{line}: {len(cells)} cells where the header has {len(header)}")
            continue
        row = dict(zip(header, cells, strict=True))
        if name != "people.csv" and row["person_id"] in refused:
            continue
        try:
            add(row)
        except ValueError as error:
            problems.append(f"{name}:{line}: {error}")
            if name == "people.csv":
                refused.add(row["person_id"])


def _add_person(builder: HistoryBuilder, row: Row) -> None:
    groups = {name: value for name, value in row.items() if name not in REQUIRED_COLUMNS["people.csv"]}
    builder.person(
        row["person_id"],
        row["timezone"],
        _happened(row, "observed_from"),
        _happened(row, "observed_to"),
        groups,
    )


def _add_drinking(builder: HistoryBuilder, row: Row) -> None:
    amount = _number(row, "amount_g") if row.get("amount_g") else nan
    if amount < 0:
        raise ValueError("amount_g is below zero")
    known = _known(row, "known_at", "started_at")
    if not row["source"]:
        raise ValueError("source is empty")
    ended = _at_or_none(row, "ended_at")
    builder.drinking(row["person_id"], _happened(row, "started_at"), known, row["source"], ended, amount)


def _add_prompt(builder: HistoryBuilder, row: Row) -> None:
    if not row["kind"]:
        raise ValueError("kind is empty")
    answered = _at_or_none(row, "answered_at")
    known = _known(row, "known_at", "answered_at") if answered and row.get("known_at") else None
    builder.prompt(
        row["person_id"],
        row["kind"],
        _happened(row, "opens_at"),
        _happened(row, "closes_at"),
        answered,
        known,
    )


def _add_answer(builder: HistoryBuilder, row: Row) -> None:
    if not row["item"]:
        raise ValueError("item is empty")
    numbers = (_number(row, "value"), _number(row, "low"), _number(row, "high"))
    known = _known(row, "known_at", "answered_at") if row.get("known_at") else None
    builder.answer(row["person_id"], _happened(row, "answered_at"), row["item"], *numbers, known_at=known)


def _add_breath_test(builder: HistoryBuilder, row: Row) -> None:
    brac = _number(row, "brac_mg_per_l") if row["brac_mg_per_l"] else nan
    known = _known(row, "known_at", "measured_at")
    builder.breath_test(row["person_id"], _happened(row, "measured_at"), known, brac, row.get("outcome", ""))


def _at(row: Row, column: str) -> datetime:
    text = row[column]
    try:
        at = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        raise ValueError(f"{column} is not an instant in ISO 8601: {text!r}") from None
    if at.tzinfo is None:
        raise ValueError(f"{column} has no offset: {text!r}")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{column} lies outside the calendar: {text!r}") from None


def _happened(row: Row, column: str) -> datetime:
    """An instant at which something was or is: days around it are counted, which ends where the calendar does."""
    at = _at(row, column)
    if at.year not in YEARS:
        raise ValueError(f"{column} lies outside {YEARS[0]} to {YEARS[-1]}: {row[column]!r}")
    return at


def _at_or_none(row: Row, column: str) -> datetime | None:
    return _happened(row, column) if row.get(column) else None


def _known(row: Row, known: str, happened: str) -> datetime:
    """The known instant, refused when it lies before what it knows: such a row would leak the future."""
    at = _at(row, known)
    if at < _at(row, happened):
        raise ValueError(f"{known} {row[known]} lies before {happened} {row[happened]}")
    return at


def _number(row: Row, column: str) -> float:
    try:
        number = float(row[column])
    except ValueError:
        raise ValueError(f"{column} is not a number: {row[column]!r}") from None
    if not isfinite(number):
        raise ValueError(f"{column} is not a finite number: {row[column]!r}")
    return number


def _people_rows(history: History) -> Iterator[list[str]]:
    p = history.people
    groups = sorted(p.groups)
    yield [*REQUIRED_COLUMNS["people.csv"], *groups]
    for i in range(len(p)):
        span = (_iso(p.observed_from[i]), _iso(p.observed_to[i]))
        yield [p.person_id[i], p.timezone[i], *span, *(p.groups[g][i] for g in groups)]


def _drinking_rows(history: History) -> Iterator[list[str]]:
    d, ids = history.drinking, history.people.person_id
    amounts = any(a == a for a in d.amount_g.tolist())
    yield ["person_id", "started_at", "ended_at", "known_at", "source", *(["amount_g"] if amounts else [])]
    for i in range(len(d)):
        times = (_iso(d.started_at[i]), _iso(d.ended_at[i]), _iso(d.known_at[i]))
        amount = [_plain(d.amount_g[i])] if amounts else []
        yield [ids[d.person[i]], *times, d.sources[d.source[i]], *amount]


def _prompt_rows(history: History) -> Iterator[list[str]]:
    p, ids = history.prompts, history.people.person_id
    late = bool((p.answer_known_at != p.answered_at).any())
    yield [*REQUIRED_COLUMNS["prompts.csv"], *(["known_at"] if late else [])]
    for i in range(len(p)):
        times = (_iso(p.opens_at[i]), _iso(p.closes_at[i]), _iso(p.answered_at[i]))
        known = [_iso(p.answer_known_at[i])] if late else []
        yield [ids[p.person[i]], p.kinds[p.kind[i]], *times, *known]


def _answer_rows(history: History) -> Iterator[list[str]]:
    a, ids = history.answers, history.people.person_id
    late = bool((a.known_at != a.answered_at).any())
    yield [*REQUIRED_COLUMNS["answers.csv"], *(["known_at"] if late else [])]
    for i in range(len(a)):
        numbers = (_plain(a.value[i]), _plain(a.low[i]), _plain(a.high[i]))
        known = [_iso(a.known_at[i])] if late else []
        yield [ids[a.person[i]], _iso(a.answered_at[i]), a.items[a.item[i]], *numbers, *known]


def _breath_test_rows(history: History) -> Iterator[list[str]]:
    b, ids = history.breath_tests, history.people.person_id
    yield [*REQUIRED_COLUMNS["breath_tests.csv"], "outcome"]
    for i in range(len(b)):
        times = (_iso(b.measured_at[i]), _iso(b.known_at[i]))
        yield [ids[b.person[i]], *times, _plain(b.brac_mg_per_l[i]), b.outcomes[b.outcome[i]]]


def _iso(at: int) -> str:
    return "" if at == NEVER else instant(at).isoformat().replace("+00:00", "Z")


def _plain(number: float) -> str:
    return "" if number != number else repr(float(number))
