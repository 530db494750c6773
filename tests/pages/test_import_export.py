"""The import and the export page, as a lead walks through them."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import orjson
import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from core.permissions import Actor
from core.services import exporting, uploads
from core.store.engine import reading, transaction
from core.store.tables import Item, Project
from tests import factories
from tests.clock import right_now
from tests.core.test_quality import answered
from tests.pages.conftest import SignInAs, on, open_page, words
from ui.text import plain

IMPORT, EXPORT = "pages/manage/import_.py", "pages/manage/export.py"
ITEMS = "pages/insight/items.py"
PAIR = {
    "id": "p1",
    "payload": {"prompt": "Why?", "responses": {"a": {"text": "So."}, "b": {"text": "<script>alert(1)</script>"}}},
}


def uploaded(actor: Actor, content: bytes, name: str) -> str:
    """As the streaming route keeps it."""
    with uploads.receiving(name) as file:
        file.add(content)
        with transaction() as session:
            return file.keep(session, actor, "here", now=right_now()).id


def items() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Item)) or 0


@pytest.fixture
def lead(sign_in_as: SignInAs) -> Actor:
    actor = sign_in_as("lead")
    with transaction() as session:
        factories.a_project(session, "here")
    return actor


def test_without_a_project_the_page_says_where_to_start(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    assert "there is none yet" in words(open_page(IMPORT))
    assert "there is none yet" in words(open_page(EXPORT))


def test_a_file_is_previewed_then_imported_with_one_click(lead: Actor, own_workspace: Path) -> None:
    uploaded(lead, orjson.dumps(PAIR), "pairs.jsonl")
    app = open_page(IMPORT)
    assert not app.exception
    assert "**1 row** in this JSONL file." in words(app)
    assert "This is what annotators will see" in words(app)
    assert "<script>alert(1)</script>" in app.code[0].value
    assert items() == 0
    app.button(key="import_go").click().run()
    assert not app.exception
    assert "pairs.jsonl is imported: 1 new." in words(app).replace("\\", "")
    assert items() == 1
    app = open_page(IMPORT)
    app.button(key="import_go").click().run()
    assert "everything in it was here already" in words(app)
    press(app, "import_remove_")
    assert list((own_workspace / "uploads").glob("*")) == []


def press(app: AppTest, key: str) -> None:
    """The one button whose key begins so."""
    (button,) = [one for one in app.button if str(one.key).startswith(key)]
    button.click().run()
    assert not app.exception


def test_after_an_import_the_page_says_what_is_next(lead: Actor) -> None:
    uploaded(lead, orjson.dumps(PAIR), "pairs.jsonl")
    app = open_page(IMPORT)
    press(app, "import_go")
    assert "Next steps" in words(app)
    assert {"Invite people", "See progress", "Look at the items"} <= {link.label for link in app.get("page_link")}


def test_a_faulty_file_says_that_nothing_was_imported_and_what_to_do(lead: Actor) -> None:
    uploaded(
        lead, b"\n".join(orjson.dumps({**PAIR, "id": f"p{n}"}) for n in range(6)) + b'\n{"id": 1, broken', "pairs.jsonl"
    )
    app = open_page(IMPORT)
    press(app, "import_go")
    assert "Nothing was imported. Correct the file and upload it again." in words(app)
    assert items() == 0


def test_guidelines_that_are_written_are_offered_to_be_edited(lead: Actor) -> None:
    uploaded(lead, orjson.dumps(PAIR), "pairs.jsonl")
    app = open_page(IMPORT)
    press(app, "import_go")
    offered = {link.label for link in app.get("page_link")}
    assert "Edit guidelines" in offered
    assert "Write guidelines" not in offered


def test_a_lone_lead_is_offered_to_invite_people_once(lead: Actor) -> None:
    uploaded(lead, orjson.dumps({**PAIR, "overlap": 4}), "pairs.jsonl")
    app = open_page(IMPORT)
    press(app, "import_go")
    assert [link.label for link in app.get("page_link")].count("Invite people") == 1


def test_rows_that_ask_for_more_answers_than_the_team_can_give_are_told_after_the_import(lead: Actor) -> None:
    uploaded(lead, orjson.dumps({**PAIR, "overlap": 4}), "pairs.jsonl")
    app = open_page(IMPORT)
    press(app, "import_go")
    said = "1 item can't be finished. Answers per item: up to 4. People who can label: 0."
    assert app.warning[0].value.startswith(said)


def test_uploads_are_seen_with_their_end_and_cleared_together(lead: Actor, own_workspace: Path) -> None:
    for n in range(2):
        uploaded(lead, orjson.dumps({**PAIR, "id": f"p{n}"}), f"part-{n}.jsonl")
    app = open_page(IMPORT)
    assert "7 days after their upload" in words(app)
    assert words(app).count("until") == 2
    press(app, "import_clear")
    assert list((own_workspace / "uploads").glob("*")) == []
    assert "2 files removed." in words(app)


def test_undoing_an_import_asks_first(lead: Actor) -> None:
    uploaded(lead, orjson.dumps(PAIR), "pairs.jsonl")
    app = open_page(IMPORT)
    press(app, "import_go")
    press(app, "undo_")
    assert items() == 1
    assert "pairs.jsonl brought 1 item" in words(app).replace("\\", "")
    assert [button.label for button in app.button if str(button.key).startswith("undo_sure_")] == ["Remove the items"]


def test_an_import_that_people_have_worked_on_says_why_it_stays(lead: Actor) -> None:
    uploaded(lead, orjson.dumps(PAIR), "pairs.jsonl")
    app = open_page(IMPORT)
    press(app, "import_go")
    with transaction() as session:
        item = session.scalars(select(Item)).one()
        factories.an_answer(session, item, factories.a_person(session), {"preferred": "tie"})
    press(app, "undo_")
    assert "Answers are never deleted" in words(app)
    assert not [button for button in app.button if str(button.key).startswith("undo_sure")]


def test_a_row_that_does_not_fit_the_task_says_so_in_place_of_the_desk(lead: Actor) -> None:
    uploaded(lead, orjson.dumps({"payload": {"prompt": "?"}}), "pairs.jsonl")
    app = open_page(IMPORT)
    assert not app.exception
    assert app.warning


def test_problems_are_listed_with_row_and_column_and_nothing_changes(lead: Actor) -> None:
    rows = [PAIR, {"id": "p2", "payload": {"prompt": "?"}}, {"id": "p3", "payload": {}}]
    uploaded(lead, b"\n".join(map(orjson.dumps, rows)), "pairs.jsonl")
    app = open_page(IMPORT)
    app.button(key="import_go").click().run()
    assert "row 2, column payload.responses" in app.error[0].value.replace("\\", "")
    table = app.dataframe[0].value
    assert list(table["Row"]) == [2, 3]
    assert list(table["Column"]) == ["payload.responses", "payload"]
    assert items() == 0


def test_columns_of_a_table_are_guessed_and_shown(lead: Actor) -> None:
    uploaded(lead, b"id,question,response_a,response_b\n1,Why?,So,Not so\n", "pairs.csv")
    app = open_page(IMPORT)
    assert not app.exception
    assert "payload.prompt" in str(app.dataframe[0].value) or "Why?" in app.code[0].value
    app.button(key="import_go").click().run()
    assert items() == 1


def test_a_broken_file_is_told_before_anything_is_offered(lead: Actor) -> None:
    uploaded(lead, b"PK\x03\x04" + bytes(50), "book.xlsx")
    app = open_page(IMPORT)
    assert "Excel workbook" in app.error[0].value
    assert not [button for button in app.button if button.key == "import_go"]


def test_an_export_is_written_reported_and_linked(lead: Actor) -> None:
    with transaction() as session:
        project = session.scalars(select(Project)).one()
        item = factories.an_item(session, project)
        factories.an_answer(
            session, item, factories.a_person(session), {"preferred": next(iter(item.payload["responses"]))}
        )
    app = open_page(EXPORT)
    assert not app.exception
    assert {button.key for button in app.button} >= {
        f"export_{name}" for name in ("trl-preference", "trl-kto", "openai-dpo", "answers-csv")
    }
    assert "export_trl-sft" not in {button.key for button in app.button}
    app.button(key="export_answers-jsonl").click().run()
    assert not app.exception
    with reading() as session:
        (made,) = exporting.listed(session, lead, "here")
    assert f"/api/exports/{made.id}/answers.jsonl" in words(app)
    assert any(one.label.startswith("All answers, JSON Lines · 1 row · ") for one in app.expander)
    assert made.report["rows_total"] == 1


def test_an_export_that_left_out_undecided_items_leads_to_their_review(lead: Actor) -> None:
    with transaction() as session:
        project = session.scalars(select(Project)).one()
        item = factories.an_item(session, project, state="done", overlap=2)
        for said in item.payload["responses"]:
            answered(session, item, factories.a_person(session), {"preferred": said})
    app = open_page(EXPORT)
    press(app, "export_trl-preference")
    with reading() as session:
        (made,) = exporting.listed(session, lead, "here")
    assert made.report["left_out"] == {"unresolved": 1}
    assert "Open the review queue" in {link.label for link in app.get("page_link")}


def test_what_is_chosen_stands_in_the_export(lead: Actor) -> None:
    with transaction() as session:
        item = factories.an_item(session, session.scalars(select(Project)).one(), lang="en-SG")
        answer = {"preferred": next(iter(item.payload["responses"]))}
        factories.an_answer(session, item, factories.a_person(session, "Tan Mei"), answer)
    app = open_page(EXPORT)
    app.selectbox(key="address_license").select("cc-by-4.0").run()
    app.selectbox(key="address_annotators").select("expert-generated").run()
    app.selectbox(key="address_shape").select("conversational").run()
    app.toggle(key="address_names").set_value(True).run()
    for name in ("trl-preference", "answers-jsonl"):
        app.button(key=f"export_{name}").click().run()
        assert not app.exception
    with reading() as session:
        made = {one.format: one for one in exporting.listed(session, lead, "here")}
    assert made["trl-preference"].report["shape"] == "conversational"
    card = (made["trl-preference"].path / "README.md").read_text(encoding="utf-8")
    assert "license: cc-by-4.0" in card
    assert "annotations_creators: [expert-generated]" in card
    assert '"annotator":"Tan Mei"' in (made["answers-jsonl"].path / "answers.jsonl").read_text(encoding="utf-8")


def test_the_options_of_an_export_stay_over_a_reload_and_the_license_with_the_project(lead: Actor) -> None:
    app = on(EXPORT, project="here", license="Ours alone, 2026")  # AppTest cannot type an option of one's own
    app.selectbox(key="address_verdict").select("majority").run()
    app.selectbox(key="address_shape").select("plain").run()
    app.slider(key="address_share").set_value(25).run()
    app.toggle(key="address_near").set_value(True).run()
    app.button_group(key="address_with").set_value(["lang", "models"]).run()
    chosen = {name: app.query_params[name] for name in CHOSEN_OF_AN_EXPORT}
    assert chosen == CHOSEN_OF_AN_EXPORT
    again = on(EXPORT, project="here", **chosen)
    assert again.selectbox(key="address_license").value == "Ours alone, 2026"
    assert on(EXPORT, project="here").selectbox(key="address_license").value is None, "nothing was exported yet"
    again.button(key="export_answers-jsonl").click().run()
    assert not again.exception
    with reading() as session:
        (made,) = exporting.listed(session, lead, "here")
    assert made.report["license"] == "Ours alone, 2026"
    fresh = on(EXPORT, project="here")
    assert fresh.selectbox(key="address_license").value == "Ours alone, 2026"
    assert fresh.selectbox(key="address_shape").value == ""
    fresh.selectbox(key="address_license").set_value(None).run()
    assert fresh.query_params["license"] == ""
    cleared = on(EXPORT, project="here", license="")
    assert cleared.selectbox(key="address_license").value is None
    cleared.button(key="export_answers-csv").click().run()
    assert on(EXPORT, project="here").selectbox(key="address_license").value is None


CHOSEN_OF_AN_EXPORT = {
    "license": "Ours alone, 2026", "verdict": "majority", "shape": "plain", "share": "25", "near": "1", "with": "lang,models",
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "{n} prompts are on another side of train and test than in the last export ("),
        ("zh", "相比，有 {n} 个提示在训练集和测试集之间换了位置。请勿用训练过的数据测试模型。"),
    ],
)
def test_an_export_warns_of_prompts_that_changed_sides(
    sign_in_as: SignInAs, tmp_path: Path, language: str, said: str
) -> None:
    lead = sign_in_as("lead", language=language)
    with transaction() as session:
        project, person = factories.a_project(session, "here"), factories.a_person(session)
        for n in range(30):
            item = factories.an_item(session, project, payload={**PAIR["payload"], "prompt": f"Question {n}"})
            factories.an_answer(session, item, person, {"preferred": "a"})
        for day, share in enumerate((0.0, 0.5)):
            out, at = tmp_path / str(day), right_now() + timedelta(days=day)
            made = exporting.export(session, lead, "here", "trl-preference", out, now=at, test_share=share)
            exporting.keep(session, lead, "here", made, out, now=at)
    moved = made["rows"]["test.jsonl"]
    assert 0 < moved < 30
    app = open_page(EXPORT, project="here")
    (warning,) = (one.value for one in app.warning)
    assert said.format(n=moved) in warning
    icons = [one.icon for one in app.expander if "TRL" in one.label]
    assert icons == [":material/warning:", ""], "the first export has none"


@pytest.mark.parametrize("given", ["unheard-of", "\x00", "-1", "9" * 30, "7", "<b>x</b>", "x" * 500])
def test_nonsense_in_the_address_of_an_export_is_passed_over_or_refused_in_words(lead: Actor, given: str) -> None:
    parts = ("annotators", "verdict", "shape", "share", "near", "with", "names")
    app = on(EXPORT, project="here", **dict.fromkeys(parts, given))
    assert [app.selectbox(key=f"address_{part}").value for part in ("annotators", "verdict", "shape")] == [""] * 3
    assert (app.slider(key="address_share").value, app.toggle(key="address_names").value) == (10, False)
    app = on(EXPORT, project="here", license=given)
    app.button(key="export_answers-csv").click().run()
    assert not app.exception
    assert bool(app.error) == (given in ("\x00", "x" * 500))


@pytest.mark.parametrize("role", ["annotator", "reviewer", "viewer"])
def test_other_roles_have_neither_page(role: str, sign_in_as: SignInAs) -> None:
    sign_in_as(role)
    for page in (IMPORT, EXPORT):
        with pytest.raises(ValueError, match="Could not find"):
            open_page(page)


def test_an_import_leads_to_its_items_which_wait(lead: Actor) -> None:
    with transaction() as session:
        factories.an_item(session, session.get_one(Project, 1))
    uploaded(lead, orjson.dumps(PAIR), "pairs.jsonl")
    app = open_page(IMPORT)
    press(app, "import_go")
    link = next(link for link in app.get("page_link") if link.label == "Look at the items")
    query = dict(parse_qsl(link.proto.query_string))
    assert query == {"project": "here", "import": "1"}
    assert (link.proto.page, listed(on(ITEMS, **query))) == ("items", ["p1"])
    assert len(listed(on(ITEMS, project="here"))) == 2
    assert listed(on(ITEMS, project="here", state="withdrawn")) == []
    assert listed(on(ITEMS, project="here", find="p1")) == ["p1"]


def test_an_item_that_nobody_has_answered_opens_and_is_withdrawn(lead: Actor) -> None:
    with transaction() as session:
        item = factories.an_item(session, session.get_one(Project, 1))
        number, key = item.id, item.key
    app = on(ITEMS, project="here", item=str(number))
    assert plain(key) in words(app)
    press(app, "item_withdraw")
    assert "withdrawn" in words(on(ITEMS, project="here", item=str(number)))


def listed(app: AppTest) -> list[str]:
    return [key for table in app.dataframe if "item" in table.value for key in table.value["item"]]
