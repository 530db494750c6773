"""The lead's project pages: from an empty workspace to a project that people label in."""

import re
from datetime import datetime
from random import Random
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col
from streamlit.testing.v1 import AppTest

from core.permissions import SYSTEM, Actor
from core.services import (
    membership,
    pending,
    pilot,
    project_changes,
    project_files,
    projects,
    queue,
    routing,
    versions,
    withdrawals,
)
from core.services.projects import ProjectView
from core.store.engine import reading, transaction
from core.store.tables import Item, Person, Project, Ticket
from tests import factories
from tests.clock import right_now
from tests.core.test_quality import LABELS, said
from tests.pages.conftest import SignInAs, on, open_page, words
from ui.project.new import suggested
from ui.project.page import TABS

PAGE = "pages/manage/projects.py"


def open_projects(**query: str) -> AppTest:
    app = open_page(PAGE)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def labelled(kind: str, app: AppTest, label: str) -> Any:
    (found,) = [element for element in app.get(kind) if getattr(element, "label", None) == label]
    return found


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def view(actor: Actor, slug: str) -> ProjectView:
    with reading() as session:
        return projects.get(session, actor, slug)


def a_stored_project(state: str = "draft", **fields: Any) -> str:
    with transaction() as session:
        return factories.a_project(session, "trial", state=state, **fields).slug


def test_an_empty_workspace_offers_the_first_project(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    app = press(open_projects(), "first_project")
    assert "From a template" in words(app)
    assert len([b for b in app.button if (b.key or "").startswith("use_")]) >= 10


@pytest.mark.parametrize("file", ["pages/insight/today.py", "pages/manage/import_.py", "pages/manage/export.py"])
def test_a_page_that_finds_no_project_leads_to_the_templates_themselves(sign_in_as: SignInAs, file: str) -> None:
    sign_in_as("lead")
    (link,) = [one for one in on(file).get("page_link") if "reate" in one.label]
    assert link.proto.query_string == "new=gallery"


@pytest.mark.parametrize(
    ("title", "slug"),
    [("Compare two responses: helpful and harmless", "compare-two-responses-helpful-and"), ("x" * 50, "x" * 40)],
)
def test_a_long_title_suggests_a_short_name_of_whole_words(title: str, slug: str) -> None:
    assert suggested(title) == slug


def test_while_a_pilot_runs_labelling_comes_before_going_live(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    slug = a_stored_project("pilot", items=2)
    app = open_projects(project=slug)
    assert "Label pilot items yourself" in {link.label for link in app.get("page_link")}
    assert app.button(key="move_live").proto.type == "secondary"


def test_a_project_whose_items_are_answered_leads_to_review_and_export(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    slug = a_stored_project("live")
    with transaction() as session:
        factories.an_item(session, session.exec(select(Project)).scalar_one(), state="done")
    app = open_projects(project=slug)
    assert "All items have their answers" in words(app)
    assert {"Open the review queue", "Export"} <= {link.label for link in app.get("page_link")}


def test_a_template_becomes_a_project(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    app = press(open_projects(new="gallery"), "use_rating")
    labelled("text_input", app, "Title · English").set_value("Tone of replies").run()
    app = press(app, "create_project")
    made = view(lead, "tone-of-replies")
    assert made.task == "rating"
    assert made.guidelines
    assert made.title == {"en": "Tone of replies", "zh": "按评分表给回答打分"}
    assert "Next: Pilot" in words(app)


@pytest.mark.parametrize(("slug", "complaint"), [("Not A Slug", "small letters"), ("trial", "exists already")])
def test_a_short_name_that_does_not_do_is_said_beside_it(sign_in_as: SignInAs, slug: str, complaint: str) -> None:
    sign_in_as("lead")
    a_stored_project()
    app = open_projects(new="task:pairwise")
    labelled("text_input", app, "Title · English").set_value("Mine").run()
    labelled("text_input", app, "Short name").set_value(slug).run()
    app = press(app, "create_project")
    assert complaint in words(app)
    assert labelled("text_input", app, "Short name").value == slug


def test_the_list_finds_by_title(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    with transaction() as session:
        for slug in ("alpha", "beta"):
            factories.a_project(session, slug)
    app = open_projects()
    assert "2 projects" in words(app)
    app.text_input(key="address_find").set_value("ALP").run()
    assert "1 project" in words(app)
    assert "alpha" in words(app)
    assert "beta" not in words(app)


def test_a_draft_says_what_it_lacks_and_goes_on_when_it_has_it(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project()
    app = open_projects(project=slug)
    assert app.button(key="move_pilot").disabled
    assert "needed" in words(app)
    with transaction() as session:
        factories.an_item(session, session.get_one(Project, 1))
    press(open_projects(project=slug), "move_pilot")
    assert view(lead, slug).state == "pilot"


def test_settings_are_saved_and_shown_in_the_preview(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project()
    app = open_projects(project=slug, tab="rubric")
    labelled("toggle", app, "Offer a tie").set_value(False).run()
    labelled("number_input", app, "Levels of strength").set_value(2).run()
    with reading() as session:
        assert pending.recall(session, lead, f"settings:{slug}")["strength_levels"] == 2
    press(app, next(b.key for b in app.button if b.label == "Save the settings" and b.key))
    assert view(lead, slug).settings == {"allow_tie": False, "strength_levels": 2}
    with reading() as session:
        assert pending.recall(session, lead, f"settings:{slug}") is None


def test_what_was_typed_is_there_in_another_session_and_can_be_discarded(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project()
    app = open_projects(project=slug, tab="guidelines")
    labelled("text_area", app, "Guidelines · English").set_value("Half a thought").run()
    again = open_projects(project=slug, tab="guidelines")
    assert labelled("text_area", again, "Guidelines · English").value == "Half a thought"
    assert "Not saved yet" in words(again)
    press(again, next(b.key for b in again.button if b.label == "Discard changes" and b.key))
    fresh = open_projects(project=slug, tab="guidelines")
    assert labelled("text_area", fresh, "Guidelines · English").value == "Decide with care."
    assert view(lead, slug).guideline_version == 1


def test_guidelines_are_published_with_a_note(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project()
    app = open_projects(project=slug, tab="guidelines")
    labelled("text_area", app, "Guidelines · 简体中文").set_value("仔细判断。").run()
    assert "+仔细判断。" in words(app)
    app = press(app, next(b.key for b in app.button if b.label == "Publish version 2" and b.key))
    assert view(lead, slug).guidelines == {"en": "Decide with care.", "zh": "仔细判断。"}
    assert "Version 2 is in force" in words(app)


def test_settings_in_use_are_explained_and_changed_as_a_new_version_only(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project("live", items=1)
    with transaction() as session:
        item = session.get_one(Item, 1)
        factories.an_answer(session, item, factories.a_person(session), {"preferred": "r1"})
    app = open_projects(project=slug, tab="rubric")
    assert "they are fixed" in words(app)
    assert labelled("toggle", app, "Offer a tie").disabled
    app = press(app, "new_version")
    labelled("toggle", app, "Offer a tie").set_value(False).run()
    press(app, next(b.key for b in app.button if b.label == "Save as a new version" and b.key))
    assert view(lead, slug).settings_version == 2


def test_the_policy_is_a_form_with_percentages(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project()
    app = open_projects(project=slug, tab="policy")
    labelled("number_input", app, "Hidden checks (% of items served)").set_value(7.0).run()
    labelled("number_input", app, "Daily answer limit per person").set_value(200).run()
    press(app, next(b.key for b in app.button if b.label == "Save the policy" and b.key))
    assert (view(lead, slug).policy.gold_rate, view(lead, slug).policy.daily_limit) == (0.07, 200)


def test_what_does_not_fit_is_said_and_not_saved(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    slug = a_stored_project()
    app = open_projects(project=slug, tab="policy")
    labelled("text_input", app, "Hourly pay").set_value("twelve").run()
    assert ":material/error:" in words(app)
    assert next(b for b in app.button if b.label == "Save the policy").disabled


def test_people_are_added_and_invited(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project()
    with transaction() as session:
        factories.a_person(session, "Wei")
    app = open_projects(project=slug, tab="people")
    labelled("multiselect", app, "People").set_value(["Wei"]).run()
    app = press(app, "add_people")
    with reading() as session:
        assert [member.name for member in membership.members(session, lead, slug)] == ["Wei"]
    app = press(app, "invite")
    assert "/invitation?token=" in words(app)
    assert "opens on this computer only" in words(app)
    with reading() as session:
        assert session.scalars(select(Ticket.project_id).where(Ticket.kind == "invitation")).one() == 1  # type: ignore[call-overload]


def test_a_pilots_disagreements_are_listed_and_it_closes_to_live(sign_in_as: SignInAs, now: datetime) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project("pilot", items=2)
    with transaction() as session:
        project = session.get_one(Project, 1)
        for n, (first, second) in enumerate((("r1", "r1"), ("r1", "r2")), start=1):
            item = session.get_one(Item, n)
            for name, preferred in ((f"Ada{n}", first), (f"Bo{n}", second)):
                person = factories.a_member(session, project, factories.a_person(session, name))
                factories.an_answer(session, item, person, {"preferred": preferred}, purpose="pilot", at=now)
        assert len(pilot.report(session, SYSTEM, slug).compared) == 2
    app = open_projects(project=slug, tab="pilot")
    assert "distance 1.00" in words(app) or any("1.00" in str(b) for b in app.get("badge"))
    assert "Ada2" in words(app)
    assert "Ada1" not in "".join(m.value for m in app.markdown)
    app = press(app, "close_pilot")
    assert view(lead, slug).state == "pilot"
    assert app.button(key="go_live").disabled
    assert "The pilot has 4 answers. Choose what happens to them." in [radio.label for radio in app.radio]
    app.radio(key="pilot_answers").set_value("apart").run()
    press(app, "go_live")
    assert view(lead, slug).state == "live"
    press(open_projects(project=slug), "back_to_pilot")
    assert view(lead, slug).state == "pilot"


def test_a_pilots_agreement_is_told_with_its_n_and_interval_under_adaptive_overlap(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    with transaction() as session:
        policy = {"stopping": {"start": 1, "most": 5}}
        project = factories.a_project(
            session, "here", task="classification", settings=LABELS, state="pilot", policy=policy
        )
        people = [factories.a_member(session, project) for _ in range(2)]
        for letters in ("aa", "ab", "cc", "bb", "cb", "aa"):
            item = factories.an_item(session, project, settings=LABELS)
            for person, letter in zip(people, letters, strict=True):
                said(session, item, person, letter, purpose="pilot")
    app = open_projects(project="here", tab="pilot")
    assert {metric.label: metric.value for metric in app.metric}["Same answer"] == "67% of 6 pairs"
    assert re.search(r"Alpha is 0\.\d\d \(.+ to .+\), over 6 items with two labels or more", words(app))
    assert "There are no labels yet" not in words(app)


def test_going_live_without_a_pilot_is_asked_once_and_can_be_cancelled(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project(items=1)
    with transaction() as session:
        factories.a_member(session, session.get_one(Project, 1), factories.a_person(session, "Ann"))
    app = press(open_projects(project=slug), "move_live")
    assert view(lead, slug).state == "draft"
    app = press(app, "not_live")
    assert not [button for button in app.button if button.key == "go_live"]
    press(press(app, "move_live"), "go_live")
    assert view(lead, slug).state == "live"


def test_a_question_edited_in_one_language_is_told_and_asked_about_before_going_live(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project(items=1)
    app = open_projects(project=slug, tab="rubric")
    assert not app.warning
    labelled("text_input", app, "Question · English").set_value("Which one is safer?").run()
    assert "“Which one is safer?”: 简体中文 is outdated" in app.warning[0].value
    labelled("button", app, "Save the settings").click().run()
    app = press(open_projects(project=slug), "move_live")
    assert "Which one is safer?" in words(app)
    assert app.button(key="go_live").disabled
    app.checkbox(key=f"languages:{slug}").check().run()
    press(app, "go_live")
    assert view(lead, slug).state == "live"
    assert not open_projects(project=slug, tab="rubric").warning


def test_a_question_edited_in_one_language_on_purpose_is_told_no_more(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    slug = a_stored_project(items=1)
    for key in ("", f"languages:{slug}"):
        app = open_projects(project=slug, tab="rubric")
        labelled("text_input", app, "Question · English").set_value(f"Which one is safer{key}?").run()
        if key:
            app.checkbox(key=key).check().run()
        labelled("button", app, "Save the settings").click().run()
        app = open_projects(project=slug, tab="rubric")
        if not key:
            press(app, f"languages_agree:{slug}")
        assert not app.warning
    assert "outdated" not in words(press(open_projects(project=slug), "move_live"))


def test_guidelines_left_behind_in_one_language_are_published_only_when_that_is_meant(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project()
    with transaction() as session:
        texts = {"en": "Be kind.", "zh": "与人为善。"}
        project_changes.change(session, lead, slug, now=factories.right_now(), guidelines=texts)
    app = open_projects(project=slug, tab="guidelines")
    labelled("text_area", app, "Guidelines · English").set_value("Be strict.").run()
    assert labelled("button", app, "Publish version 3").disabled
    app.checkbox(key=f"languages:{slug}").check().run()
    labelled("button", app, "Publish version 3").click().run()
    assert view(lead, slug).guideline_version == 3
    app = open_projects(project=slug, tab="guidelines")
    assert not app.warning
    labelled("text_area", app, "Guidelines · 简体中文").set_value("从严。").run()
    assert "从严" in app.warning[0].value


def test_closing_asks_twice(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project("live")
    app = open_projects(project=slug, tab="close")
    assert app.button(key="stop_done").disabled
    app.checkbox(key=f"sure:{slug}").check().run()
    press(app, "stop_done")
    assert view(lead, slug).state == "done"


@pytest.mark.parametrize("tab", list(TABS))
@pytest.mark.parametrize("task", ["pairwise", "ranking", "rating", "classification", "demonstration"])
def test_every_tab_of_every_task_type_opens(sign_in_as: SignInAs, tab: str, task: str) -> None:
    sign_in_as("lead", language="zh")
    slug = a_stored_project(task=task)
    app = open_projects(project=slug, tab=tab)
    assert "没有这个项目" not in words(app)
    assert not app.error


def test_a_lead_of_one_project_sees_that_one_only(sign_in_as: SignInAs) -> None:
    actor = sign_in_as("annotator")
    a_stored_project()
    with transaction() as session:
        own = factories.a_project(session, "own")
        factories.a_member(session, own, session.get_one(Person, actor.person_id), role="lead")
    assert "1 project" in words(open_projects())
    closed = open_projects(project="trial")
    assert "There is no project" in words(closed)
    assert [one.value for one in closed.title] == ["Projects"]
    assert "Annotators are labelling" in words(open_projects(project="own"))


def test_the_queue_tab_frees_items_and_keeps_them_from_people(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    with transaction() as session:
        project = factories.a_project(session, "trial", items=2)
        ann = factories.a_member(session, project, factories.a_person(session, "Ann **B** $x$"))
        queue.next_screen(session, factories.acting(ann), now=right_now(), rng=Random(1), slug="trial")
    app = open_projects(project="trial", tab="queue")
    assert "1 item, longest held first." in words(app)
    labelled("selectbox", app, "Person").set_value(ann.name)
    labelled("text_area", app, "Item ids, one per line").set_value("nothing-like-it")
    app.run()
    app.button(key="exclude").click().run()
    assert "There is no item of that name in this project." in words(app)
    with reading() as session:
        (key, *_) = session.connection().execute(select(col(Item.key)).order_by(col(Item.id))).scalars()
        (held,) = routing.in_hand(session, lead, "trial")
    labelled("text_area", app, "Item ids, one per line").set_value(key)
    app.run()
    app = press(app, "exclude")
    assert r"1 item is kept from Ann \*\*B\*\* \$x\$." in words(app)
    with reading() as session:
        assert [view.item for view in routing.exclusions(session, lead, "trial")] == [key]
    labelled("number_input", app, "Answers per item").set_value(3)
    app.run()
    press(app, "set_overlap")
    with reading() as session:
        assert set(session.connection().execute(select(col(Item.overlap))).scalars()) == {3}
    assert held.person == ann.name


def test_a_draft_is_deleted_once_its_name_is_typed(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    slug = a_stored_project(items=1)
    app = press(open_projects(project=slug, tab="close"), "delete_project")
    assert "Nothing was deleted" in words(app)
    app.text_input(key=f"delete_name:{slug}").set_value(slug)
    app.button(key="delete_project").click().run()
    with reading() as session:
        assert session.scalars(select(Project)).all() == []


def test_a_draft_with_answers_says_why_it_stays(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    slug = a_stored_project(items=1)
    with transaction() as session:
        item = session.scalars(select(Item)).one()
        factories.an_answer(session, item, factories.a_person(session), {"preferred": "tie"}, purpose="pilot")
    app = open_projects(project=slug, tab="close")
    assert "answers are never deleted" in words(app)
    assert not [button for button in app.button if button.key == "delete_project"]


def test_items_are_withdrawn_by_id_and_listed_with_the_reason(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project("live")
    with transaction() as session:
        project = session.scalars(select(Project)).one()
        for key in ("a", "b"):
            factories.an_item(session, project, key)
    app = open_projects(project=slug, tab="queue")
    app.text_area(key=f"withdraw_ids:{slug}:0").set_value("a\nnope")
    app = press(app, "withdraw")
    assert "There is no item nope" in words(app)
    app.text_area(key=f"withdraw_ids:{slug}:0").set_value("a")
    app.text_input(key=f"withdraw_reason:{slug}:0").set_value("Cut off")
    app = press(app, "withdraw")
    assert "1 item withdrawn." in words(app)
    with reading() as session:
        ((found,), count) = withdrawals.listed(session, lead, slug)
    assert (found.key, found.reason, count) == ("a", "Cut off", 1)
    assert "Withdrawn" in [metric.label for metric in open_projects(project=slug).metric]


def test_earlier_guidelines_are_read_and_restored_as_a_new_version(sign_in_as: SignInAs, now: datetime) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project()
    with transaction() as session:
        project_changes.change(session, lead, slug, now=now, guidelines="Decide at once.")
        project_changes.change(session, lead, slug, now=now, guidelines="Toss a coin.")
    app = open_projects(project=slug, tab="guidelines")
    assert "Decide at once." in words(app).splitlines(), "of the earlier versions, the last one first"
    labelled("selectbox", app, "Version").set_value("1").run()
    assert app.query_params["version"] == "1"
    assert "Decide with care." in words(app).splitlines()
    assert "-Decide with care." in words(open_projects(project=slug, tab="guidelines", version="1", view="difference"))
    assert "+Decide at once." in words(open_projects(project=slug, tab="guidelines", version="2", view="changes"))
    press(app, "restore_sure_1")
    assert (view(lead, slug).guideline_version, view(lead, slug).guidelines) == (4, "Decide with care.")
    with reading() as session:
        newest, *others = versions.guidelines(session, lead, slug)
    assert newest.note == "Version 1 restored"
    assert [version.content for version in others] == ["Toss a coin.", "Decide at once.", "Decide with care."]


def test_more_answers_than_people_is_said_before_it_is_saved(sign_in_as: SignInAs, now: datetime) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project("live")
    with transaction() as session:
        membership.add_member(session, lead, slug, lead.name, now=now, role="lead")
    app = open_projects(project=slug, tab="policy")
    assert not app.warning
    labelled("number_input", app, "Answers per item").set_value(2).run()
    assert app.warning[0].value.startswith("2 answers per item, but 1 person can label")


def test_items_that_ask_for_more_than_the_team_are_told_before_going_live(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    slug = a_stored_project(items=3, overlap=2)
    with transaction() as session:
        project = session.get_one(Project, 1)
        for name in ("Ann", "Bo"):
            factories.a_member(session, project, factories.a_person(session, name))
        routing.set_overlap(session, lead, slug, 5, now=right_now())
    app = open_projects(project=slug)
    said = "3 items can't be finished. Answers per item: up to 5. People who can label: 2."
    assert app.warning[0].value.startswith(said)
    assert "Change answers per item" in [link.label for link in app.get("page_link")]
    app = press(app, "move_live")
    assert [warning.value.startswith(said) for warning in app.warning] == [True, True]


def test_templates_fit_two_people() -> None:
    for name, file in project_files.templates().items():
        assert max(file.overlap, file.pilot.overlap) <= 2, name
