"""A real Chromium for tests of pages, and proof that a page asks nobody but us."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, sync_playwright

_OUR_HOSTS = frozenset({"127.0.0.1", "localhost", ""})


def chromium_program() -> str | None:
    """The Chromium (or Chrome) installed on this machine."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    return None


@contextmanager
def launched_chromium() -> Iterator[Browser]:
    """A headless browser. While it lives, no other event loop can run in this thread."""
    program = chromium_program()
    assert program is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def own_page(browser: Browser, *, locale: str = "sv-SE") -> Iterator[Page]:
    """A page with cookies of its own. Afterwards: it and its tabs must have asked no other host, and logged no error.

    The console is where a browser reports what a content security policy refused.
    """
    strangers: list[str] = []
    complaints: list[str] = []
    context = browser.new_context(locale=locale)

    def note(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in _OUR_HOSTS:
            strangers.append(request.url)

    # On the context, so that tabs opened later are watched as well.
    context.on("request", note)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on(
        "console", lambda message: complaints.append(message.text) if _is_refusal(message.text) else None
    )
    try:
        yield context.new_page()
    finally:
        context.close()
    if strangers:
        raise AssertionError(f"the page asked other hosts: {strangers}")
    if complaints:
        raise AssertionError(f"the browser complained: {complaints}")


def _is_refusal(text: str) -> bool:
    return "Content Security Policy" in text or "Content-Security-Policy" in text
