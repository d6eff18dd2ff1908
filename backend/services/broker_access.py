"""What the services ask of whoever lets gateways into the broker; the composition root brings it."""

from typing import Protocol

from contracts.enrolment import BrokerLogin


class BrokerAccess(Protocol):
    """The deployment's broker and its door."""

    @property
    def receipt_keys(self) -> tuple[str, ...]:
        """The public keys, hexadecimal, that receipts may be signed with."""

    def grant(self, tenant_id: str, device_id: str, csr: str) -> BrokerLogin:
        """What this gateway shows at the broker from now on. Raises BackendError (Invalid for a wrong request)."""

    def withdraw(self, tenant_id: str, device_id: str) -> None:
        """Let this gateway in no more. Safe to repeat."""
