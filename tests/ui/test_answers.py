"""Answers in words say what the person chose, by letter and by label, never by id."""

from random import Random
from typing import Any

import pytest

from core.tasks import load_task
from ui import answers

PAIR = {"prompt": "Which?", "responses": {"k3": {"text": "One."}, "z9": {"text": "Two."}}}
THREE = {"prompt": "Which?", "responses": {"k3": {"text": "1"}, "z9": {"text": "2"}, "b2": {"text": "3"}}}


def said(key: str, settings: dict[str, Any], payload: Any, answer: dict[str, Any]) -> list[str]:
    rubric = load_task(key, settings)
    parsed = rubric.parse_payload(payload) if payload else rubric.sample_payload(Random(1))
    return [words for _, words in answers.in_words(rubric.screen(parsed).as_json(), answer)]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"preferred": "z9", "strength": 2}, "B · Clearly better"),
        ({"preferred": "tie"}, "About equal"),
        ({"preferred": "both_bad"}, "Both bad"),
        ({}, "—"),
    ],
)
def test_a_preference(answer: dict[str, Any], words: str) -> None:
    assert said("pairwise", {"strength_levels": 2}, PAIR, answer) == [words]


def test_a_ranking_with_a_tie() -> None:
    assert said("ranking", {}, THREE, {"ranks": {"k3": 2, "z9": 1, "b2": 2}}) == ["B > A = C"]


def test_scores_with_their_anchors() -> None:
    criteria = [{"id": "clarity", "anchors": {"4": "Clear"}}, {"id": "accuracy", "allow_na": True}]
    words = said("rating", {"criteria": criteria}, None, {"scores": {"clarity": 4, "accuracy": None}})
    assert words == ["4 · Clear", "not applicable"]


def test_labels_by_name() -> None:
    labels = [{"id": "x1", "name": "Lost card"}, {"id": "x2", "name": "Fees"}]
    assert said("classification", {"labels": labels}, None, {"labels": ["x2"]}) == ["Fees"]
    assert said("classification", {"labels": labels, "multiple": True}, None, {"labels": ["x2", "x1"]}) == [
        "Fees, Lost card"
    ]


def test_writing_as_it_is() -> None:
    assert said("demonstration", {}, None, {"text": "你好"}) == ["你好"]
