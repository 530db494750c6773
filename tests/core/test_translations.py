"""A text edited in one language alone leaves the other behind, and so do people who read that one."""

from datetime import datetime

import pytest
from sqlmodel import Session, select

from core.errors import NotAllowed
from core.permissions import SYSTEM
from core.services import project_changes, translations
from core.services.translations import Gap, after_edit, gaps, in_model
from core.store.tables import Event
from core.tasks import load_task
from tests import factories


def both(en: str, zh: str) -> dict[str, dict[str, str]]:
    return {"q": {"en": en, "zh": zh}}


def test_the_language_that_was_not_edited_is_behind_until_it_is() -> None:
    first = both("Better?", "更好？")
    behind = after_edit(first, both("Safer?", "更好？"), {})
    assert behind == {"q": "zh"}
    assert after_edit(both("Safer?", "更好？"), both("Much safer?", "更好？"), behind) == {"q": "zh"}
    assert after_edit(both("Safer?", "更好？"), both("Safer?", "更安全？"), behind) == {}
    assert after_edit(first, both("Safer?", "更安全？"), {}) == {}
    assert after_edit(first, both("Better?", "更安全？"), {}) == {"q": "en"}
    assert after_edit(first, first, {"q": "zh"}) == {"q": "zh"}
    assert after_edit({"q": {"en": "Better?"}}, first, {}) == {}


def test_a_text_in_one_language_is_missing_in_the_other() -> None:
    assert gaps({"q": {"en": "Better?"}}, {}) == (Gap("zh", "Better?", missing=True),)
    assert gaps({"q": {"zh": "更好？"}}, {}) == (Gap("en", "更好？", missing=True),)
    assert gaps(both("Better?", "更好？"), {"q": "zh"}) == (Gap("zh", "Better?", missing=False),)


def test_every_text_of_the_settings_is_found_and_rows_are_known_by_their_ids() -> None:
    rubric = load_task(
        "rating",
        {
            "criteria": [
                {"id": "tone", "name": {"en": "Tone", "zh": "语气"}, "min": 1, "max": 2, "anchors": {"1": "Bad"}}
            ]
        },
    )
    assert in_model(rubric) == {
        ".criteria.tone.name": {"en": "Tone", "zh": "语气"},
        ".criteria.tone.anchors.1": {"en": "Bad"},
    }
    assert in_model(load_task("pairwise", {}))[".question"]["zh"] == "哪个回答更好？"


def test_what_is_in_force_says_which_question_was_left_behind(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    question = {"en": "Which response is safer?", "zh": "哪个回答更好？"}
    project_changes.change(session, SYSTEM, project.slug, now=now, settings={"question": question})
    texts = {"en": "Be kind.", "zh": "与人为善。"}
    project_changes.change(session, SYSTEM, project.slug, now=now, guidelines=texts)
    project_changes.change(session, SYSTEM, project.slug, now=now, guidelines={**texts, "en": "Be strict."})
    asked, written = translations.in_force(session, SYSTEM, project.slug)
    assert asked == (Gap("zh", "Which response is safer?", missing=False),)
    assert written == (Gap("zh", "Be strict.", missing=False),)
    project_changes.change(
        session, SYSTEM, project.slug, now=now, settings={"question": {**question, "zh": "哪个回答更安全？"}}
    )
    assert translations.in_force(session, SYSTEM, project.slug)[0] == ()


def test_a_text_said_to_agree_is_asked_about_again_only_once_it_changes(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    reviewer = factories.acting(factories.a_member(session, project, factories.a_person(session, role="reviewer")))
    asked = {"en": "Which response is safer?", "zh": "哪个回答更好？"}
    for question in ({**asked, "en": "Which one is better?"}, asked):
        project_changes.change(session, SYSTEM, project.slug, now=now, settings={"question": question})
    texts = {"en": "Be kind.", "zh": "与人为善。"}
    for guidelines in (texts, {**texts, "zh": "从严。"}):
        project_changes.change(session, SYSTEM, project.slug, now=now, guidelines=guidelines)
    with pytest.raises(NotAllowed):
        translations.agree(session, reviewer, project.slug, "settings", now=now)
    translations.agree(session, SYSTEM, project.slug, "settings", now=now)
    assert translations.in_force(session, SYSTEM, project.slug) == ((), (Gap("en", "从严。", missing=False),))
    translations.agree(session, SYSTEM, project.slug, "settings", "guidelines", now=now)
    assert translations.in_force(session, SYSTEM, project.slug) == ((), ())
    kinds = ["settings.languages_agree", "guidelines.languages_agree"]
    assert [row.kind for row in session.scalars(select(Event)) if "agree" in row.kind] == kinds

    settings = {"question": asked, "allow_tie": False}
    project_changes.change(session, SYSTEM, project.slug, now=now, settings=settings)
    assert translations.in_force(session, SYSTEM, project.slug) == ((), ())
    project_changes.change(
        session, SYSTEM, project.slug, now=now, settings={**settings, "question": {**asked, "zh": "哪个更好？"}}
    )
    assert translations.in_force(session, SYSTEM, project.slug)[0] == (Gap("en", "哪个更好？", missing=False),)
