"""The desk's times read as those of the pages: same words, same order, on the reader's own clock."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from ui import figures
from ui.desk import desk

pytestmark = pytest.mark.browser
MOMENTS = ["2026-03-03T06:05:00Z", "2026-12-31T15:59:59Z", "2026-12-31T16:00:00Z", "2028-02-29T16:30:00Z"]


@pytest.mark.parametrize("zone", ["Asia/Singapore", "America/Los_Angeles"])
@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh", "zh-Hans")])
def test_a_moment_reads_the_same_on_the_desk_and_on_a_page(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, zone: str, language: str, tag: str
) -> None:
    monkeypatch.setattr(figures, "language", lambda: language)
    monkeypatch.setattr(figures, "zone", lambda: ZoneInfo(zone))
    page = browser.new_page(timezone_id=zone, locale="de-DE")
    page.set_content(f"<!doctype html><html lang='{tag}'>")
    source = Path(desk.HERE, "dates.js").read_text("utf-8") + "\nwindow.dates = { moment };"
    page.add_script_tag(content=source, type="module")
    page.wait_for_function("() => Boolean(window.dates)")
    shown = page.evaluate("moments => moments.map(window.dates.moment)", MOMENTS)
    page.close()
    assert shown == [figures.moment(datetime.fromisoformat(moment)) for moment in MOMENTS]
