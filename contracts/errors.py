"""Errors raised while reading or writing what crosses a process boundary."""


class ContractError(ValueError):
    """A message or topic does not follow its contract."""

    def __init__(self, message: str = "", *, reason: str = "malformed") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())
        self.reason = reason
