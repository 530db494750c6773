"""The page Stopping rule and the form of adaptive overlap, as a lead, a viewer and an annotator see them."""

from random import Random

import pytest
from sqlmodel import select

from core.permissions import Actor
from core.services import membership, project_changes, projects
from core.services.policies import Stopping
from core.services.stopping import replay as stopping_replay
from core.store.engine import reading, transaction
from core.store.tables import Project
from tests import factories
from tests.clock import NOW
from tests.core.test_stopping import POLICY, a_zoo, label_all
from tests.pages.conftest import SignInAs, open_page, words
from tests.pages.test_projects import open_projects

PAGE = "pages/insight/stopping.py"


def a_labelled_zoo(policy: dict[str, object] | None = None, *, items: int = 40, rounds: int = 1) -> str:
    with transaction() as session:
        project, people = a_zoo(session, items, 6, policy=policy)
        for seed in range(rounds):
            label_all(session, project, people, Random(seed))
        return project.slug


def test_the_page_says_what_is_asked_next_and_asks_it(sign_in_as: SignInAs) -> None:
    slug = a_labelled_zoo()
    sign_in_as("lead")
    page = open_page(PAGE, project=slug)
    assert not page.exception
    said = words(page)
    assert "Every item gets 2 answers first" in said
    assert "gets one more request" in said or "get one more request" in said
    assert "Only 0 gold items have answers" in said
    page.button(key="ask_now").click().run()
    assert not page.exception
    assert "One more answer each is requested for" in words(page)
    assert "No requests are due" in words(page)


def test_hidden_checks_are_not_counted_as_answered(sign_in_as: SignInAs) -> None:
    slug = a_labelled_zoo(items=12)
    with transaction() as session:
        project = session.scalars(select(Project).where(Project.slug == slug)).one()
        check = factories.an_item(session, project, state="gold", payload={"text": "A check"})
        factories.an_answer(session, check, factories.a_member(session, project), {"labels": ["cat"]}, purpose="gold")
    sign_in_as("lead")
    assert "of 12 answered items have a confidence of at least 90%." in words(open_page(PAGE, project=slug))


def test_a_viewer_sees_figures_and_no_button(sign_in_as: SignInAs) -> None:
    slug = a_labelled_zoo()
    viewer = sign_in_as("viewer")
    _add(slug, viewer)
    page = open_page(PAGE, project=slug)
    assert not page.exception
    assert "Item status" in words(page)
    assert "ask_now" not in {button.key for button in page.button}


def _add(slug: str, viewer: Actor) -> None:
    with transaction() as session:
        lead = factories.an_actor(session, role="admin")
        membership.add_member(session, lead, slug, viewer.name, now=NOW, role="viewer")


def test_a_fixed_overlap_says_what_the_policy_would_do(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        project, people = a_zoo(session, 30, 4, policy={**POLICY, "start": 4, "most": 4, "audit_share": 0.0})
        label_all(session, project, people, Random(1))
        lead = factories.an_actor(session, role="admin")
        fixed = projects.get(session, lead, project.slug).policy.model_copy(update={"stopping": None, "overlap": 4})
        project_changes.change(session, lead, project.slug, now=NOW, policy=fixed)
        slug = project.slug
    sign_in_as("lead")
    page = open_page(PAGE, project=slug)
    assert not page.exception
    assert "Every item here needs 4 answers." in words(page)
    assert "Saved so far" not in words(page)
    page.button(key="replay").click().run()
    for _ in range(60):
        page.run()
        if "answers per item" in words(page) or "Stops before" in words(page):
            break
    assert not page.exception
    assert "Replayed on 30 items." in words(page)
    assert "Without gold, “correct” means matching the consensus of all labels" in words(page)


@pytest.mark.parametrize("items", [3, 40])
def test_too_few_deep_items_say_so(sign_in_as: SignInAs, items: int) -> None:
    slug = a_labelled_zoo(items=items)
    sign_in_as("lead")
    page = open_page(PAGE, project=slug)
    assert not page.exception
    assert f"A replay needs {stopping_replay.LEAST_ITEMS}" in words(page)


def test_answers_that_are_near_or_far_say_why_nothing_is_drawn(sign_in_as: SignInAs) -> None:
    settings = {"criteria": [{"id": "worth", "name": "Worth", "min": 0, "max": 100}]}
    with transaction() as session:
        project = factories.a_project(session, task="rating", settings=settings, items=1)
        who = factories.a_member(session, project)
        answer = factories.an_answer(
            session, factories.an_item(session, project, settings=settings), who, {"scores": {"worth": 50}}
        )
        assert answer.id
        slug = project.slug
    sign_in_as("lead")
    page = open_page(PAGE, project=slug)
    assert not page.exception
    assert "near or far, not right or wrong" in words(page)


def test_a_lead_switches_it_on_and_off_again(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        project, _ = a_zoo(session, 20, 2)
        lead = factories.an_actor(session, role="admin")
        fixed = projects.get(session, lead, project.slug).policy.model_copy(update={"stopping": None, "overlap": 3})
        project_changes.change(session, lead, project.slug, now=NOW, policy=fixed)
        slug = project.slug
    actor = sign_in_as("lead")
    page = open_projects(project=slug, tab="queue")
    page.toggle(key=f"adaptive:{slug}").set_value(True).run()
    page.number_input(key=f"stop_most:{slug}").set_value(1).run()
    assert "The maximum number of answers can't be below the initial number" in words(page)
    assert page.button(key="save_stopping").disabled
    page.number_input(key=f"stop_most:{slug}").set_value(6).run()
    page.number_input(key=f"stop_cost:{slug}").set_value(2.5).run()
    page.button(key="save_stopping").click().run()
    assert not page.exception
    with reading() as session:
        saved = projects.get(session, actor, slug).policy.stopping
    assert saved == Stopping(start=2, most=6, error_cost=2.5)
    page.toggle(key=f"adaptive:{slug}").set_value(False).run()
    assert "needs 3 answers, finished ones too" in words(page)
    page.button(key="save_stopping").click().run()
    with reading() as session:
        assert projects.get(session, actor, slug).policy.stopping is None
