"""From the key that submits to the next item painted, in Chromium on the real page; what the network costs is told apart."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.world import Annotator, fresh, percentile, seed, served
from core.services.sessions import cookie_name

ITEMS = 60
WARM_UP = 5
READING_MS = 150
"""Between two answers, so that drafts go out as they do when a person works."""
NEXT = "other => document.querySelector('.touchstone-desk').dataset.assignment !== other"
# The submit's own round trip, as the browser saw it.
ROUND_TRIP = "() => performance.getEntriesByType('resource').filter(e => e.name.endsWith('/submit')).at(-1).duration"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = fresh(folder)
        [annotator] = seed(engine, items=ITEMS + 1, people_count=1, overlap=1)
        with served(str(engine.url), folder) as (port, _), chromium() as browser:
            page = sit_down(browser, port, annotator)
            timed = [answer_one(page) for _ in range(ITEMS)][WARM_UP:]
    report("submit key to next item painted", [painted for painted, _ in timed])
    report("  of it the submit's round trip ", [round_trip for _, round_trip in timed])
    report("  of it the desk's own share    ", [painted - round_trip for painted, round_trip in timed])


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


def sit_down(browser: Browser, port: int, annotator: Annotator) -> Page:
    address = f"http://127.0.0.1:{port}"
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": cookie_name(False), "value": annotator.cookie, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/compare?project=bench")
    page.wait_for_selector(".touchstone-desk[data-assignment]", timeout=60_000)
    return page


def answer_one(page: Page) -> tuple[float, float]:
    """Milliseconds until the next item was painted, as the desk stamps them, and of the submit's round trip."""
    desk = page.locator(".touchstone-desk")
    assignment = desk.get_attribute("data-assignment")
    page.keyboard.press("a")
    page.wait_for_timeout(READING_MS)
    page.keyboard.press("Enter")
    page.wait_for_function(NEXT, arg=assignment)
    return float(desk.get_attribute("data-paint-ms") or "nan"), float(page.evaluate(ROUND_TRIP))


def report(what: str, values: list[float]) -> None:
    shares = ", ".join(f"p{int(share * 100)} {percentile(values, share):.0f} ms" for share in (0.5, 0.95))
    print(f"{what}: {shares} ({len(values)} items)")


if __name__ == "__main__":
    main()
