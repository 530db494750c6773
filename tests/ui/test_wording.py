"""The glossary where it was broken before: one word for one idea in every message, in both languages."""

import pytest

from core.language import translate
from core.services import project_files
from ui.desk.words import STRINGS
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


DESK_ZH = ("计时", "重新打开", "文本框", "准确率", "答为", "抽检轨道", "暗检", "平手", "隔离", "个条目", "条答案")
"""Chinese that the glossary has another word for, wherever the desk says it."""


@pytest.mark.parametrize("words", DESK_ZH)
def test_the_desk_says_it_in_the_words_of_the_glossary_in_chinese(words: str) -> None:
    assert [msgid for msgid in STRINGS if words in translate(msgid, "zh")] == []


def test_only_ones_own_rating_is_self_rated_confidence() -> None:
    """As 把握程度; what the product computes is 置信度."""
    said = {msgid: translate(msgid, "zh") for msgid in STRINGS}
    assert {msgid for msgid, zh in said.items() if "把握" in zh} == {
        msgid for msgid in said if "Self-rated confidence" in msgid
    }
    assert all("把握程度" in zh for zh in said.values() if "把握" in zh)


def _said() -> list[str]:
    return [said for message in messages() for said in ([message.id] if isinstance(message.id, str) else message.id)]
