"""What a person at a real Chromium waits for: the list, two years of a client, dragging the graph, a day of updates.

Cold caches, no screen. Left out where Playwright or Chromium is missing. Wall-clock time says as much about what else
the machine does as about the page; the main thread's own processor time stands beside it.
"""

import importlib.util
import shutil
from collections.abc import Iterator
from statistics import median
from typing import TYPE_CHECKING, Any

from backend.store.pool import Database
from nykter.bench.figure import Figure, percentile
from nykter.bench.pages import CASELOAD, DAYS, OTHERS_DAYS, fill
from nykter.bench.place import Place
from nykter.bench.traffic import enrol, made_gateways
from nykter.bench.visitor import USERNAME, credentials, made_clinician, serving
from nykter.clock import SystemClock
from nykter.runtime.ports import LOOPBACK

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_OPENINGS = 5
_DRAG_STEPS = 120
_UPDATES, _WARM_UP = 1000, 50
_READY = """
(() => {
  const look = () => {
    if (window.readyAt === undefined && document.querySelector(SELECTOR)) window.readyAt = performance.now();
  };
  const all = { subtree: true, childList: true, attributes: true };
  new MutationObserver(look).observe(document, all);
})();"""
_UPDATE = """async (times) => {
  const [chart, parts] = ["chart", "parts"].map((name) => document.querySelector(`link[href$="/js/${name}.js"]`));
  const { Chart } = await import(chart.href);
  const { freshPage, replacePart } = await import(parts.href);
  window.updates ??= new Chart(document.getElementById("graph"), document.getElementById("switches"));
  for (let n = 0; n < times; n += 1) {
    await window.updates.load();
    const fresh = await freshPage(`${window.location.pathname}?${window.updates.query()}`);
    for (const id of ["head", "graph-facts", "thread", "risk", "course", "cards"]) replacePart(id, fresh);
  }
}"""
_FRAMES = """() => {
  window.frames_ms = [];
  let last = performance.now();
  const next = (now) => { window.frames_ms.push(now - last); last = now; window.going = requestAnimationFrame(next); };
  window.going = requestAnimationFrame(next);
}"""


def run(place: Place) -> Iterator[Figure]:
    """Yield medians of several cold openings, frames while dragging, and memory before and after a day's updates."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None or importlib.util.find_spec("playwright") is None:
        print("  left out: no Chromium or no Playwright here")
        return
    from playwright.sync_api import sync_playwright

    now = SystemClock().now()
    with place.database() as url, Database(url) as db:
        made = made_gateways(CASELOAD)
        for some, days in ((made[:1], DAYS), (made[1:], OTHERS_DAYS)):
            enrol(url, some, now)
            fill(url, now, days)
        made_clinician(db, [one.client_id for one in made], now=now)
        client = f"/clients/{made[0].client_id}"
        with serving(db) as port, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            try:
                yield from _measured(browser, f"http://{LOOPBACK}:{port}", client)
            finally:
                browser.close()


def _measured(browser: "Browser", base: str, client: str) -> Iterator[Figure]:
    whole = f"{client}?days={DAYS + 2}"
    for name, path, ready in (
        (f"list of {CASELOAD}, until it follows changes", "/", "#live.is-on"),
        (f"client page of {DAYS} days, until the graph stands", whole, "#graph[data-drawn]"),
    ):
        found = [_opened(browser, base, path, ready) for _ in range(_OPENINGS)]
        yield Figure(name, median(wall for wall, _ in found), "ms")
        yield Figure(f"  main thread's processor time of it, {name}", median(busy for _, busy in found), "ms")
    for days in (28, DAYS + 2):
        frames = _dragged(browser, base, f"{client}?days={days}")
        yield Figure(f"frame while dragging {days} days, median", median(frames), "ms")
        yield Figure(f"frame while dragging {days} days, p95", percentile(frames, 0.95), "ms")
    before, after = _all_day(browser, base, f"{client}?days=28")
    held = Figure("memory of an open client page", before, "MB")
    yield held
    yield Figure(f"memory of it after {_UPDATES} updates", after, "MB").against(held)


def _page(browser: "Browser", base: str) -> "Page":
    """A page of its own with nothing in its cache, signed in."""
    context = browser.new_context(locale="sv-SE", viewport={"width": 1440, "height": 900})
    context.request.post(f"{base}/login", form={**credentials(USERNAME)}, max_redirects=0)
    return context.new_page()


def _opened(browser: "Browser", base: str, path: str, ready: str) -> tuple[float, float]:
    """Milliseconds from the start of the navigation until it is ready, and the main thread's own until then."""
    page = _page(browser, base)
    page.add_init_script(_READY.replace("SELECTOR", f"'{ready}'"))
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(base + path, wait_until="commit")
    page.wait_for_selector(ready, timeout=60_000)
    metrics = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    at = float(page.evaluate("window.readyAt"))
    page.context.close()
    return at, 1000 * float(metrics["TaskDuration"])


def _dragged(browser: "Browser", base: str, path: str) -> list[float]:
    """Milliseconds of each frame while the graph is dragged back and forth."""
    page = _page(browser, base)
    page.goto(base + path)
    page.wait_for_selector("#graph[data-drawn] .nsewdrag", timeout=60_000)
    box: Any = page.locator("#graph .nsewdrag").first.bounding_box()
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle, y)
    page.mouse.down()
    page.evaluate(_FRAMES)
    for step in range(_DRAG_STEPS):
        page.mouse.move(middle + (step if step < _DRAG_STEPS / 2 else _DRAG_STEPS - step) * 3, y)
    frames: list[float] = page.evaluate(
        "() => { cancelAnimationFrame(window.going); return window.frames_ms; }"
    )
    page.mouse.up()
    page.context.close()
    return frames[1:]


def _all_day(browser: "Browser", base: str, path: str) -> tuple[float, float]:
    page = _page(browser, base)
    page.set_default_timeout(0)
    page.goto(base + path)
    found = held_over_updates(page, _UPDATES)
    page.context.close()
    return found


def held_over_updates(page: "Page", updates: int) -> tuple[float, float]:
    """Megabytes of an open client page's JavaScript heap, collected: after some live updates, and after `updates` more.

    It does what the page does for each update, without the pauses between them.
    """
    page.wait_for_selector("#graph[data-drawn] .main-svg")
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.enable")

    def held() -> float:
        devtools.send("HeapProfiler.collectGarbage")
        return float(devtools.send("Runtime.getHeapUsage")["usedSize"]) / 1e6

    page.evaluate(_UPDATE, _WARM_UP)
    before = held()
    page.evaluate(_UPDATE, updates)
    return before, held()
