"""Figures of the bench and how they are shown."""

import pytest

from nykter.bench.figure import Figure, percentile, table


def test_a_ratio_names_what_it_is_compared_with() -> None:
    slow, fast = Figure("slow", 500.0, "rows/s"), Figure("fast", 2000.0, "rows/s")
    assert slow.against(fast).as_json() == {
        "name": "slow", "value": 500.0, "unit": "rows/s", "ratio": 0.25, "ratio_to": "fast",
    }  # fmt: skip


def test_the_table_has_one_line_per_figure() -> None:
    lines = table([Figure("a", 12345.6, "rows/s"), Figure("longer", 0.1234, "ms", 0.5, "a")]).splitlines()
    assert lines[0].split() == ["a", "12,346", "rows/s"]
    assert lines[1].split() == ["longer", "0.123", "ms", "0.50", "of", "a"]


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 0.5) == 51.0
    assert percentile(values, 0.99) == 100.0
    assert percentile([7.0], 0.99) == 7.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)
