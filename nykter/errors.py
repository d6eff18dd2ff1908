"""The one kind of error that reaches a person as words instead of a traceback."""


class NykterError(Exception):
    """Something that can be expected to go wrong did; the message says what, and what to do about it.

    `nykter.cli` prints the message and ends with `exit_code`. Commands turn the expected errors of the packages
    they call into this one; anything else is a defect and keeps its traceback.
    """

    exit_code = 1

    def __init__(self, message: str, *, exit_code: int | None = None) -> None:
        super().__init__(message)
        if exit_code is not None:
            self.exit_code = exit_code
