"""A person's rights: their data, the registers, what they ask for; and records that go by two people."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from backend.access import Principal
from backend.api.caller import OnCaller
from backend.errors import NotFound
from backend.services import corrections, deletion, erasure, person_export, registers
from backend.services.corrections import About, Decision
from backend.services.deletion import Case, DueRecord
from backend.services.erasure import RefusalCode, Scope
from backend.services.person_export import PersonExport
from backend.services.registers import Given, Ground, Kind, Registers

router = APIRouter(tags=["rights"])
Words = Annotated[str, Field(min_length=3, max_length=registers.LONGEST)]
Kinds = Annotated[tuple[Kind, ...], Field(max_length=len(registers.KINDS))]
ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}


class Created(BaseModel):
    """The identity of what was made."""

    id: UUID


class NewConsent(BaseModel, extra="forbid"):
    """A consent: what for, to whom, and how it was given."""

    purpose: Words
    recipient: Annotated[str, Field(min_length=2, max_length=200)]
    given_how: Given
    ends_on: date | None = None


class Withdrawal(BaseModel, extra="forbid"):
    """A consent taken back; no reason is needed."""

    reason: Annotated[str, Field(max_length=registers.LONGEST)] = ""


class NewDisclosure(BaseModel, extra="forbid"):
    """What leaves, to whom, on which ground; what was masked."""

    recipient: Annotated[str, Field(min_length=2, max_length=200)]
    what: Kinds
    masked: Kinds = ()
    legal_ground: Ground
    consent_id: UUID | None = None
    words: Words


class NewCorrection(BaseModel, extra="forbid"):
    """What is wrong, in the client's words."""

    about: About
    about_at: AwareDatetime | None = None
    says: Words


class CorrectionDecision(BaseModel, extra="forbid"):
    """What staff decide, in words the client reads."""

    decision: Decision
    words: Words


class NewErasure(BaseModel, extra="forbid"):
    """What is to be erased; no reason is needed."""

    scope: Scope
    says: Annotated[str, Field(max_length=registers.LONGEST)] = ""


class ErasureDecision(BaseModel, extra="forbid"):
    """Granted without a code; with one refused by that law."""

    words: Words
    refusal_code: RefusalCode | None = None


class NewDeletion(BaseModel, extra="forbid"):
    """A record that may go, and why."""

    record_id: UUID
    words: Words


@router.get("/me/rights")
def own_registers(on: OnCaller) -> Registers:
    """The client's own registers."""
    return registers.of_client(on.db, on.principal, _own(on.principal), now=on.now)


@router.post("/me/export", responses=ZIP, response_class=Response)
def export_own(on: OnCaller, request: Request) -> Response:
    """Everything about the client who asks, as a zip."""
    return _zip(
        person_export.export_own(on.db, on.principal, photo_keys=request.app.state.photo_keys, now=on.now)
    )


@router.post("/me/consents", status_code=201)
def consent_own(body: NewConsent, on: OnCaller) -> Created:
    """Give a consent."""
    return _consent(on, _own(on.principal), body)


@router.post("/me/corrections", status_code=201)
def ask_for_correction(body: NewCorrection, on: OnCaller) -> Created:
    """Say what is wrong."""
    made = corrections.ask(on.db, on.principal, body.about, body.says, about_at=body.about_at, now=on.now)
    return Created(id=made)


@router.post("/me/erasures", status_code=201)
def ask_for_erasure(body: NewErasure, on: OnCaller) -> Created:
    """Ask for erasure. 409 while another request is open."""
    return Created(id=erasure.ask(on.db, on.principal, body.scope, body.says, now=on.now))


@router.get("/clients/{client_id}/rights")
def of_client(client_id: UUID, on: OnCaller) -> Registers:
    """A client's registers. 404 for strangers."""
    return registers.of_client(on.db, on.principal, client_id, now=on.now)


@router.post("/clients/{client_id}/export", responses=ZIP, response_class=Response)
def export(client_id: UUID, on: OnCaller, request: Request) -> Response:
    """Everything about a client, to hand out. 404 for strangers."""
    return _zip(
        person_export.export(
            on.db, on.principal, client_id, photo_keys=request.app.state.photo_keys, now=on.now
        )
    )


@router.post("/clients/{client_id}/consents", status_code=201)
def consent(client_id: UUID, body: NewConsent, on: OnCaller) -> Created:
    """Note a consent given in person or in writing. 404 for strangers."""
    return _consent(on, client_id, body)


@router.post("/consents/{consent_id}/withdrawal", status_code=204)
def withdraw(consent_id: UUID, body: Withdrawal, on: OnCaller) -> None:
    """Take a consent back. 409 when it has ended."""
    registers.withdraw_consent(on.db, on.principal, consent_id, body.reason, now=on.now)


@router.post("/clients/{client_id}/disclosures", status_code=201)
def disclose(client_id: UUID, body: NewDisclosure, on: OnCaller) -> Created:
    """Note a disclosure before it leaves. 404 for strangers, 422 without a ground that holds."""
    made = registers.disclose(
        on.db, on.principal, client_id, body.recipient, body.what, body.legal_ground, body.words, masked=body.masked,
        consent_id=body.consent_id, now=on.now,
    )  # fmt: skip
    return Created(id=made)


@router.post("/corrections/{request_id}/decision", status_code=204)
def decide_correction(request_id: UUID, body: CorrectionDecision, on: OnCaller) -> None:
    """Decide about a correction. 404 for strangers, 409 when it is decided."""
    corrections.decide(on.db, on.principal, request_id, body.decision, body.words, now=on.now)


@router.post("/erasures/{request_id}/decision", status_code=204)
def decide_erasure(request_id: UUID, body: ErasureDecision, on: OnCaller) -> None:
    """Grant erasure, or refuse it with the law that asks for keeping. 404 for strangers, 409 when it is decided."""
    erasure.decide(on.db, on.principal, request_id, body.words, refusal_code=body.refusal_code, now=on.now)


@router.get("/unit/deletions/due")
def due(on: OnCaller) -> tuple[DueRecord, ...]:
    """The dry run: records of the manager's unit that may go, and how much is in them."""
    return deletion.due(on.db, on.principal, now=on.now)


@router.get("/unit/deletions")
def cases(on: OnCaller) -> tuple[Case, ...]:
    """The unit's cases and what became of them."""
    return deletion.cases(on.db, on.principal)


@router.post("/unit/deletions", status_code=201)
def propose(body: NewDeletion, on: OnCaller) -> Created:
    """Propose that a record goes. 404 when it may not."""
    return Created(id=deletion.propose(on.db, on.principal, body.record_id, body.words, now=on.now))


@router.post("/unit/deletions/{case_id}/approval", status_code=204)
def approve(case_id: UUID, on: OnCaller) -> None:
    """Agree, as somebody else than who proposed it. 409 otherwise."""
    deletion.approve(on.db, on.principal, case_id, now=on.now)


@router.post("/unit/deletions/{case_id}/withdrawal", status_code=204)
def take_back(case_id: UUID, on: OnCaller) -> None:
    """Take a case back before it is carried out."""
    deletion.withdraw(on.db, on.principal, case_id, now=on.now)


@router.get("/unit/deletions/{case_id}/certificate")
def certificate(case_id: UUID, on: OnCaller) -> dict[str, str]:
    """The certificate as the text whose SHA-256 stands in the case. 404 before it is carried out."""
    return {"certificate": deletion.certificate(on.db, on.principal, case_id)}


def _own(principal: Principal) -> UUID:
    if principal.client_id is None:
        raise NotFound
    return principal.client_id


def _consent(on: OnCaller, client_id: UUID, body: NewConsent) -> Created:
    made = registers.record_consent(
        on.db,
        on.principal,
        client_id,
        body.purpose,
        body.recipient,
        body.given_how,
        ends_on=body.ends_on,
        now=on.now,
    )
    return Created(id=made)


def _zip(export: PersonExport) -> Response:
    headers = {"content-disposition": f'attachment; filename="{export.filename}"'}
    return Response(export.data, media_type="application/zip", headers=headers)
