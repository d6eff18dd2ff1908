"""Texts for the record: draft, edit, sign, copy."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from backend.domain.journal_draft import Length
from backend.errors import Conflict, Forbidden, Invalid
from backend.services import clients, journal_pdf, journal_texts
from backend.services.journal_texts import AlreadySigned
from dashboard.contexts.journal import check_page, journal_page
from dashboard.language import Code
from dashboard.site import OnForm, OnVisit, Visit, WrongField, field, rendered, see_other

router = APIRouter(include_in_schema=False)


@router.get("/clients/{client_id}/journal")
def of_client(client_id: UUID, on: OnVisit) -> Response:
    """A client's texts, and the form for a new draft."""
    texts = journal_texts.of_client(on.db, on.principal, client_id, now=on.now)
    overview = clients.overview(on.db, on.principal, client_id, now=on.now)
    return on.page("journal.html", journal_page(overview, texts, on.frame(), on.now))


@router.post("/clients/{client_id}/journal")
def draft(client_id: UUID, on: OnVisit, form: OnForm) -> Response:
    """Compute a draft and go to it. A period that cannot be drafted comes back with the form."""
    length: Length = "half_page" if field(form, "length") == "half_page" else "three_lines"
    written: Code = "en" if field(form, "language") == "en" else "sv"
    try:
        since, until = (_day(form, name) for name in ("since", "until"))
        made = journal_texts.draft(on.db, on.principal, client_id, since, until, length, written, now=on.now)
    except Invalid:
        return _again(client_id, on, form, length, written)
    return see_other(f"/journal/{made}")


def _day(form: FormData, name: str) -> date:
    try:
        return date.fromisoformat(field(form, name))
    except ValueError as error:
        raise WrongField(name) from error


def _again(client_id: UUID, on: Visit, form: FormData, length: Length, written: Code) -> Response:
    """The list with the form as it was sent."""
    texts = journal_texts.of_client(on.db, on.principal, client_id, now=on.now)
    overview = clients.overview(on.db, on.principal, client_id, now=on.now)
    fresh = journal_page(overview, texts, on.frame(), on.now)
    context = replace(
        fresh,
        since=field(form, "since"),
        until=field(form, "until"),
        lengths=tuple(replace(one, chosen=one.value == length) for one in fresh.lengths),
        languages=tuple(replace(one, chosen=one.value == written) for one in fresh.languages),
        problem=on.lang.t("That period cannot be drafted: the first day comes first, and has begun already."),
    )
    return rendered(on.request, "journal.html", on.lang, context, 422)


@router.get("/journal/{journal_id}")
def one(journal_id: UUID, on: OnVisit) -> Response:
    """One text: to edit and sign, or frozen and to copy."""
    text = journal_texts.one(on.db, on.principal, journal_id, now=on.now)
    overview = clients.overview(on.db, on.principal, text.client_id, now=on.now)
    return on.page("journal_text.html", journal_page(overview, (), on.frame(), on.now, text))


@router.get("/journal-check")
def check(on: OnVisit, digest: str = "") -> Response:
    """Whether a digest on paper belongs to a signed text, and whether the text still is what was signed."""
    found, has_problem = None, False
    if digest.strip():
        try:
            found = journal_texts.verify(on.db, on.principal, digest, now=on.now)
        except Invalid:
            has_problem = True
    elif not on.principal.may("journal"):
        raise Forbidden
    context = check_page(found, on.frame(), digest=digest.strip(), has_problem=has_problem)
    return on.page("journal_check.html", context)


@router.post("/journal/{journal_id}/file.pdf")
def file(journal_id: UUID, on: OnVisit, _checked: OnForm) -> Response:
    """The signed text as a PDF. A POST, since taking data out is an act that is logged."""
    try:
        made = journal_pdf.pdf(on.db, on.principal, journal_id, now=on.now)
    except Conflict:
        return see_other(f"/journal/{journal_id}")
    named = {"content-disposition": f'attachment; filename="{made.filename}"'}
    return Response(made.content, media_type="application/pdf", headers=named)


@router.post("/journal/{journal_id}")
def save_or_sign(journal_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Keep the text, or sign it under one's own name."""
    path, act = f"/journal/{journal_id}", field(form, "act")
    if act not in {"save", "sign"}:
        raise Invalid
    try:
        if act == "sign":
            journal_texts.sign(on.db, on.principal, journal_id, field(form, "body"), now=on.now)
        else:
            journal_texts.save(on.db, on.principal, journal_id, field(form, "body"), now=on.now)
    except AlreadySigned:
        return see_other(path)
    return see_other(path, "text_signed" if act == "sign" else "text_saved")
