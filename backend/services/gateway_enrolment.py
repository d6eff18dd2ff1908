"""A gateway at the door: it comes with a code or with the key it has. Nobody is signed in here."""

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from backend.access.principal import Principal
from backend.errors import BackendError, Invalid
from backend.services.broker_access import BrokerAccess
from backend.services.guessing import refuse_guessing
from backend.store import access_log, logins
from backend.store import enrolment as clients
from backend.store import gateway_identity as store
from backend.store.gateways import Gateway
from backend.store.pool import Connection, Database, enter_tenant
from backend.store.scope import NOBODY
from contracts.enrolment import (
    ENROL,
    RENEW,
    ROTATE,
    EnrolmentAnswer,
    EnrolmentRequest,
    RenewalAnswer,
    RenewalRequest,
    RotationAnswer,
    RotationRequest,
    code_digest,
    enrolment_text,
    renewal_text,
    rotation_text,
)
from contracts.envelope import key_id_of, signed_text

OLD_KEY_LIFE: Final = timedelta(days=45)
"""How long messages signed with the key before are believed: longer than the 30 days an outbox may wait offline."""
_MADE_WITHIN: Final = timedelta(days=1)
_NAME_LETTERS: Final = "abcdefghjkmnpqrstvwxyz0123456789"
_NAME_LENGTH: Final = 10


class CodeRefused(BackendError):
    """The code is wrong, used, withdrawn or too old. Ask staff for a new one."""

    status = 404


class GatewayRefused(BackendError):
    """This gateway is not known here, is revoked, or did not sign with its own key."""

    status = 404


class NotSetUp(BackendError):
    """This deployment is not set up to enrol gateways."""

    status = 409


def enrol(
    db: Database,
    broker: BrokerAccess | None,
    asked: EnrolmentRequest,
    *,
    address: str,
    now: datetime,
    machine_now: datetime,
) -> EnrolmentAnswer:
    """Take a gateway in. The code is used up in the same transaction, so it works once however often it is tried.

    `address`: where the request came from; wrong codes slow that address down, on the machine's own clock. Raises
    NotSetUp, TooManyAttempts, CodeRefused (the same whatever is wrong with the code), Invalid for a wrong signature or
    certificate request.
    """
    if broker is None:
        raise NotSetUp
    guesser = f"enrol {address}"[:200]
    with db.transaction(NOBODY) as conn:
        refuse_guessing(conn, guesser, machine_now)
    _require_signature(
        asked.public_key, ENROL, enrolment_text(asked.code, asked.public_key, asked.csr), asked.signature
    )
    try:
        with db.transaction(NOBODY) as conn:
            return _take_in(conn, broker, asked, now)
    except CodeRefused:
        with db.transaction(NOBODY) as conn:
            logins.remember_failure(conn, guesser, now=machine_now)
        raise


def rotate(
    db: Database, broker: BrokerAccess | None, device_id: str, asked: RotationRequest, *, now: datetime
) -> RotationAnswer:
    """Let a new key follow the one in force, and renew what the gateway shows at the broker.

    The same request may come again when its answer was lost. Raises NotSetUp, GatewayRefused, Invalid.
    """
    if broker is None:
        raise NotSetUp
    text = rotation_text(device_id, asked.public_key, asked.csr, asked.made_at)
    _require_signature(asked.public_key, ROTATE, text, asked.next_signature)
    if abs(asked.made_at - now) > _MADE_WITHIN:
        raise Invalid("the request was made at another time; check the gateway's clock")
    with db.transaction(NOBODY) as conn:
        gateway = _known(conn, device_id)
        new_key = bytes.fromhex(asked.public_key)
        repeated = new_key == gateway.public_key
        signer = gateway.previous_public_key if repeated else gateway.public_key
        if signer is None or not _signed(signer, ROTATE, text, asked.signature):
            raise GatewayRefused
        until = gateway.previous_until if repeated and gateway.previous_until else now + OLD_KEY_LIFE
        if not repeated:
            store.change_key(conn, device_id, new_key, key_id_of(new_key), old_until=until)
        login = broker.grant(gateway.tenant_id, device_id, asked.csr)
        itself = _nobody(gateway.tenant_id, None)
        access_log.write_operation(conn, itself, device_id, "gateway_key_changed", now=now)
    return RotationAnswer(old_key_until=until, server_public_keys=broker.receipt_keys, login=login)


def renew(
    db: Database, broker: BrokerAccess | None, device_id: str, asked: RenewalRequest, *, now: datetime
) -> RenewalAnswer:
    """Renew what the gateway shows at the broker; its signing key stays. Works also when the certificate has run out.

    Raises NotSetUp, GatewayRefused, Invalid.
    """
    if broker is None:
        raise NotSetUp
    if abs(asked.made_at - now) > _MADE_WITHIN:
        raise Invalid("the request was made at another time; check the gateway's clock")
    text = renewal_text(device_id, asked.csr, asked.made_at)
    with db.transaction(NOBODY) as conn:
        gateway = _known(conn, device_id)
        keys = [gateway.public_key]
        if gateway.previous_public_key and gateway.previous_until and now < gateway.previous_until:
            keys.append(gateway.previous_public_key)  # a change of keys whose answer was lost
        if not any(_signed(key, RENEW, text, asked.signature) for key in keys):
            raise GatewayRefused
        login = broker.grant(gateway.tenant_id, device_id, asked.csr)
        itself = _nobody(gateway.tenant_id, None)
        access_log.write_operation(conn, itself, device_id, "gateway_certificate_renewed", now=now)
    return RenewalAnswer(server_public_keys=broker.receipt_keys, login=login)


def _take_in(
    conn: Connection, broker: BrokerAccess, asked: EnrolmentRequest, now: datetime
) -> EnrolmentAnswer:
    digest = code_digest(asked.code)
    tenant_id = store.tenant_of_code(conn, digest, now=now)
    if tenant_id is None:
        raise CodeRefused
    enter_tenant(conn, tenant_id)
    code = store.use_code(conn, digest, now=now)
    if code is None:
        raise CodeRefused
    public_key = bytes.fromhex(asked.public_key)
    device_id = "gw-" + "".join(secrets.choice(_NAME_LETTERS) for _ in range(_NAME_LENGTH))
    client = clients.client(conn, code["client_id"])
    assert client is not None, "a code's client exists"
    clients.add(
        conn,
        "gateway",
        device_id=device_id,
        tenant_id=tenant_id,
        client_id=code["client_id"],
        public_key=public_key,
        key_id=key_id_of(public_key),
        now=now,
    )
    store.name_user(conn, code["code_id"], device_id)
    # In the name of whoever handed the code out.
    itself = _nobody(tenant_id, code["issued_by"])
    access_log.write_operation(conn, itself, device_id, "gateway_enrolled", now=now)
    login = broker.grant(tenant_id, device_id, asked.csr)
    return EnrolmentAnswer(
        device_id=device_id,
        tenant=tenant_id,
        zone=client["timezone"],
        server_public_keys=broker.receipt_keys,
        login=login,
    )


def _known(conn: Connection, device_id: str) -> Gateway:
    tenant_id = store.tenant_of_gateway(conn, device_id)
    if tenant_id is None:
        raise GatewayRefused
    enter_tenant(conn, tenant_id)
    gateway = store.lock_gateway(conn, device_id)
    if gateway is None or gateway.revoked_at is not None:
        raise GatewayRefused
    return gateway


def _nobody(tenant_id: str, account_id: UUID | None) -> Principal:
    return Principal(account_id or UUID(int=0), tenant_id, "system", None, None, "Nykter", "sv")


def _require_signature(public_key: str, kind: str, text: bytes, signature: str) -> None:
    if not _signed(bytes.fromhex(public_key), kind, text, signature):
        raise Invalid("the request is not signed with the key it asks for")


def _signed(public_key: bytes, kind: str, text: bytes, signature: str) -> bool:
    try:
        VerifyKey(public_key).verify(signed_text(kind, text), bytes.fromhex(signature))
    except (BadSignatureError, ValueError):
        return False
    return True
