"""Rankings: ties, gaps, Kendall's distance and the pairs they are worth."""

from typing import Any

import pytest

from core.errors import InvalidAnswer
from core.records import PreferencePair, Prompt, Tie
from core.tasks import load_task
from core.tasks.ranking import Ranking, RankingAnswer

ITEM = {"prompt": "Hi", "responses": {name: {"text": name.upper()} for name in "abcd"}}


def task_with(**settings: Any) -> Ranking:
    task = load_task("ranking", settings)
    assert isinstance(task, Ranking)
    return task


def ranked(*ranks: int) -> RankingAnswer:
    return RankingAnswer(ranks=dict(zip("abcd", ranks, strict=True)))


def refused(task: Ranking, ranks: dict[str, Any]) -> str:
    with pytest.raises(InvalidAnswer) as refusal:
        task.parse_answer(task.parse_payload(ITEM), {"ranks": ranks})
    assert refusal.value.ask == "ranks"
    return str(refusal.value)


@pytest.mark.parametrize("ranks", [(1, 2, 3, 4), (4, 1, 1, 3), (2, 1, 1, 3), (1, 1, 1, 1)])
def test_orders_with_and_without_gaps_after_ties_are_taken(ranks: tuple[int, ...]) -> None:
    task = task_with()
    assert task.parse_answer(task.parse_payload(ITEM), ranked(*ranks).as_json()) == ranked(*ranks)


def test_every_response_is_ranked_exactly_once() -> None:
    for ranks in ({}, {"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}):
        assert refused(task_with(), ranks) == "Rank every response exactly once."


@pytest.mark.parametrize("ranks", [(0, 1, 2, 3), (2, 3, 4, 5), (1, 2, 4, 5), (1, 1, 2, 4), (-1, 1, 2, 3)])
def test_ranks_that_do_not_count_from_one_are_refused(ranks: tuple[int, ...]) -> None:
    assert refused(task_with(), dict(zip("abcd", ranks, strict=True))).startswith("Ranks count from 1")


def test_ties_are_refused_where_they_are_not_offered() -> None:
    assert refused(task_with(allow_ties=False), {"a": 1, "b": 1, "c": 2, "d": 3}).startswith("Ties are not offered")


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [
        ((1, 2, 3, 4), (1, 2, 3, 4), 0),
        ((1, 2, 3, 4), (4, 3, 2, 1), 1),
        ((1, 2, 3, 4), (2, 1, 3, 4), 1 / 6),
        ((1, 2, 3, 4), (1, 1, 2, 3), 1 / 12),
        ((1, 1, 1, 1), (1, 2, 3, 4), 1 / 2),
        ((1, 1, 3, 4), (1, 1, 2, 3), 0),
    ],
)
def test_distance_is_the_share_of_pairs_turned_round(
    left: tuple[int, ...], right: tuple[int, ...], distance: float
) -> None:
    assert task_with().distance(ranked(*left), ranked(*right)) == pytest.approx(distance)


def test_a_check_passes_with_one_swap_of_neighbours_but_not_with_two() -> None:
    task, gold = task_with(), ranked(1, 2, 3, 4)
    assert task.agrees(ranked(2, 1, 3, 4), gold)
    assert not task.agrees(ranked(2, 1, 4, 3), gold)


def test_values_are_ranks_without_gaps_in_the_payloads_own_order() -> None:
    task = task_with()
    payload = task.parse_payload({**ITEM, "responses": dict(reversed(ITEM["responses"].items()))})  # type: ignore[attr-defined]
    assert task.values(payload, ranked(1, 1, 3, 4)) == {"ranks": "3,2,1,1"}


def test_a_ranking_is_worth_every_ordered_pair_and_its_ties() -> None:
    task = task_with()
    payload = task.parse_payload({"prompt": "Hi", "responses": {name: {"text": name.upper()} for name in "abc"}})
    answer = RankingAnswer(ranks={"c": 1, "a": 2, "b": 2})
    assert list(task.records(payload, answer)) == [
        Prompt("Hi"),
        Tie("Hi", ("A", "B"), ("a", "b")),
        PreferencePair("Hi", "C", "A", 0.5, "c", "a"),
        PreferencePair("Hi", "C", "B", 0.5, "c", "b"),
    ]


def test_ties_are_inferred_from_answers() -> None:
    assert Ranking.infer_settings([{"ranks": {"a": 1, "b": 2}}]) == {"allow_ties": False}
    assert Ranking.infer_settings([{"ranks": {"a": 1, "b": 1}}]) == {"allow_ties": True}
