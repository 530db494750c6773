"""The glossary where it was broken before: one word for one idea in every message, in both languages.

Each rule names words that were swept once, so that they do not come back.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import cast

import pytest
import typer.main
from babel.messages.pofile import read_po

from cli.main import app
from core.config import ROOT
from core.interchange import card_words
from core.language import CATALOGUES, translate
from core.services import project_files
from core.services.overview import Decision, Overview
from ui.desk.words import STRINGS
from ui.insight import overview_words
from ui.locales.extract import messages

HOLD = ("set aside", "set this item aside", "put back", "puts it back", "back into the queue", "out of the work")
"""Said before of what is on hold, and of what becomes of it."""
SPOKEN: Mapping[str, str] = {
    r"\b(nobody|somebody|everybody|whoever)\b": "annotators, reviewers, leads or you",
    r"\bpeople (agree|mean|say|label|labelled|answer|answered|give|gave|prefer|lean|are split|alone)\b": "annotators",
    r"\b(stands?|stood)\b": "is, is kept, is shown",
    r"\b(comes?|came) to\b": "consensus",
    r"\b(is|are) asked for\b|\basks? for (one|few|more|another)\b|\basked again\b": "requested, target",
    r"\bonce more\b|\blook again\b": "again, refresh",
    r"\bworked out\b|\btold apart\b": "calculated, distinguished",
    r"\bbeyond chance\b|\bby chance\b|\bmay be chance\b": "significant, chance-corrected",
    r"\bsays? otherwise\b|\bchose otherwise\b": "disagree",
    r"\bin hand\b|'s hands\b": "in progress",
    r"\baudit track\b": "audit sample",
    r"\bknown (answers?|items?)\b": "gold",
    r"\bsecond looks?\b": "hidden repeat, second review",
    r"\b(settle|settles|settled|settling)\b": "adjudicate, verdict",
    r"\btakes? (it )?back\b|\btaken back\b": "undo",
    r"\bhow (sure|right|near|fast)\b|\bsure enough\b|\bunsure below\b": "confidence, accuracy, similarity, speed",
    r"(?<!machine )\bjudge alone\b|\b[Tt]he judge\b(?<!machine judge)": "machine judge",
    r"\b(answers?|hours?|object|rows?|columns?|\{unit\}) an? (item|day|week|line|person|class)\b": "per",
    r"\bn \{": "n = {n}",
    "’": "the apostrophe '",
}
"""What is not written, and what is written instead."""
WRITTEN = (
    "无从", "如此", "不逊于", "倚重", "追问", "问满", "多问", "抽检轨道", "审计样本", "暗检", "检查题", "试点", "复核者", "复核人员",
    "重新打开上", "重新开启", "受检", "榜首", "疑点", "离谱", "谁严谁宽", "超出偶然", "超出随机", "扣除偶然", "准确率", "与众不同",
    "把握足够", "个人数据", "已隔离", "大家", "达标线", "n = {",
)  # fmt: skip
"""Literary, coined, or a second word for one thing."""
TERMS = {
    "hidden check": "质检题", "hidden repeat": "重复题", "gold item": "标准答案题", "audit.sample": "抽检", "machine judge": "机器评审",
    "adaptive overlap": "自适应标注", "active (time|hour)": "有效工时", "on hold": "搁置", r"\breviewers?\b": "复核", r"\bskip": "跳过",
    "sent back|send back": "退回", r"\bdraft": "草稿", r"\bbatch": "批次", "personal data": "个人信息", "confiden": "置信|把握",
    r"\bmembers?\b": "成员", r"\bguidelines?\b": "指南", r"(?<!language )\btags?\b": "主题标签", "accuracy(?! matters|.$)": "正确率",
}  # fmt: skip
"""English, and the one word for it in Chinese."""
MOST_WORDS = 25
"""The voice asks for 20; the few above are definitions."""
GUIDES = ("README.md", "docs/quality.md", "docs/data.md", "docs/operations.md")


@pytest.mark.parametrize("words", HOLD)
def test_what_waits_for_a_lead_is_on_hold_everywhere(words: str) -> None:
    assert [said for said in _said() if words in said.lower()] == []


@pytest.mark.parametrize("swept", SPOKEN)
def test_no_message_or_command_says_what_was_swept(swept: str) -> None:
    found = re.compile(swept, re.IGNORECASE)
    every = {*_said(), *_help(typer.main.get_command(app)), *card_words.REASONS.values(), *card_words.WARNINGS.values()}
    assert sorted(said for said in every if found.search(said)) == [], f"say instead: {SPOKEN[swept]}"


def test_sentences_stay_short() -> None:
    sentences = (sentence for said in _said() for sentence in re.split(r"(?<=[.?!])\s+", said))
    assert [sentence for sentence in sentences if len(sentence.split()) > MOST_WORDS] == []


@pytest.mark.parametrize("guide", GUIDES)
def test_guides_name_annotators_and_gold(guide: str) -> None:
    text = (ROOT / guide).read_text(encoding="utf-8")
    swept = r"\b(nobody|somebody|everybody|whoever|known answers?|audit track|second looks?|the bar)\b"
    assert re.findall(swept, re.sub(r"`[^`]*`", "", text), re.IGNORECASE) == []
    assert re.findall(r"\d %", text) == []


@pytest.mark.parametrize("word", WRITTEN)
def test_no_chinese_says_what_was_swept(word: str) -> None:
    assert [text for _, text in _chinese() if word in text] == []


@pytest.mark.parametrize("english", TERMS)
def test_a_term_has_one_word_in_chinese(english: str) -> None:
    here = [pair for pair in _chinese() if re.search(english, re.sub(r"\{\w+\}", "", pair[0]), re.IGNORECASE)]
    assert here, "the term is used nowhere: drop the rule"
    assert [pair for pair in here if not re.search(TERMS[english], pair[1])] == []


def test_the_machine_judge_is_never_called_by_the_word_for_reviewing_alone() -> None:
    assert [text for _, text in _chinese() if re.search("(?<!机器)评审", text)] == []


def test_chinese_puts_spaces_round_latin_and_none_after_its_own_marks() -> None:
    """Placeholders may hold words of either script, so only what is written out is looked at."""
    wrong = r"[一-鿿][A-Za-z0-9]|[A-Za-z0-9%][一-鿿]|[。，；：！？、] (?=\S)|[一-鿿] [一-鿿]|[一-鿿]\)|\([一-鿿]"
    texts = [text for _, text in _chinese()]
    assert [text for text in texts if re.search(wrong, re.sub(r"\{\w+\}", "{}", text))] == []


def test_plurals_keep_their_placeholders() -> None:
    """`bin/messages check` compares the others."""
    pairs = [(said, text) for said, text in _chinese() if "{" in said or "{" in text]
    assert [pair for pair in pairs if _fields(pair[0]) != _fields(pair[1])] == []


def test_a_decision_counts_annotators_with_their_own_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.text.language", lambda: "zh")
    names, nothing = tuple("甲乙丙丁戊己"), cast(Overview, None)
    assert overview_words.decision(nothing, Decision("below", 6, "annotators", names)).endswith(
        "甲、乙、丙、丁 等，另有 2 人。"
    )
    assert overview_words.decision(nothing, Decision("judges", 6, "judges", names)).endswith("另有 2 项。")


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


def _fields(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@cache
def _said() -> tuple[str, ...]:
    return tuple(said for one in messages() for said in ([one.id] if isinstance(one.id, str) else one.id))


@cache
def _chinese() -> tuple[tuple[str, str], ...]:
    """The English, of a pair the second, and what is read in its place."""
    path = Path(CATALOGUES) / "zh_CN" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale="zh_CN")
    return tuple(
        (message.id[-1], message.string[0]) if message.pluralizable else (message.id, message.string)
        for message in catalogue
        if message.id
    )


def _help(command: object) -> Iterator[str]:
    """Of a command and of all below it."""
    yield getattr(command, "help", None) or ""
    yield from (getattr(option, "help", None) or "" for option in getattr(command, "params", ()))
    for below in getattr(command, "commands", {}).values():
        yield from _help(below)
