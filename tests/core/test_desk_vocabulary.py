"""The desk can draw every word that a screen may use, and every fixed word on it can be translated."""

import re

import pytest

from core.tasks.screen import ASKS, SHOWS
from ui.desk.desk import HERE, MODULES, script, styles
from ui.desk.words import STRINGS


@pytest.mark.parametrize("kind", [show.kind for show in SHOWS])
def test_every_show_has_a_drawing(kind: str) -> None:
    assert f"DRAWS.shows.{kind} = " in script()


@pytest.mark.parametrize("kind", [ask.kind for ask in ASKS])
def test_every_ask_has_a_drawing(kind: str) -> None:
    assert f"DRAWS.asks.{kind} = " in script()


@pytest.mark.parametrize("kind", [ask.kind for ask in ASKS])
def test_every_answer_can_be_said_in_a_line(kind: str) -> None:
    assert f"DRAWS.words.{kind} = " in script()


def test_every_module_is_joined_once() -> None:
    assert sorted(MODULES) == sorted(path.stem for path in HERE.glob("*.js"))


def test_joining_leaves_no_import_and_one_default_export() -> None:
    assert not re.search(r"^import ", script(), flags=re.MULTILINE)
    assert re.findall(r"^export .*", script(), flags=re.MULTILINE) == [
        "export default function ({ parentElement, data }) {"
    ]


def test_streamlit_takes_script_and_styles_for_content_not_for_paths() -> None:
    assert "\n" in script()
    assert "\n" in styles()


def test_strings_are_exactly_what_the_desk_says() -> None:
    said = re.findall(r'\b(?:t|N_)\("((?:[^"\\]|\\.)*)"', script())
    assert set(said) == set(STRINGS)
