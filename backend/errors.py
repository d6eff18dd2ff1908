"""Errors of the backend. Each class says which HTTP status it means, so that faces hold no table of their own."""


class BackendError(Exception):
    """Something went wrong in the backend."""

    status = 500
    permanent = True
    """Whether trying the same thing again is pointless."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class NotFound(BackendError):
    """There is no such thing, or not for you."""

    status = 404


class Forbidden(BackendError):
    """Your role does not allow that."""

    status = 403


class Invalid(BackendError):
    """The input cannot be accepted as it is."""

    status = 422


class Conflict(BackendError):
    """Somebody else changed it in the meantime."""

    status = 409


class SignInFailed(BackendError):
    """The username or the password is wrong."""

    status = 401


class DatabaseUnavailable(BackendError):
    """The database cannot be reached right now."""

    status = 503
    permanent = False


class MigrationError(BackendError):
    """The database's schema cannot be brought up to date."""


class RolesMissing(BackendError):
    """The database roles that keep tenants apart are missing or may not be used by this login. Run: nykter doctor"""

    status = 503


class KeysMissing(BackendError):
    """The key of this deployment's free text is not here. Set NYKTER_DATA_KEY_FILE; see: nykter doctor"""

    status = 503


class SealBroken(BackendError):
    """A sealed text is not what was stored: it was changed, moved, or belongs to another database."""
