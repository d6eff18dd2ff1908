"""Generated behaviour against the published figures of domain reference 9."""

from datetime import date

import pytest

from simulators.calibration import Figure, measure, table

START = date(2025, 1, 13)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_population_fits_the_published_figures() -> None:
    figures = measure(people=500, days=190, seed=2, start=START)
    print()
    print(table(figures))
    assert sum(figure.must_fit for figure in figures) >= 20
    assert [figure.name for figure in figures if figure.must_fit and not figure.fits] == []


def test_the_table_says_which_fit_and_which_are_only_compared() -> None:
    figures = [
        Figure("a", "somewhere", "1", 0.5, 1.5, 1.0),
        Figure("b", "somewhere", "1", 0.5, 1.5, 2.0),
        Figure("c", "somewhere", "1", 0.5, 1.5, 2.0, must_fit=False),
    ]
    lines = table(figures).splitlines()
    assert "fits" in lines[1]
    assert "DOES NOT FIT" in lines[2]
    assert "comparison only" in lines[3]


def test_half_a_year_is_needed() -> None:
    with pytest.raises(ValueError, match="182 days"):
        measure(people=1, days=100, seed=1, start=START)
