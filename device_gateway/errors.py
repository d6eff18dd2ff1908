"""Errors of the gateway. `permanent`: trying again cannot succeed; `code` goes into the heartbeat."""


class GatewayError(Exception):
    """Something the gateway needs does not work."""

    code = "gateway_error"
    permanent = False

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())
        if code is not None:
            self.code = code


class SettingsError(GatewayError):
    """A setting is missing or wrong."""

    code = "settings"
    permanent = True


class KeyFileError(GatewayError):
    """The gateway's key file is absent, unreadable or open to others."""

    code = "key_file"
    permanent = True


class EnrolmentError(GatewayError):
    """The gateway could not be enrolled, or its key not be changed."""

    code = "enrolment"


class OutboxError(GatewayError):
    """The outbox cannot be used."""

    code = "outbox"


class OutboxFullError(OutboxError):
    """The disk, or the room set aside for the outbox, is full; nothing was written."""

    code = "disk_full"


class RadioError(GatewayError):
    """The breathalyzer cannot be reached. `code` says why."""

    code = "radio"


class ReceiptError(GatewayError):
    """A receipt is not from our backend or not for us; it is ignored."""

    code = "receipt_refused"


class BusyError(GatewayError):
    """A test is already running."""

    code = "test_running"


class RetestWaitError(GatewayError):
    """The waiting time before the retest is not over."""

    code = "retest_wait"


class PlanError(GatewayError):
    """A plan is not from our backend, not for us, or older than the one held; it is not used."""

    code = "plan_refused"


class PhotoError(GatewayError):
    """There is no picture: no camera, not an image, not asked for, or no room. A test never depends on one."""

    code = "photo_failed"
