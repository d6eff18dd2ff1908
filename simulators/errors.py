"""The one error family of this package."""


class SimulatorError(Exception):
    """A simulated part could not be started or was asked for something it does not have.

    `permanent` says whether the same request can succeed later without anybody changing anything.
    """

    def __init__(self, message: str, *, permanent: bool = True) -> None:
        super().__init__(message)
        self.permanent = permanent
