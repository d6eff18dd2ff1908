"""Take the pictures of README and docs from a running demo: `python scripts/screenshots.py DATA` (see `make demo`).

Signs in with the logins in DATA/demo.json, blows 0.42 mg/L and its retest from the presenter's page, and writes
docs/images/*.png. Needs Chromium.
"""

import json
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
_WIDE = ViewportSize(width=1440, height=900)
_PHONE = ViewportSize(width=390, height=844)


def main(data: Path) -> int:
    """Write every picture; returns the exit status."""
    demo = json.loads((data / "demo.json").read_text(encoding="utf-8"))
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        staff = browser.new_page(viewport=_WIDE)
        sign_in(staff, demo["url"], demo["clinician"])
        staff.goto(demo["presented_client"])
        staff.wait_for_selector(".js-plotly-plot .main-svg")
        blow_with_retest(browser.new_page(viewport=ViewportSize(width=1000, height=800)), demo["presenter"])
        staff.wait_for_timeout(2500)
        picture(staff, "client")
        staff.goto(demo["url"])
        staff.wait_for_timeout(800)
        picture(staff, "triage")
        phone = browser.new_page(viewport=_PHONE)
        sign_in(phone, demo["url"], demo["client"])
        phone.wait_for_timeout(1500)
        phone.goto(demo["gateway"])
        phone.wait_for_timeout(800)
        picture(phone, "gateway")
        browser.close()
    return 0


def sign_in(page: Page, url: str, login: dict[str, str]) -> None:
    """Through the login form, as a person does."""
    page.goto(f"{url}/login")
    page.fill("[name=username]", login["username"])
    page.fill("[name=password]", login["password"])
    page.click("main button[type=submit]")
    page.wait_for_load_state()


def blow_with_retest(page: Page, presenter: str) -> None:
    """Two breaths of 0.42 mg/L; the page itself moves the clock to the retest's time."""
    page.goto(presenter)
    for _ in range(2):
        page.wait_for_selector("#blow:enabled")
        page.click("#blow")
        page.wait_for_timeout(4000)


def picture(page: Page, name: str) -> None:
    """What the window shows now."""
    page.screenshot(path=str(IMAGES / f"{name}.png"))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo-data")))
