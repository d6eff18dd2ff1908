"""Headers on every answer, and what may not come in."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard.security import CONTENT_SECURITY_POLICY, MAX_BODY, Security
from dashboard.site import own_path


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    app = Security(Starlette(routes=[Route("/", echo, methods=["GET", "POST"])]), secure=True)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://nykter.test"
    ) as client:
        yield client


@pytest.mark.requirement("I2")
async def test_every_answer_carries_the_strict_policy(web: httpx.AsyncClient) -> None:
    answer = await web.get("/")
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert "max-age=31536000" in answer.headers["strict-transport-security"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "headers", [{"origin": "https://elsewhere.test"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
)
async def test_a_write_from_another_site_is_refused(web: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await web.post("/", headers=headers)
    assert answer.status_code == 403
    assert "content-security-policy" in answer.headers


async def test_a_write_from_our_own_page_or_from_a_program_passes(web: httpx.AsyncClient) -> None:
    assert (await web.post("/", headers={"origin": "https://nykter.test"})).status_code == 200
    assert (await web.post("/")).status_code == 200


async def test_a_large_body_is_refused_before_it_is_read(web: httpx.AsyncClient) -> None:
    assert (await web.post("/", content=b"x" * MAX_BODY)).text == str(MAX_BODY)
    assert (await web.post("/", content=b"x" * (MAX_BODY + 1))).status_code == 413


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ("/clients/1", "/clients/1"),
        ("//elsewhere.test", "/"),
        ("https://elsewhere.test", "/"),
        ("/\\elsewhere.test", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("", "/"),
    ],
)
def test_sign_in_leads_nowhere_but_to_our_own_pages(wish: str, path: str) -> None:
    assert own_path(wish) == path
