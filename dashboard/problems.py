"""Errors as pages: what happened in plain words, what to do, and nothing of the inside."""

from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from backend.errors import BackendError
from dashboard.contexts.page import frame
from dashboard.contexts.small import ProblemPage
from dashboard.cookies import value_of
from dashboard.language import N_
from dashboard.security import BodyTooLarge
from dashboard.site import OWN_PAGES, LoginNeeded, language_of, rendered, see_other

API = "/api/"
_WORDS: dict[int, tuple[str, str]] = {
    403: (
        N_("Not allowed"),
        N_(
            "The page was open too long, or the request came from elsewhere. Go back, reload the page and try again."
        ),
    ),
    404: (N_("Not found"), N_("There is nothing here, or it is not for you to see.")),
    413: (N_("Too large"), N_("What you sent was too large.")),
    422: (
        N_("That could not be saved"),
        N_("Something in the form was not right. Go back, look through what you wrote and send it again."),
    ),
    500: (
        N_("Something went wrong"),
        N_("It is not your fault, and it has been noted. Try again in a moment."),
    ),
    503: (
        N_("We cannot reach our data right now"),
        N_("Nothing is lost. Try again in a minute. If it is urgent, use the phone."),
    ),
}
OWN_WORDS = ("body", "comment", "note", "purpose", "reason", "recipient", "says", "text", "words")
"""Fields of free text in any form of ours."""
_SAME = {405: 404, 400: 422, 401: 404, 409: 422}


def add_problem_pages(app: FastAPI) -> None:
    """Answer every error of the backend and of the framework: JSON under /api/, a page elsewhere."""

    @app.exception_handler(LoginNeeded)
    def to_login(request: Request, error: LoginNeeded) -> Response:
        if _wants_json(request):
            return JSONResponse({"detail": "sign in first"}, status_code=401)
        if request.method == "GET" and value_of(request, "phone"):
            return see_other(f"/l?next={quote(error.wanted)}")
        return see_other("/login" if error.wanted == "/" else f"/login?next={error.wanted}")

    @app.exception_handler(BackendError)
    def backend_error(request: Request, error: BackendError) -> Response:
        return _answer(request, error.status, str(error) if error.status < 500 else "")

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        # What does not even look like an address of ours is nothing of ours.
        status = 404 if any(e["loc"][0] == "path" for e in error.errors()) else 422
        detail = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        return _answer(request, status, detail)

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> Response:
        return _answer(request, error.status_code, str(error.detail))

    @app.exception_handler(BodyTooLarge)
    def too_large(request: Request, error: BodyTooLarge) -> Response:  # noqa: ARG001
        return _answer(request, 413, "the request is too large")

    @app.exception_handler(500)
    def broken(request: Request, error: Exception) -> Response:  # noqa: ARG001 - logged by the server, not shown
        return _answer(request, 500, "")


def own_words(form: FormData) -> tuple[str, ...]:
    """What a person wrote in their own words, of a form that was refused: it would be gone otherwise. Only fields known
    to hold such words; never a password, a code or a key.
    """
    found = (value.strip() for name in OWN_WORDS for value in form.getlist(name) if isinstance(value, str))
    return tuple(value for value in found if value)


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith(API) or request.url.path.endswith((".json", "/live"))


def _answer(request: Request, status: int, detail: str) -> Response:
    if _wants_json(request):
        return JSONResponse({"detail": detail or "something went wrong"}, status_code=status)
    lang = language_of(request, None)
    heading, text = _WORDS.get(_SAME.get(status, status), _WORDS[500])
    home = OWN_PAGES if request.url.path.startswith(OWN_PAGES) else "/"
    around = frame(lang, home, None, "")
    words: tuple[str, ...] = ()
    refused = getattr(request.state, "refused", None)
    if refused is not None and _SAME.get(status, status) == 422:
        on, form = refused
        lang = on.lang
        around, words = frame(lang, home, on.principal, on.csrf_token), own_words(form)
    page = ProblemPage(around, lang.t(heading), lang.t(text), home, words)
    return rendered(request, "problem.html", lang, page, status)
