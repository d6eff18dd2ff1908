"""Which breathalyzers a recall means."""

import pytest

from backend.domain.recall import RecallWish


@pytest.mark.parametrize(
    ("wish", "serial", "is_meant"),
    [
        (RecallWish(first_serial="A9", last_serial="A11"), "A10", True),
        (RecallWish(first_serial="A9", last_serial="A11"), "a11", True),
        (RecallWish(first_serial="A9", last_serial="A11"), "A8", False),
        (RecallWish(first_serial="A9", last_serial="A11"), "A100", False),
        (RecallWish(first_serial="A9"), "B1", True),
        (RecallWish(last_serial="1000"), "999", True),
        (RecallWish(last_serial="1000"), "0999", True),
        (RecallWish(last_serial="1000"), "1001", False),
        (RecallWish(last_serial="1000"), None, False),
        (RecallWish(model="c6"), None, True),
        (RecallWish(model="c8"), "A10", False),
    ],
)
def test_numbers_in_serial_numbers_count_as_numbers(
    wish: RecallWish, serial: str | None, is_meant: bool
) -> None:
    assert wish.takes_device("BACtrack C6", serial) is is_meant


def test_a_device_that_tells_no_firmware_is_never_left_out() -> None:
    wish = RecallWish(firmware="1.04b")
    assert wish.takes_firmware("1.04B") and wish.takes_firmware(None)
    assert not wish.takes_firmware("1.05")
    assert RecallWish().takes_firmware("1.05")


def test_a_wish_that_leaves_nothing_out_is_known_as_such() -> None:
    assert RecallWish().is_empty
    assert not RecallWish(firmware="1").is_empty
