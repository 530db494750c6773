"""The glossary where it was broken before: one word for one idea in every message, in both languages."""

import pytest

from core.language import translate
from core.services import project_files
from ui.locales.extract import messages

HOLD = ("set aside", "set this item aside", "put back", "puts it back", "back into the queue", "out of the work")
"""Said before of what is on hold, and of what becomes of it."""


@pytest.mark.parametrize("words", HOLD)
def test_what_waits_for_a_lead_is_on_hold_everywhere(words: str) -> None:
    assert [said for said in _said() if words in said.lower()] == []


@pytest.mark.parametrize("name", project_files.templates())
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("button", ["Bad item", "It contains personal data", "I don't want to see this content"])
def test_guidelines_of_templates_call_the_desks_buttons_by_their_names(name: str, language: str, button: str) -> None:
    guidelines = project_files.templates()[name].guidelines
    assert isinstance(guidelines, dict)
    assert f"**{translate(button, language)}**" in guidelines[language]


@pytest.mark.parametrize("name", ["pairwise", "pairwise-helpful-safe"])
def test_a_tie_is_called_as_its_button_is(name: str) -> None:
    guidelines = project_files.templates()[name].guidelines
    assert isinstance(guidelines, dict)
    assert "平手" not in guidelines["zh"]
    assert translate("About equal", "zh") in guidelines["zh"]


def _said() -> list[str]:
    return [said for message in messages() for said in ([message.id] if isinstance(message.id, str) else message.id)]
