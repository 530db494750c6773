"""Messages in a person's language, and text that leads write in two."""

from string import Formatter

import pytest

from core.errors import InvalidInput, NotAllowed, Problem
from core.language import closest, localised, message, translate, translate_many
from ui.locales.extract import messages


@pytest.mark.parametrize(
    ("tag", "language"),
    [("zh-CN", "zh"), ("zh-Hans-SG", "zh"), ("ZH", "zh"), ("en-SG", "en"), ("ms", "en"), (None, "en")],
)
def test_the_nearest_language_we_speak(tag: str | None, language: str) -> None:
    assert closest(tag) == language


def test_an_error_is_said_in_the_language_of_its_reader() -> None:
    error = NotAllowed("Your role ({role}) does not allow this. Ask an admin or your lead.", role="viewer")
    assert message(error, "en") == str(error)
    assert message(error, "zh") == "你的角色（viewer）没有此权限，请联系管理员或负责人。"


def test_an_error_inside_an_error_is_translated_too() -> None:
    inner = InvalidInput("Use at most {n} characters.", n=200)
    outer = Problem("{path}: {message}", path="password", message=inner)
    assert message(outer, "zh") == "password：最多 200 个字符。"


def test_a_message_without_parameters_may_hold_braces() -> None:
    assert message(InvalidInput('Expected {"a": 1}.'), "en") == 'Expected {"a": 1}.'


def test_counting_follows_the_language() -> None:
    assert translate_many("{n} project", "{n} projects", 1, "en") == "{n} project"
    assert translate_many("{n} project", "{n} projects", 2, "en") == "{n} projects"
    assert translate_many("{n} project", "{n} projects", 1, "zh") == "{n} 个项目"


def test_an_unknown_language_or_message_falls_back_to_the_words_themselves() -> None:
    assert translate("Sign in", "fr") == "Sign in"
    assert translate("never said anywhere", "zh") == "never said anywhere"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ({"en": "Yes", "zh": "是"}, "是"),
        ({"en": "Yes"}, "Yes"),
        ({"en": "Yes", "zh": ""}, "Yes"),
        (None, ""),
    ],
)
def test_leads_text_falls_back_to_the_language_that_is_there(value: object, shown: str) -> None:
    assert localised(value, "zh") == shown


def test_every_message_can_be_filled_in() -> None:
    """Placeholders are plain names, so that a translation can move them; other braces only where nothing is filled in."""
    for found in messages():
        for text in found.id if isinstance(found.id, tuple) else (found.id,):
            fields = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
            plain = [name.isidentifier() for name in fields]
            assert all(plain) or not any(plain), (found.place, text)


def test_extraction_finds_marks_errors_plurals_and_descriptions() -> None:
    found = {message.id for message in messages()}
    assert "Sign in" in found
    assert "Incorrect name or password." in found
    assert ("{n} project", "{n} projects") in found
    assert "Items in the pilot" in found
