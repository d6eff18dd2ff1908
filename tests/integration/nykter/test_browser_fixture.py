"""The browser tests are given notices when a page asks somebody else or breaks its own security policy."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import own_page

pytestmark = pytest.mark.browser

_PAGES = {
    "/": "<title>Nykter</title><p>Ingen har ringt",
    "/stranger": "<title>Nykter</title><img src='http://elsewhere.invalid/pixel.png'>",
    "/inline": "<title>Nykter</title><script>document.title = 'changed'</script>",
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = _PAGES.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if self.path == "/inline":
            self.send_header("Content-Security-Policy", "script-src 'self'")
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the base class's name


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_page_of_ours_opens(page: Page, address: str) -> None:
    page.goto(f"{address}/")
    assert page.title() == "Nykter"
    assert page.evaluate("navigator.language") == "sv-SE"


def test_a_page_that_asks_another_host_fails_its_test(chromium: Browser, address: str) -> None:
    with pytest.raises(AssertionError, match=r"elsewhere\.invalid"), own_page(chromium) as opened:
        opened.goto(f"{address}/stranger")


def test_a_page_with_an_inline_script_fails_its_test(chromium: Browser, address: str) -> None:
    with pytest.raises(AssertionError, match="Content Security Policy"), own_page(chromium) as opened:
        opened.goto(f"{address}/inline")
        assert opened.title() == "Nykter"
