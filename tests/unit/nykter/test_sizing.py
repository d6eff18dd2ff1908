"""What so many clients need, computed from measured figures."""

import json
from pathlib import Path

import pytest

from nykter.cli import main
from nykter.errors import NykterError
from nykter.sizing import Measured, batch_at, ingest_us, page, peak_per_s

FIGURES = {
    "processor time of broker (PostgreSQL)": 30.0,
    "step: judge (all of it)": 120.0,
    "storing and answering in batches of 10": 850.0,
    "assessing one client, worker (PostgreSQL)": 600.0,
    "assessing one client, database (PostgreSQL)": 400.0,
    "disk of a reading, ledger and indexes included (PostgreSQL)": 3000.0,
    "log written for a reading, WAL (PostgreSQL)": 5000.0,
    "one client on arrival": 2.0,
    "peak memory of the process": 1.5,
    "memory of ingest and its judges (PostgreSQL)": 140.0,
    "memory of a worker (PostgreSQL)": 100.0,
    "processor time of it, triage list of 300: service, 3000 clients in the database": 17.0,
    "processor time of it, triage list of 300: database, 3000 clients in the database": 21.0,
}


def cells(text: str, name: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_each_row_follows_from_the_measured_figures() -> None:
    text = page(FIGURES, "2 cores")
    assert "2 cores" in text
    assert cells(text, "messages a day") == ["50,000", "500,000", "5,000,000"]
    assert cells(text, "messages a second, morning peak") == ["2.8", "27.8", "278"]
    assert cells(text, "disk a year") == ["51.0 GiB", "509.9 GiB", "5.0 TiB"]
    # 277.8 a second of 1,000 µs, half of the time busy
    assert cells(text, "cores: assessment and its part of the database")[2] == "0.56"
    assert cells(text, "cores: scoring")[2] == "1.2"


def test_few_messages_a_second_come_in_small_batches_and_cost_more_each() -> None:
    assert batch_at(peak_per_s(1_000_000)) == 10
    assert batch_at(5_000) == 50
    assert batch_at(30_000) == 500
    assert ingest_us(Measured(FIGURES), 3.0) == pytest.approx(1000.0)


def test_a_missing_figure_says_what_to_run() -> None:
    with pytest.raises(NykterError, match="nykter bench"):
        page({}, "2 cores")


def test_the_command_reads_what_the_benchmarks_wrote(tmp_path: Path) -> None:
    figures, more, out = tmp_path / "bench.json", tmp_path / "scoring.json", tmp_path / "sizing.md"
    found = [{"name": f"  {name}", "value": value} for name, value in FIGURES.items()]
    figures.write_text(json.dumps(found[:5]))
    more.write_text(json.dumps(found[5:]))
    assert main(["sizing", "--figures", str(figures), str(more), "--out", str(out)]) == 0
    assert out.read_text().startswith("# Sizing")
    figures.write_text("[]")
    assert main(["sizing", "--figures", str(figures), "--out", str(out)]) == 1
