"""A unit's own numbers to call."""

from typing import Any

import pytest

from backend.domain.help_numbers import HelpNumber, NumberError, read_numbers


def test_a_number_is_kept_as_written_and_dialled_without_spaces() -> None:
    [one] = read_numbers([{"number": " 08-123 456 00 ", "label": "Öppenvården"}])
    assert one == HelpNumber("08-123 456 00", "Öppenvården")
    assert one.address == "0812345600"
    assert (
        read_numbers([{"number": "+46 8 123 456", "label": "x", "hours": "8–16"}])[0].address == "+468123456"
    )


@pytest.mark.parametrize(
    "written",
    [
        {},
        [{"number": "08-12"}],
        [{"number": "javascript:alert(1)", "label": "x"}],
        [{"number": "08;ext=1", "label": "x"}],
        [{"number": "0812345", "label": " "}],
        [{"number": "0812345", "label": "x" * 121}],
        [{"number": 112, "label": "x"}],
        [{"number": "0812345", "label": "x", "href": "tel:1"}],
        [{"number": "0812345", "label": "x"}] * 7,
    ],
)
def test_what_is_no_number_is_refused(written: Any) -> None:
    with pytest.raises(NumberError):
        read_numbers(written)
