"""Annotators, Items and My quality as leads, viewers and annotators meet them."""

from typing import Any

import pytest

from core.permissions import SYSTEM, Actor
from core.services import withdrawals
from core.store.engine import reading, transaction
from tests import factories
from tests.core.test_quality import LABELS
from tests.core.test_quality_person import gold_answers, labelled, the_project
from tests.pages.conftest import SignInAs, on, open_page, words

ANNOTATORS, ITEMS, MINE = "pages/insight/annotators.py", "pages/insight/items.py", "pages/work/my_quality.py"


def a_team() -> Actor:
    """Three people with shared items; mei is right on her checks, raj is not. The actor is mei."""
    with transaction() as session:
        _items, people = labelled(session, "aab abb bbb abc", "mei", "raj <b>", "tan", tags=["rare"])
        gold_answers(session, people[0], [True] * 30)
        gold_answers(session, people[1], [True] * 20 + [False] * 40)
        for person in people:
            factories.a_member(session, the_project(session), person)
        return factories.acting(people[0])


def a_viewer() -> Actor:
    with transaction() as session:
        return factories.acting(
            factories.a_member(session, the_project(session), factories.a_person(session, role="viewer"), role="viewer")
        )


# Annotators -----------------------------------------------------------------------------------------------------------


def test_everybody_stands_against_the_bar_in_words(sign_in_as: SignInAs) -> None:
    a_team()
    sign_in_as("lead")
    app = on(ANNOTATORS)
    text = words(app)
    assert "1 of 2 annotators meets the target of 80%." in text
    assert "Significantly below: raj" in text
    assert "Worth a look" in text
    assert "fallen below target" in text
    assert "below target" in app.dataframe[0].value["Decision"].tolist()


def test_a_person_opens_from_the_list_and_the_address_says_so(sign_in_as: SignInAs) -> None:
    a_team()
    sign_in_as("lead")
    app = on(ANNOTATORS)
    app.selectbox(key="address_person").select("mei").run()
    assert not app.exception
    assert app.query_params["person"] == "mei"
    text = words(app)
    for part in (
        "Meets the target of 80%",
        "30 of 30 gold items are correct.",
        "Drift",
        "Answers that differ from most",
    ):
        assert part in text


def test_every_person_has_a_page_whatever_their_name(sign_in_as: SignInAs) -> None:
    a_team()
    sign_in_as("lead")
    for name in ("mei", "raj <b>", "tan"):
        text = words(on(ANNOTATORS, person=name))
        assert "Time" in text
        assert "raj <b>" not in text.replace("\\<", "")
    assert "Look at one annotator" in str(on(ANNOTATORS, person="nobody").selectbox)


def test_without_known_answers_the_page_says_how_to_get_them(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        labelled(session, "ab", "mei", "raj")
    sign_in_as("lead")
    assert "Import gold, or turn on hidden checks" in words(on(ANNOTATORS))


@pytest.mark.parametrize("role", ["annotator", "viewer"])
def test_others_have_no_such_page(sign_in_as: SignInAs, role: str) -> None:
    sign_in_as(role)
    with pytest.raises(ValueError, match="Could not find"):
        open_page(ANNOTATORS)


# Items ----------------------------------------------------------------------------------------------------------------


def test_items_are_found_by_conditions_and_counted(sign_in_as: SignInAs) -> None:
    a_team()
    sign_in_as("lead")
    app = on(ITEMS, view="answered")
    assert "4 of 4 items with answers" in words(app)
    app.selectbox(key="address_reason").select("split").run()
    assert "3 of 4 items with answers" in words(app)
    app.slider(key="address_apart").set_range(90, 100).run()
    assert "1 of 4 items with answers" in words(app)
    app.selectbox(key="address_reason").select("alone").run()
    assert "No item fits these conditions." in words(app)
    assert "1 of 4 items with answers" in words(on(ITEMS, view="answered", reason="split", apart="90-100"))
    for nothing in ("x", "90", "100-90", "0-101", "-1-5", "²-3"):
        assert "4 of 4 items with answers" in words(
            on(ITEMS, view="answered", reason="none such", apart=nothing, page="0")
        )


def test_an_item_opens_with_what_was_said(sign_in_as: SignInAs) -> None:
    a_team()
    sign_in_as("lead")
    app = on(ITEMS, item="1")
    text = words(app)
    for part in ("Consensus", "3 answers", "mei", "raj"):
        assert part in text
    for nothing in ("999", "9" * 40, "²", "-1", "one"):
        assert "4 of 4 items with answers" in words(on(ITEMS, view="answered", item=nothing))


def key_of(element: Any) -> str:
    return str(element.proto.id).split("-", 2)[-1]


def test_ticked_items_are_withdrawn_together_and_restored_one_by_one(sign_in_as: SignInAs) -> None:
    a_team()
    sign_in_as("lead")
    app = on(ITEMS, view="answered")
    (table,) = {found for one in app.dataframe if (found := key_of(one)).startswith("here_items_")}
    app.session_state[table] = {"selection": {"rows": [0, 1], "columns": [], "cells": []}}
    app.run()
    app.button(key="items_withdraw").click().run()
    assert "2 items withdrawn." in words(app)
    with reading() as session:
        (first, _), count = withdrawals.listed(session, SYSTEM, "here")
    assert count == 2
    app = on(ITEMS, item=str(first.item_id))
    app.button(key="item_restore").click().run()
    assert "1 item restored." in words(app)
    assert app.button(key="item_withdraw")


def test_a_viewer_cannot_withdraw(sign_in_as: SignInAs) -> None:
    a_team()
    sign_in_as(actor=a_viewer())
    app = on(ITEMS, item="1")
    assert not [button for button in app.button if str(button.key).startswith("item_")]


def test_a_viewer_sees_what_an_item_comes_to_but_not_who_said_what(sign_in_as: SignInAs) -> None:
    a_team()
    sign_in_as(actor=a_viewer())
    text = words(on(ITEMS, item="1"))
    assert "Consensus" in text
    assert "2 answers" not in text
    for name in ("mei", "raj"):
        assert name not in text


# My quality -----------------------------------------------------------------------------------------------------------


def test_an_annotator_sees_their_own_figures_and_nobody_elses(sign_in_as: SignInAs) -> None:
    sign_in_as(actor=a_team())
    app = on(MINE)
    text = words(app)
    assert "Your accuracy on gold items is 100% (84–100%, n = 20): at the target of 80%." in text
    assert "raj" not in text


def test_before_the_first_answer_it_says_what_will_be_here(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        factories.a_project(session, "here", task="classification", settings=LABELS)
    sign_in_as("annotator")
    assert "Once you have answered, this page shows" in words(on(MINE))


def test_fewer_pages_than_before_show_the_last(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        labelled(session, "ab " * 30, "mei", "raj")
    sign_in_as("lead")
    app = on(ITEMS, view="answered")
    app.number_input[0].set_value(2).run()
    assert len(app.dataframe[-1].value) == 5
    with transaction() as session:
        session.connection().exec_driver_sql("UPDATE answer SET undone_at = at WHERE item_id <= 10")
    app.run()
    assert not app.exception
    assert "20 of 20 items with answers" in words(app)
