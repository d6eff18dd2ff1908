"""Rules of the web that hold for every address there is, found from the application itself."""

import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from fastapi.routing import APIRoute

from dashboard.security import HEADERS, MAX_BODY
from tests.integration.dashboard.test_signing_in import token_of

_PROBES = ("/readyz",)
"""Says that something is missing by its status."""
_LONG_KEPT = ("/static/",)
"""Addresses that change with their contents."""
_OPEN = (
    "/login",
    "/language",
    "/l/",
    "/apply/",
    "/api/v1/logins",
    "/api/v1/gateways/enrol",
    "/rotate",
    "/relatives/",
    "/invit",
)
"""Writes that need no login: they bring a secret of their own."""


def _routes(evening: Any) -> list[tuple[str, str]]:
    """Method and path of every page and of every operation of the API."""
    pages = [one for one in _walk(evening.web.server._app.routes) if isinstance(one, APIRoute)]
    described = evening.web.browser().get("/api/v1/openapi.json").json()["paths"]
    return [
        *((method, route.path) for route in pages for method in sorted(route.methods or ())),
        *((method.upper(), path) for path, operations in described.items() for method in operations),
    ]


def _walk(routes: Any) -> Iterator[Any]:
    for route in routes:
        yield route
        below = getattr(route, "original_router", None)
        if below is not None and not below.prefix.startswith("/api"):
            yield from _walk(below.routes)


def _address(path: str, client_id: UUID) -> str:
    return re.sub(r"{\w+}", str(client_id), re.sub(r"{\w+:path}", "x", path))


@pytest.mark.requirement("I2", "H12")
def test_every_answer_has_every_header_and_is_kept_by_nobody(evening: Any) -> None:
    anna, asked = evening.web.signed_in("anna-kommun"), 0
    for method, path in _routes(evening):
        if method != "GET" or path.endswith("/live") or path in _PROBES:
            continue
        answer = anna.get(_address(path, evening.clinic.client_id))
        asked += 1
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
        kept = answer.headers["cache-control"]
        assert "no-store" in kept or "no-cache" in kept or (answer.status_code == 200 and (
            any(part in path for part in _LONG_KEPT) or "private" in kept or "public" in kept
        )), f"{path}: {kept}"  # fmt: skip
        assert answer.status_code < 500, path
        assert "Traceback" not in answer.text and "psycopg" not in answer.text, path
        if location := answer.headers.get("location"):
            assert urlsplit(location).netloc in ("", urlsplit(evening.web.url).netloc), path
    assert asked > 40


def test_every_writing_page_refuses_a_form_without_the_logins_token(evening: Any) -> None:
    anna, asked = evening.web.signed_in("anna-kommun"), 0
    for method, path in _routes(evening):
        if method in {"GET", "HEAD"} or any(one in path for one in _OPEN):
            continue
        asked += 1
        answer = anna.request(method, _address(path, evening.clinic.client_id), data={"x": "y"})
        assert answer.status_code in {403, 404, 422}, f"{method} {path}: {answer.status_code}"
    assert asked > 40


def test_a_body_beyond_the_limit_is_refused_whether_or_not_it_says_its_length(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    form = {"csrf_token": token_of(anna.get("/").text), "note": "x" * (MAX_BODY + 1)}
    path = f"/clients/{evening.clinic.client_id}/review"
    assert anna.post(path, data=form).status_code == 413
    pieces = (b"x" * 8192 for _ in range(MAX_BODY // 8192 + 2))
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert anna.post(path, content=pieces, headers=kind).status_code == 413


def test_a_half_request_holds_nobody_else_up(evening: Any) -> None:
    address = urlsplit(evening.web.url)
    slow = [socket.create_connection((address.hostname, address.port), 5) for _ in range(60)]
    try:
        for one in slow:
            one.sendall(b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\nusername=")
        assert evening.web.browser().get("/login").status_code == 200
    finally:
        for one in slow:
            one.close()


def test_where_to_report_a_weakness_is_told_where_somebody_is_named(evening: Any) -> None:
    browser = evening.web.browser()
    assert browser.get("/.well-known/security.txt").status_code == 404
    evening.web.server._app.state.security_contact = "mailto:security@example.org"
    text = browser.get("/.well-known/security.txt").text
    assert "Contact: mailto:security@example.org\n" in text and "\nExpires: 20" in text
