"""A lead brings a file in a browser, imports it with one click, exports, and the download loads in `datasets`."""

import re
from pathlib import Path

import datasets
import orjson
import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from core.store.engine import transaction
from core.store.tables import Item, Project
from tests import factories
from tests.e2e.conftest import Server, open_by_menu, settled, sign_in

pytestmark = pytest.mark.browser


def rows(count: int) -> bytes:
    pairs = [
        {
            "id": f"p{n}",
            "payload": {
                "prompt": f"第{n}题：为什么？",
                "responses": {"a": {"text": "因为。"}, "b": {"text": "不知道。"}},
            },
            "lang": "zh-Hans",
        }
        for n in range(count)
    ]
    return b"\n".join(map(orjson.dumps, pairs))


def test_upload_import_export_download(page: Page, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(rows(30))
    sign_in(page, "Mei Ling")
    open_by_menu(page, "import", "pairs")
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("30 rows in this JSONL file.")).to_be_visible(timeout=20_000)
    expect(page.locator(".st-key-import_desk").or_(page.get_by_text("第0题：为什么？")).first).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("is imported")).to_be_visible(timeout=20_000)
    _answer(server)
    open_by_menu(page, "export", "pairs")
    license_ = page.get_by_role("combobox", name="License")
    license_.fill("Ours alone, 2026")
    license_.press("Enter")
    page.wait_for_url(re.compile("license=Ours"))
    page.reload()
    settled(page)
    expect(license_).to_have_value("Ours alone, 2026")
    page.locator(".st-key-export_trl-preference button").click()
    link = page.get_by_role("link", name="train.jsonl")
    expect(link).to_be_visible(timeout=20_000)
    with page.expect_download() as waiting:
        link.click()
    waiting.value.save_as(tmp_path / "train.jsonl")
    loaded = datasets.load_dataset(
        "json", data_files=str(tmp_path / "train.jsonl"), cache_dir=str(tmp_path / "cache"), split="train"
    )
    assert set(loaded.column_names) == {"prompt", "chosen", "rejected", "margin", "meta"}
    assert set(loaded["chosen"]) == {"因为。"}


def _answer(server: Server) -> None:
    """One person prefers the file's response a everywhere."""
    with transaction(server.engine) as session:
        person = factories.a_person(session)
        project = session.scalars(select(Project).where(Project.slug == "pairs")).one()  # type: ignore[arg-type]
        for item in session.scalars(select(Item).where(Item.project_id == project.id, Item.lang == "zh-Hans")):  # type: ignore[arg-type]
            first = next(made for made, alias in (item.aliases or {}).items() if alias == "a")
            factories.an_answer(session, item, person, {"preferred": first})


def test_a_lead_undoes_withdraws_restores_and_deletes_by_clicks(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "wrong.jsonl"
    path.write_bytes(rows(12))
    sign_in(page, "Mei Ling")
    open_by_menu(page, "projects")
    page.get_by_role("button", name="New project").click()
    page.locator(".st-key-use_pairwise button").click()
    page.get_by_role("textbox", name="Short name").fill("try-out")
    page.get_by_role("button", name="Create the project").click()
    page.get_by_role("link", name="Import items").click()
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("12 rows in this JSONL file.")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("第0题：为什么？").first).to_be_visible()
    page.get_by_role("radio", name="3", exact=True).first.click()
    expect(page.get_by_text("第2题：为什么？").first).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("button", name="Undo import").click(timeout=20_000)
    page.get_by_role("button", name="Remove the items").click()
    expect(page.get_by_text("is undone: 12 items removed")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("link", name="Look at the items").click(timeout=20_000)
    expect(page.get_by_role("heading", name="Items", exact=True)).to_be_visible(timeout=20_000)
    open_by_menu(page, "projects", "Compare two responses")
    page.get_by_role("radio", name="Queue").click()
    _withdraw(page, "p1", "p2")
    expect(page.get_by_text("2 items withdrawn.")).to_be_visible(timeout=20_000)
    page.get_by_text("Pause, close, delete").click()
    page.get_by_role("textbox", name="Type the short name").fill("try-out")
    page.get_by_role("button", name="Delete project").click()
    expect(page.get_by_text("is deleted.")).to_be_visible(timeout=20_000)
    expect(page).not_to_have_url(re.compile("try-out"))


def _withdraw(page: Page, *keys: str) -> None:
    page.locator("summary", has_text="Withdraw items").click(timeout=20_000)
    form = page.locator(".st-key-withdraw_items")
    form.get_by_role("textbox", name="Ids, one per line").fill("\n".join(keys))
    form.get_by_role("textbox", name="Reason").fill("Cut off")
    form.get_by_role("button", name="Withdraw items").click()


def test_corrected_columns_outlive_a_reload_and_another_kind_of_file(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("id,tongue,question,response_a,response_b\n1,en,Why?,So.,Not so.\n", encoding="utf-8")
    sign_in(page, "Mei Ling")
    open_by_menu(page, "import", "pairs")
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("1 row in this CSV file.")).to_be_visible(timeout=20_000)
    expect(_fields(page, "meta.tongue")).to_have_count(1)
    settled(page)
    _correct(page, row=2, field="lang")
    expect(_fields(page, "lang")).to_have_count(1, timeout=20_000)
    page.reload()
    expect(_fields(page, "lang")).to_have_count(1, timeout=20_000)
    page.get_by_role("radio", name="Gold answers").click()
    expect(_fields(page, "payload.prompt")).to_have_count(0, timeout=20_000)
    page.get_by_role("radio", name="Items to label").click()
    expect(_fields(page, "payload.prompt")).to_have_count(1, timeout=20_000)
    expect(_fields(page, "lang")).to_have_count(1)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("is imported")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Languages: en (1)").or_(page.get_by_text("Ignored"))).to_be_visible()


def _correct(page: Page, row: int, field: str) -> None:
    """Tables are drawn on a canvas: reach the second column of a row by its place."""
    grid = page.get_by_test_id("stDataFrame").first
    grid.evaluate("grid => grid.scrollIntoView({block: 'center'})")
    box = grid.locator("canvas").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 60, box["y"] + 36 * row + 18)
    page.keyboard.press("Enter")
    choice = page.locator("#portal input").first
    expect(choice).to_be_focused()
    choice.press_sequentially(field)
    page.keyboard.press("Enter")


def _fields(page: Page, field: str) -> Locator:
    """The cells that name it, as a screen reader finds them."""
    cells = page.get_by_test_id("stDataFrame").first.locator("[role=gridcell]")
    return cells.filter(has_text=re.compile(f"^{re.escape(field)}$"))
