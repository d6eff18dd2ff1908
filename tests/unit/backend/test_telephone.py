"""Numbers as people write them, and as they are dialled."""

import pytest

from backend.domain.telephone import dialled, is_dialled, readable


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("070-123 45 67", "+46701234567"),
        ("(08) 123 456 00", "+46812345600"),
        ("+46 70 123 45 67", "+46701234567"),
        ("0047 912 34 567", "+4791234567"),
        ("\u00a0070\u2013123.45.67 ", "+46701234567"),
    ],
)
def test_a_number_is_dialled_however_it_is_written(written: str, number: str) -> None:
    assert dialled(written) == number
    assert is_dialled(number)


@pytest.mark.parametrize(
    "written", ["", "hemma", "112", "+0701234567", "070-123 45 67 eller 08", "+4670123456789012"]
)
def test_what_is_no_number_is_told(written: str) -> None:
    assert not is_dialled(dialled(written))


def test_a_number_reads_as_it_is_written_at_home() -> None:
    assert readable("+46701234567") == "070-123 45 67"
    assert readable("+46812345600") == "0812345600"
    assert readable("+4791234567") == "+4791234567"
