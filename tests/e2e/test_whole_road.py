"""The main job, as people do it: a lead sets up two projects and invites, an annotator works by keyboard in Chinese,
the lead sees it and exports, a trainer's reader loads it.
"""

import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.config import ROOT
from tests.e2e.conftest import PASSWORD, Server, open_by_menu, settled, sign_in

pytestmark = pytest.mark.browser
SAMPLES = ROOT / "data" / "samples"
DESK = ".touchstone-desk"


def first_lines(source: str, folder: Path, count: int) -> Path:
    """A file of the samples without gold, so that everything in it is work."""
    rows = [json.loads(line) for line in (SAMPLES / source).read_text(encoding="utf-8").splitlines()]
    plain = [{**row, "overlap": 1} for row in rows if "gold" not in row][:count]
    path = folder / source
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in plain), encoding="utf-8")
    return path


def button(page: Page, key: str) -> None:
    page.locator(f".st-key-{key}").get_by_role("button").click()


def create_project(page: Page, template: str, title: str, file: Path) -> None:
    open_by_menu(page, "projects")
    page.get_by_test_id("stMain").get_by_role("button", name="New project").click()
    button(page, f"use_{template}")
    page.get_by_label("Title · English").fill(title)
    page.get_by_label("Title · English").press("Tab")
    slug = title.lower().replace(" ", "-")
    expect(page.get_by_placeholder(slug)).to_be_visible(timeout=40_000)
    button(page, "create_project")
    page.wait_for_url(f"**project={slug}*")
    page.get_by_role("link", name="Import items").click()
    page.locator("input[type=file]").set_input_files(file)
    button(page, "import_go")
    expect(page.get_by_text(f"{file.name} is imported: 10 new")).to_be_visible(timeout=40_000)


def open_part(page: Page, project: str, part: str) -> None:
    open_by_menu(page, "projects", project)
    page.get_by_test_id("stMain").get_by_role("radio", name=part).click()


def invitation(page: Page, project: str) -> str:
    """To a project: the link, which warns since it says 127.0.0.1."""
    open_part(page, project, "People")
    button(page, "invite")
    link = page.get_by_test_id("stCode").filter(has_text="/invitation?token=")
    expect(link).to_be_visible(timeout=40_000)
    expect(page.get_by_text("it opens on this computer only")).to_be_visible()
    return link.inner_text().strip()


def open_for_work(page: Page, project: str) -> None:
    open_by_menu(page, "projects", project)
    button(page, "move_live")
    button(page, "go_live")
    expect(page.get_by_text("The project is now: Live.")).to_be_visible(timeout=40_000)


def accept(context: BrowserContext, link: str, name: str) -> Page:
    page = context.new_page()
    page.goto(link)
    page.locator("input[type=text]").first.fill(name)
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
    page.get_by_test_id("stSidebarContent").wait_for(state="attached", timeout=40_000)
    settled(page)
    return page


def label_ten(page: Page, path: str, keys: tuple[str, ...]) -> None:
    """Read the guidelines of the only project there, then ten items; the mouse stays where it is."""
    open_by_menu(page, path)
    page.wait_for_url(f"**/{path}?project=*", timeout=40_000)
    agree = page.locator(DESK).get_by_role("button", name="我已阅读")
    item = page.locator(f"{DESK}[data-assignment]:not([data-assignment=''])")
    expect(agree.or_(item).first).to_be_visible(timeout=40_000)
    if agree.count():
        expect(agree).to_be_enabled(timeout=40_000)
        agree.press("Enter")
    seen = ""
    for _ in range(10):
        page.wait_for_function(
            "other => { const id = document.querySelector('.touchstone-desk')?.dataset.assignment; return id && id !== other }",
            arg=seen,
            timeout=40_000,
        )
        seen = page.locator(DESK).get_attribute("data-assignment") or ""
        for key in keys:
            page.keyboard.press(key)
    expect(page.locator(".empty-words")).to_contain_text("所有条目都已完成", timeout=40_000)


def test_from_an_empty_workspace_to_data_that_a_trainer_loads(
    browser: Browser, server: Server, page: Page, tmp_path: Path
) -> None:
    sign_in(page, "Mei Ling")
    create_project(page, "pairwise", "My pairs", first_lines("preference.jsonl", tmp_path, 10))
    create_project(page, "rating", "My ratings", first_lines("rubric.jsonl", tmp_path, 10))
    link = invitation(page, "My pairs")

    chinese = browser.new_context(base_url=server.url, locale="zh-CN", viewport={"width": 1280, "height": 800})
    annotator = accept(chinese, link, "王晓明")
    open_part(page, "My ratings", "People")
    page.get_by_label("People", exact=True).fill("王晓明")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    button(page, "add_people")
    expect(page.get_by_text("1 person added.")).to_be_visible(timeout=40_000)
    for project in ("My pairs", "My ratings"):
        open_for_work(page, project)

    label_ten(annotator, "compare", ("1", "c", "4", "Enter"))
    label_ten(annotator, "label", ("4", "5", "3", "4", "Enter"))
    chinese.close()

    open_by_menu(page, "progress", "My pairs")
    expect(page.get_by_text("All 10 answers are in", exact=False)).to_be_visible(timeout=40_000)
    expect(page.get_by_text("10 of 10 items have all their answers", exact=False)).to_be_visible()

    open_by_menu(page, "export", "My pairs")
    button(page, "export_trl-preference")
    with page.expect_download(timeout=30_000) as download:
        page.get_by_role("link", name="zip").first.click()
    assert_loads(Path(download.value.path()), tmp_path)


def assert_loads(archive: Path, folder: Path) -> None:
    from datasets import load_dataset

    with zipfile.ZipFile(archive) as files:
        files.extractall(folder / "export")
    splits = {
        path.stem: str(path) for path in sorted((folder / "export").rglob("t*.jsonl")) if path.parent.name != "side"
    }
    dataset = load_dataset("json", data_files=splits, cache_dir=str(folder / "cache"))
    assert sum(part.num_rows for part in dataset.values()) == 10
    for part in dataset.values():
        assert {"prompt", "chosen", "rejected"} <= set(part.column_names)
