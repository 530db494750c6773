"""Screens: order, and which ask a path belongs to."""

import json
from random import Random

import pytest

from core.tasks.screen import Candidate, Candidates, OneOf, Option, Prefer, Rank, Scale, Screen, Write

SCREEN = Screen(
    [
        Candidates(
            [Candidate("a", "One"), Candidate("b", "Two"), Candidate("c", turns=[{"role": "user", "text": "Hi"}])]
        )
    ],
    [
        Prefer("preferred", "Better?", ("a", "b", "c"), levels=3),
        Prefer("by.tone.preferred", {"en": "Tone", "zh": "语气"}, ("a", "b", "c")),
        Rank("ranks", "Order", ("a", "b", "c")),
        Scale("scores.depth", "Depth", 1, 5, anchors={"1": "None"}),
        OneOf("labels.0", "Label", [Option(True, "Yes")]),
        Write("text", "Write"),
    ],
    lang="zh-Hans",
)


@pytest.mark.parametrize(
    ("path", "ask"),
    [
        ("preferred", "preferred"),
        ("strength", "preferred"),
        ("by.tone.strength", "by.tone.preferred"),
        ("ranks.a", "ranks"),
        ("scores", "scores.depth"),
        ("scores.width", "scores.width"),
        ("labels", "labels.0"),
        ("text", "text"),
        ("", ""),
    ],
)
def test_a_path_into_the_answer_belongs_to_an_ask(path: str, ask: str) -> None:
    assert SCREEN.ask_at(path) == ask


def test_a_given_order_holds_for_what_is_shown_and_asked() -> None:
    ordered = SCREEN.ordered(["c", "a", "b"]).as_json()
    assert [candidate["id"] for candidate in ordered["shows"][0]["candidates"]] == ["c", "a", "b"]
    assert [ask["candidates"] for ask in ordered["asks"][:3]] == [["c", "a", "b"]] * 3


def test_every_order_comes_up_about_equally_often() -> None:
    counts: dict[tuple[str, ...], int] = {}
    for seed in range(600):
        order = SCREEN.shuffled(Random(seed)).candidate_ids()
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert min(counts.values()) > 60


def test_json_holds_every_word_in_full() -> None:
    screen = json.loads(json.dumps(SCREEN.as_json()))
    assert screen["lang"] == "zh-Hans"
    assert screen["shows"][0]["candidates"][2] == {"id": "c", "text": None, "turns": [{"role": "user", "text": "Hi"}]}
    assert screen["asks"][1]["label"] == {"en": "Tone", "zh": "语气"}
    assert screen["asks"][4]["options"] == [{"value": True, "label": "Yes", "description": None, "parent": None}]
    assert [ask["kind"] for ask in screen["asks"]] == ["prefer", "prefer", "rank", "scale", "one_of", "write"]
