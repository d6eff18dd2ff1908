"""What page handlers are given: the acting person, the language, the checked form, and how to answer.

The composition root puts into `app.state`: `db` (backend.store.pool.Database), `clock` (domain time), `machine_clock`
(real time, for logins), `live` (the listener), `cookie_secure`, `assets` and `templates`; and for signing in
`sign_in_policy`, `public_url` and `identity_provider`.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, cast
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import FormData

from backend.access import Principal
from backend.errors import Forbidden, Invalid
from backend.services import auth, emergencies, log_checks
from dashboard import formats
from dashboard.contexts.page import NEUTRAL, Frame, frame
from dashboard.cookies import value_of
from dashboard.language import N_, Language, chosen
from dashboard.templating import Templates

_ZONE = "Europe/Stockholm"
OWN_PAGES = "/me/"
"""Where the client's own pages begin. Their service worker reaches no further."""
REFRESH_HEADER = "x-nykter-refresh"
"""Set by our scripts where an open page asks again by itself, without anybody having done anything."""
NOTICES: dict[str, str] = {
    "contact_saved": N_("The contact is saved."),
    "gone_through": N_("Noted. The next summary begins here."),
    "view_dropped": N_("The view is dropped."),
    "cover_arranged": N_("It is arranged. The colleague sees the clients from the first day on."),
    "cover_ended": N_("It is ended."),
    "care_changed": N_("It is decided. Those whom it is about are told."),
    "care_moved": N_("Somebody else changed this just before you. Here it is as it stands now."),
    "care_left_alone": N_("A client would be left without anybody. Hand over instead."),
    "event_saved": N_("It is noted, and stands on the time axis."),
    "event_withdrawn": N_("It is taken back."),
    "reviewed": N_("Marked as reviewed."),
    "seen": N_("Noted that you have seen it."),
    "acting": N_("It is yours now."),
    "snoozed": N_("It is put off, and comes back by itself."),
    "taken_up": N_("It stands in its place again."),
    "closed": N_("The signal is closed."),
    "moved": N_("Somebody else changed this signal just before you. Here it is as it stands now."),
    "letter_stored": N_("It was stored now."),
    "letter_duplicate": N_("It was stored already."),
    "letter_conflict": N_("Another message with its number was stored before. It was not stored."),
    "letter_refused": N_("It was refused again, for the reason given here."),
    "letter_beginning": N_("Only its beginning was kept, so it cannot be tried again."),
    "letter_offset": N_(
        "With that offset it would have happened after it arrived, or too long ago. Nothing was changed."
    ),
    "letter_set_aside": N_("It is set aside."),
    "gateway_revoked": N_("The gateway is revoked. What it sends from now on is refused, and kept."),
    "code_withdrawn": N_("The code is withdrawn."),
    "codes_waiting": N_("There are unused codes already. Withdraw one of them first."),
    "gateway_moved": N_("Somebody was quicker. Here it is as it stands now."),
    "breathalyzer_paired": N_("The breathalyzer is noted as the client's own."),
    "breathalyzer_unpaired": N_("The breathalyzer is no longer noted as the client's own."),
    "photo_judged": N_("Noted under your name. Earlier verdicts stay beside it."),
    "message_sent": N_("The message is sent."),
    "message_read": N_("Noted that you have read it."),
    "application_saved": N_("The application is saved."),
    "application_completed": N_("What was missing is saved."),
    "application_approved": N_("Decided. The client and the plan are in place."),
    "application_rejected": N_("Decided. No client was made."),
    "application_moved": N_(
        "Somebody else changed this application just before you. Here it is as it stands now."
    ),
    "alias_taken": N_("That alias is taken. Choose another one."),
    "plan_proposed": N_("The plan is proposed. It takes effect when the client agrees on their own page."),
    "plan_set": N_("The plan is set. The client can see it and agree to it on their own page."),
    "proposal_withdrawn": N_("The proposal is taken back."),
    "plan_moved": N_("Somebody else was just before you, or it cannot be done now. Here it is as it stands."),
    "plan_travels": N_("The plan follows the new clock from then on."),
    "test_ordered": N_("The test is ordered. The client is told as soon as the gateway is reached."),
    "order_conflict": N_("A test is open already, or a pause is agreed. Nothing was ordered."),
    "pause_saved": N_("The pause is saved. Nothing is missed while it lasts."),
    "pause_conflict": N_("Another pause lies in that time. Nothing was saved."),
    "pause_decided": N_("Decided. The client sees it on their page."),
    "pause_ended": N_("The pause ends now."),
    "excused": N_("The test is excused."),
    "excuse_withdrawn": N_("The excuse is taken back."),
    "form_asked": N_("The client is asked for it on their own page."),
    "form_asked_already": N_("The client is asked for it already."),
    "form_taken_back": N_("It is asked for no more."),
    "form_saved": N_("The form is saved."),
    "form_sent": N_("Thank you. Your answers are saved."),
    "form_withdrawn": N_("It stays, and counts no more."),
    "duty_saved": N_("The rota is saved."),
    "duty_withdrawn": N_("The line is taken out of the rota."),
    "link_withdrawn": N_("The link is withdrawn."),
    "text_saved": N_("The text is saved. It is not signed."),
    "text_signed": N_("The text is signed and frozen."),
    "minutes_saved": N_("The figures count from now on."),
    "check_in_sent": N_("Thank you. Your answers are saved."),
    "comment_saved": N_("Your words are saved. The clinic can read them beside the test."),
    "correction_asked": N_("Your words are saved. The clinic decides and answers here."),
    "correction_decided": N_("The decision is saved. The client can read it."),
    "setting_saved": N_("The setting counts from now on."),
    "numbers_saved": N_("The numbers stand on your clients' pages from now on."),
    "relative_ended": N_("Nothing is shared with that person any more."),
    "sharing_on": N_("It is shared from now on."),
    "sharing_off": N_("It is not shared any more."),
    "plan_yes": N_("Thank you. You have agreed to the plan."),
    "plan_declined": N_("You have said no to the proposal. The plan stays as it was."),
    "pause_asked": N_("You have asked for a pause. The clinic decides and the answer stands here."),
    "pause_taken": N_("There is another pause in that time already."),
    "block_set": N_("The block stands from now on."),
    "block_lifted": N_("The block is lifted. Care relations that ended do not come back by themselves."),
    "identity_protected": N_("The identity is protected. The name stands in no list from now on."),
    "identity_shown": N_("The name stands in lists again."),
    "hold_placed": N_("The hold is in force. Nothing about the client is removed."),
    "hold_lifted": N_("The hold is ended."),
    "own_block_set": N_("Other units are kept out from now on."),
    "own_block_lifted": N_("Other units are let in again."),
    "disclosure_noted": N_("The disclosure is noted. It may leave now."),
    "consent_noted": N_("The consent is noted."),
    "consent_ended": N_("Noted that the consent is taken back."),
    "own_consent_ended": N_("The consent is taken back."),
    "erasure_asked": N_("You have asked for erasure. The clinic decides and the answer stands here."),
    "erasure_waits": N_("You have asked already. The answer will stand here."),
    "deletion_proposed": N_("It is proposed. Somebody else approves it."),
    "deletion_approved": N_("It is approved. The record is removed tonight."),
    "deletion_withdrawn": N_("The case is taken back. Nothing is removed."),
    "deletion_same_hand": N_(
        "One of you two got in lately by a code of the other. "
        "Somebody else approves, or confirms the account under Accounts."
    ),
    "deletion_same_person": N_("You proposed it yourself; somebody else has to approve it."),
    "emergency_ended": N_("The emergency access is closed."),
    "emergency_reviewed": N_("The review is saved."),
    "check_finished": N_("The check is finished and kept."),
    "routine_read": N_("Noted that you have read it."),
    "model_asked": N_("A model will be trained. It is not used until you decide."),
    "model_stepped": N_("Done. The step is kept with your name and your reason."),
    "model_moved": N_("That cannot be done now: somebody was quicker, or a check found an issue."),
    "password_changed": N_("The password is changed. Every other login has ended."),
    "factor_removed": N_("It is removed."),
    "passkey_added": N_("The passkey is added."),
    "login_ended": N_("The login has ended."),
    "logins_ended": N_("All other logins have ended."),
    "phone_ended": N_("The phone is let in no more."),
    "identity_linked": N_("Your e-identification is linked. You can sign in with it from now on."),
    "identity_taken": N_("That e-identification is linked to an account already."),
    "identity_failed": N_("The e-identification did not go through. Nothing was changed."),
    "proved": N_("Thank you. You can change your account for ten minutes."),
    "help_asked": N_("You have asked the clinic to get in touch."),
    "reach_saved": N_("It is saved. What stood before is kept below."),
    "place_added": N_("A code is on its way. Write it below when it has come."),
    "code_again": N_("A new code is on its way. Older ones count no more."),
    "place_confirmed": N_("It is confirmed, and used from now on."),
    "place_changed": N_("It is saved."),
    "place_paused": N_("It is paused. Nothing is sent there until you use it again."),
    "place_on": N_("It is used again."),
    "place_removed": N_("It is removed, and the address with it."),
    "account_disabled": N_("The account is closed, and signed out everywhere."),
    "account_enabled": N_("The account is open again."),
    "takes_two": N_(
        "Not saved: one of you got in lately by a code of the other. Another manager or technical support can confirm"
        " the account, under Accounts."
    ),
    "account_confirmed": N_("Confirmed. The account counts as a person of its own."),
    "signed_out_everywhere": N_("Signed out everywhere."),
    "switched": N_("Done. It is kept with your name and your reason."),
}
"""What a page can say about what was just done; the address carries only the key."""


class WrongField(Invalid):
    """A field of a form that cannot be meant so: `name` is the field's, for the page to point at."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class LoginNeeded(Exception):
    """Nobody is signed in; the page is shown after sign-in."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class Visit:
    """One request by a signed-in person."""

    request: Request
    principal: Principal
    csrf_token: str
    lang: Language

    @property
    def db(self) -> Any:
        """The database handle that services take; pages never look inside."""
        return self.request.app.state.db

    @property
    def now(self) -> datetime:
        """Domain time."""
        return now_of(self.request)

    @property
    def is_refresh(self) -> bool:
        """Whether the open page asks again by itself."""
        return is_refresh(self.request)

    def frame(self) -> Frame:
        """The frame of the page that answers this request."""
        notice = NOTICES.get(self.request.query_params.get("said", ""))
        said = self.lang.t(notice) if notice else None
        made = frame(self.lang, self.request.url.path, self.principal, self.csrf_token, said)
        return replace(
            made,
            emergency=self._emergency(),
            must_read_routine=log_checks.must_read(self.db, self.principal),
            printed_at=f"{formats.moment(self.now, _ZONE, self.lang)} ({_ZONE})",
        )

    def _emergency(self) -> tuple[str, str] | None:
        """On a client's own address: until when the hour of an emergency lasts, and that address."""
        try:
            client_id = UUID(self.request.path_params.get("client_id", ""))
        except ValueError:
            return None
        found = emergencies.in_force(self.db, self.principal, client_id, now=self.now)
        if found is None:
            return None
        return formats.clock(found.ends_at, _ZONE, self.lang), f"/clients/{client_id}"

    def page(self, template: str, context: object) -> HTMLResponse:
        """The rendered page."""
        return rendered(self.request, template, self.lang, context)


def now_of(request: Request) -> datetime:
    """Domain time."""
    return cast("datetime", request.app.state.clock.now())


def language_of(request: Request, principal: Principal | None) -> Language:
    """The person's own switch, the account's language, the browser's, Swedish. Easy-read on the client's own pages."""
    accepted = request.headers.get("accept-language", "")[:2].lower()
    return chosen(
        value_of(request, "language"),
        principal.language if principal else None,
        accepted or None,
        may_be_easy=request.url.path.startswith(NEUTRAL),
    )


def visitor(request: Request) -> tuple[Principal, str] | None:
    """Who the login cookie stands for, and their CSRF token."""
    token = value_of(request, "login")
    if not token:
        return None
    state = request.app.state
    return auth.principal_for(
        state.db,
        token,
        policy=state.sign_in_policy,
        now=state.machine_clock.now(),
        is_refresh=is_refresh(request),
    )


def is_refresh(request: Request) -> bool:
    """Whether the page and not the person asks: a marked request, or the stream of changes."""
    return REFRESH_HEADER in request.headers or request.url.path == "/live"


def visit(request: Request) -> Visit:
    """The signed-in visit. Raises LoginNeeded for anybody else."""
    found = visitor(request)
    if found is None:
        wanted = request.url.path if request.method == "GET" else "/"
        raise LoginNeeded(wanted)
    principal, csrf_token = found
    return Visit(request, principal, csrf_token, language_of(request, principal))


async def form_of(request: Request) -> FormData:
    """The posted fields; files are refused."""
    return await request.form(max_files=0, max_fields=60)


async def wide_form_of(request: Request) -> FormData:
    """The same for the few forms with a row per window or a box per weekday."""
    return await request.form(max_files=0, max_fields=400)


def checked_form(
    form: Annotated[FormData, Depends(form_of)], on: Annotated[Visit, Depends(visit)]
) -> FormData:
    """The posted fields of a signed-in person's own page. Raises Forbidden when the token is not theirs."""
    if not hmac.compare_digest(field(form, "csrf_token").encode(), on.csrf_token.encode()):
        raise Forbidden
    # Where the form is refused, the page that says so keeps the menu and gives the words back (`problems`).
    on.request.state.refused = (on, form)
    return form


def checked_wide_form(
    form: Annotated[FormData, Depends(wide_form_of)], on: Annotated[Visit, Depends(visit)]
) -> FormData:
    """As `checked_form`, for forms with many fields."""
    return checked_form(form, on)


def field(form: FormData, name: str) -> str:
    """One posted field, trimmed; empty when absent. Raises Invalid for a file."""
    value = form.get(name, "")
    if not isinstance(value, str):
        raise Invalid
    return value.strip()


def see_other(path: str, said: str | None = None) -> RedirectResponse:
    """Back to a page of ours after a POST, with something to say."""
    return RedirectResponse(f"{path}?said={quote(said)}" if said else path, status_code=303)


def own_path(wish: str) -> str:
    """The wish when it is a path on this site, else the start page: a login never sends anybody elsewhere."""
    if (
        wish.startswith("/")
        and not wish.startswith(("//", "/\\"))
        and wish.isprintable()
        and "\\" not in wish
    ):
        return wish
    return "/"


def with_next(path: str, wanted: str) -> str:
    """A step of signing in, with where the person wanted to go: it outlives a reload and a change of language."""
    return path if wanted == "/" else f"{path}?next={quote(wanted)}"


def rendered(
    request: Request, template: str, lang: Language, context: object, status: int = 200
) -> HTMLResponse:
    """A template with its context."""
    templates: Templates = request.app.state.templates
    return HTMLResponse(
        templates.render(template, lang.code, context, is_easy=lang.is_easy), status_code=status
    )


OnVisit = Annotated[Visit, Depends(visit)]
OnForm = Annotated[FormData, Depends(checked_form)]
OnWideForm = Annotated[FormData, Depends(checked_wide_form)]
