"""Two years of data in a real Chromium: zoomed in, no mark stays left out; open all day, the page stays small."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.store.pool import Database
from nykter.bench.browser import held_over_updates
from tests.integration.dashboard.test_pages_checked_by_axe import sign_in
from tests.support.browser import own_page
from tests.support.care import Clinic, make_clinic
from tests.support.long_course import write_course
from tests.support.servers import TestDatabases
from tests.support.web import Web, running_web

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
NOW = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)
BEGUN = NOW - timedelta(days=730)
LIVE_UPDATES = int(os.environ.get("TEST_LIVE_UPDATES", "100"))
"""`nykter bench browser` makes a thousand; so does TEST_LIVE_UPDATES=1000, in some minutes."""
MOST_GROWTH_MB = 4.0
"""What a page may hold more of after so many updates: the collector is not exact, a leak is not this small."""
TESTS_DRAWN = """
() => {
  const graph = document.getElementById("graph");
  const time = (text) => Date.parse(`${String(text).replace(" ", "T").slice(0, 19)}Z`);
  const [from, to] = graph.layout.xaxis.range.map(time);
  let tests = 0;
  for (const trace of graph.data) {
    if (!String(trace.meta).startsWith("reading")) continue;
    tests += trace.x.filter((text) => {
      return from <= time(text) && time(text) <= to;
    }).length;
  }
  return { tests, days: (to - from) / 86400000, range: graph.layout.xaxis.range.map(String) };
}"""


@dataclass
class Desk:
    clinic: Clinic
    web: Web
    page: Page

    @property
    def path(self) -> str:
        return f"/clients/{self.clinic.client_id}"

    def readings(self, days: float, end: datetime) -> int:
        """How many tests there are in what is seen."""
        [row] = self.clinic.rows(
            "SELECT count(*) AS n FROM reading WHERE measured_at BETWEEN %s AND %s",
            end - timedelta(days=days), end,
        )  # fmt: skip
        return int(str(row["n"]))


@pytest.fixture(scope="module")
def desk(postgres_server: TestDatabases, chromium: Browser) -> Iterator[Desk]:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db, now=BEGUN)
        write_course(clinic, BEGUN + timedelta(hours=1), NOW - timedelta(hours=9))
        with running_web(db, NOW) as web, own_page(chromium) as page:
            sign_in(page, web, "anna-kommun")
            yield Desk(clinic, web, page)


def eventually(is_so: Callable[[], bool], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.05)


def drawn(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(TESTS_DRAWN)
    return found


def test_zoomed_in_every_test_is_drawn_and_the_place_is_kept(desk: Desk) -> None:
    page = desk.page
    page.goto(f"{desk.web.url}{desk.path}?days=732")
    page.wait_for_selector("#graph[data-drawn] .main-svg")
    whole = drawn(page)
    everything = desk.readings(740, NOW + timedelta(days=1))
    assert whole["days"] > 700 and whole["tests"] < everything / 2

    for _ in range(4):
        page.get_by_role("button", name="Närmare").click()
    eventually(lambda: drawn(page)["tests"] == desk.readings(drawn(page)["days"], NOW + timedelta(hours=14)))
    near = drawn(page)
    assert 40 < near["days"] < 50 and near["tests"] > 70

    # a step to the side lies within what was fetched; far to the side is fetched anew
    for _ in range(9):
        page.get_by_role("button", name="Tidigare").click()
    asked = drawn(page)["range"]
    end = NOW + timedelta(hours=14) - timedelta(days=near["days"] / 2 * 9)
    eventually(lambda: drawn(page)["tests"] == desk.readings(near["days"], end))
    assert drawn(page)["range"] == asked

    # what comes meanwhile neither moves it nor thins it
    desk.clinic.blow(NOW - timedelta(minutes=5), 0.0)
    before = page.locator("#graph").get_attribute("data-drawn")
    page.locator("[name=item]").dispatch_event("change")
    expect(page.locator("#graph")).not_to_have_attribute("data-drawn", str(before), timeout=20_000)
    assert drawn(page)["range"] == asked
    assert drawn(page)["tests"] == desk.readings(near["days"], end)

    page.get_by_role("button", name="Hela perioden").click()
    eventually(lambda: drawn(page)["days"] > 700)


@pytest.mark.timeout(600)
def test_a_page_that_is_open_all_day_holds_no_more_after_many_live_updates(desk: Desk) -> None:
    page = desk.page
    page.goto(f"{desk.web.url}{desk.path}?days=28")
    page.wait_for_selector("#graph[data-drawn] .main-svg")
    nodes = page.evaluate("document.getElementsByTagName('*').length")
    before, after = held_over_updates(page, LIVE_UPDATES)
    print(f"{LIVE_UPDATES} updates: {before:.1f} MB before, {after:.1f} MB after")
    assert after - before < MOST_GROWTH_MB
    assert page.evaluate("document.getElementsByTagName('*').length") <= nodes + 20
