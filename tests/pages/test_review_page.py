"""Review as reviewers meet it on the page, and what of it annotators and leads meet on theirs."""

import json
from typing import Any

import pytest
from sqlmodel import Session, select
from streamlit.testing.v1 import AppTest

from core.permissions import Actor
from core.store.engine import reading, transaction
from core.store.tables import Answer, Example, Item, Person, Project, Returned
from tests import factories
from tests.clock import right_now
from tests.pages.conftest import SignInAs, on, open_page, words

REVIEW, MINE, PROJECTS = "pages/review/review.py", "pages/work/my_work.py", "pages/manage/projects.py"
HOSTILE = "# Not *a* heading\n\n![](http://x.example/y.png) :red[alarm]"


def desk_data(app: AppTest) -> dict[str, Any] | None:
    found = [each.proto for each in app.get("bidi_component") if each.proto.component_name == "touchstone_desk"]
    return json.loads(found[0].json) if found else None


def a_disagreement(session: Session, slug: str = "pairs") -> tuple[Project, Item, list[Answer]]:
    """One item that two people answered differently."""
    project = factories.a_project(session, slug, overlap=2)
    item = factories.an_item(session, project, "p1", overlap=2, state="done")
    people = [factories.a_member(session, project, factories.a_person(session, f"{slug} {n}")) for n in "ab"]
    said = sorted(item.payload["responses"])
    answers = []
    for person, choice in zip(people, said, strict=False):
        held = factories.an_assignment(session, item, person, state="done", slot=None)
        answers.append(factories.an_answer(session, item, person, {"preferred": choice}, assignment_id=held.id))
    return project, item, answers


def a_reviewer(*projects: Project) -> Actor:
    with transaction() as session:
        person = factories.a_person(session, "Rita")
        for project in projects:
            factories.a_member(session, session.merge(project), person, role="reviewer")
        return factories.acting(person)


def sent_back(session: Session, answer: Answer, comment: str) -> None:
    row = Returned(
        answer_id=answer.id, item_id=answer.item_id, project_id=answer.project_id, person_id=answer.person_id,
        comment=comment, reason="annotator_error", at=right_now(),
    )  # fmt: skip
    session.add(row)


def test_whoever_reviews_nothing_is_told_what_will_be_here(sign_in_as: SignInAs) -> None:
    sign_in_as("reviewer")
    assert "Projects you review appear here" in words(on(REVIEW))


def test_an_annotator_has_no_such_page(sign_in_as: SignInAs) -> None:
    sign_in_as("annotator")
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        open_page(REVIEW)


def test_the_desk_opens_on_the_project_in_which_something_waits(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        busy, *_ = a_disagreement(session, "busy")
        idle = factories.a_project(session, "idle", items=1)
        session.expunge_all()
    sign_in_as(actor=a_reviewer(busy, idle))
    data = desk_data(on(REVIEW))
    assert data is not None
    assert (data["mode"], data["slug"], data["filter"]) == ("review", "busy", {})


def test_among_several_projects_in_which_something_waits_a_reviewer_chooses(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        one, *_ = a_disagreement(session, "one")
        two, *_ = a_disagreement(session, "two")
        idle = factories.a_project(session, "idle", items=1)
        session.expunge_all()
    sign_in_as(actor=a_reviewer(one, two, idle))
    app = on(REVIEW)
    assert desk_data(app) is None
    for text in ("2 projects", "**one**", "**two**", "1 item to review"):
        assert text in words(app)
    assert "idle" not in words(app)
    chosen = desk_data(on(REVIEW, project="two"))
    assert chosen is not None
    assert chosen["slug"] == "two"


def test_filters_and_the_item_in_the_address_reach_the_desk(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        project, *_ = a_disagreement(session)
        session.expunge_all()
    sign_in_as(actor=a_reviewer(project))
    app = on(REVIEW, project="pairs", item="p1")
    app.selectbox(key="address_why").set_value("doubt").run()
    app.selectbox(key="address_annotator").set_value("pairs a").run()
    data = desk_data(app)
    assert data is not None
    assert data["filter"] == {"why": "doubt", "annotator": "pairs a", "item": "p1"}
    app.button(key="review_item").click().run()
    app.button(key="review_clear").click().run()
    data = desk_data(app)
    assert data is not None
    assert data["filter"] == {}


@pytest.fixture
def author(sign_in_as: SignInAs) -> Actor:
    """Whose answer was sent back, signed in."""
    with transaction() as session:
        _, _, answers = a_disagreement(session)
        sent_back(session, answers[0], HOSTILE)
        person = session.get_one(Person, answers[0].person_id)
        actor = factories.acting(person)
    sign_in_as(actor=actor)
    return actor


def test_what_was_sent_back_stands_on_my_work_as_text(author: Actor) -> None:
    app = on(MINE)
    assert HOSTILE in [text.value for text in app.text]
    assert not any("heading" in each.value for each in app.markdown)
    assert "Annotator error" in words(app)


def test_keeping_an_answer_asks_why_and_then_it_is_gone(author: Actor) -> None:
    app = on(MINE)
    keep = app.button(key="keep_1")
    keep.click().run()
    assert "Write why you keep it." in words(app)
    app.text_area[0].set_value("The ferry is meant.").run()
    app.button(key="keep_1").click().run()
    assert not app.exception
    assert "Your answer is kept." in words(app)
    assert "Sent back to you" not in words(app)
    with reading() as session:
        [kept] = session.exec(select(Returned)).all()
        assert (kept.settled, kept.reply) == ("kept", "The ferry is meant.")


def test_a_lead_takes_or_declines_proposed_examples(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    with transaction() as session:
        project, item, _ = a_disagreement(session)
        for note in ("Take this", "Leave that"):
            session.add(
                Example(item_id=item.id, project_id=project.id, note=note, by_id=lead.person_id, at=right_now())
            )
    app = on(PROJECTS, project="pairs", tab="guidelines")
    assert "Take this" in words(app)
    app.button(key="take_1").click().run()
    assert "The example is in the guidelines." in words(app)
    app.button(key="decline_2").click().run()
    assert not app.exception
    assert "proposed by reviewers" not in words(app)
    assert "Take this" in str(app.text_area[0].value)


def test_a_lead_sets_what_is_reviewed(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    with transaction() as session:
        factories.a_project(session, "pairs")
    app = on(PROJECTS, project="pairs", tab="policy")
    share = next(field for field in app.number_input if field.label == "Reviewed at random (% of finished items)")
    share.set_value(20).run()
    next(field for field in app.number_input if field.label == "Reviewers per item").set_value(2).run()
    next(button for button in app.button if button.label == "Save the policy").click().run()
    with reading() as session:
        policy = session.exec(select(Project)).one().policy
    assert (policy["review"]["audit_share"], policy["review"]["stages"]) == (0.2, 2)
