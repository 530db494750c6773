"""Simulated people answer what the desk shows, the better the more skilled they are."""

from collections.abc import Sequence
from datetime import date
from random import Random
from statistics import fmean
from typing import Any

import pytest

from core.services import simulation
from core.services.policies import Extras
from core.services.simulation import Habits, Truth
from core.tasks import TASK_TYPES, load_task

SURE, UNSURE = Habits(1.0, passes=0), Habits(0.1, passes=0)
SIMULATED = ("pairwise", "ranking", "rating", "classification")


def work(screen: dict[str, Any], truth: Truth, who: Habits, times: int = 200) -> list[dict[str, Any]]:
    rng = Random(7)
    done = [simulation.work_on(screen, Extras(), truth, who, 100, rng) for _ in range(times)]
    return [each.answer for each in done if each.answer is not None]


def prefer_screen(**settings: Any) -> dict[str, Any]:
    rubric = load_task("pairwise", settings)
    return rubric.screen(rubric.sample_payload(Random(1))).as_json()


@pytest.mark.parametrize("key", SIMULATED)
def test_every_answer_fits_its_item(key: str) -> None:
    rubric, rng = load_task(key, {}), Random(3)
    payload = rubric.sample_payload(rng)
    for answer in work(rubric.screen(payload).as_json(), Truth(), UNSURE):
        rubric.parse_answer(payload, answer)


@pytest.mark.parametrize("key", sorted(TASK_TYPES))
def test_nobody_pretends_to_write(key: str) -> None:
    rubric = load_task(key, {})
    screen = rubric.screen(rubric.sample_payload(Random(1))).as_json()
    assert simulation.can_work_on(screen) == (key in SIMULATED)


def share_right(who: Habits) -> float:
    answers = work(prefer_screen(), Truth({"r1": 0.8, "r2": 0.5}), who)
    return fmean(answer["preferred"] == "r1" for answer in answers)


def test_skill_shows_in_the_share_of_right_answers() -> None:
    assert share_right(SURE) > 0.95
    assert 0.5 < share_right(UNSURE) < 0.85


def test_a_first_place_bias_moves_answers_to_the_first_place() -> None:
    equal = Truth({"r1": 0.6, "r2": 0.6})
    biased = work(prefer_screen(allow_tie=False), equal, Habits(0.5, first_bias=0.4, passes=0))
    first = sum(answer["preferred"] == "r1" for answer in biased) / len(biased)
    assert first > 0.65


def test_equally_good_is_a_tie_and_equally_poor_is_both_bad() -> None:
    screen = prefer_screen()
    assert {a["preferred"] for a in work(screen, Truth({"r1": 0.7, "r2": 0.7}), Habits(1.04, passes=0))} == {"tie"}
    assert {a["preferred"] for a in work(screen, Truth({"r1": 0.1, "r2": 0.0}), SURE)} == {"both_bad"}


def test_a_wider_gap_is_a_stronger_preference() -> None:
    def strength(gap: float) -> float:
        answers = work(prefer_screen(strength_levels=3), Truth({"r1": 0.2 + gap, "r2": 0.2}), SURE)
        given = [answer["strength"] for answer in answers if "strength" in answer]
        return fmean(given)

    assert strength(0.2) < strength(0.45) < strength(0.75)


def test_a_generous_person_scores_higher() -> None:
    rubric = load_task("rating", {"criteria": [{"id": "clarity"}]})
    screen = rubric.screen(rubric.sample_payload(Random(1))).as_json()

    def mean(generosity: float) -> float:
        truth, who = Truth(scores={"clarity": 3.0}), Habits(0.8, generosity=generosity, passes=0)
        scores = [answer["scores"]["clarity"] for answer in work(screen, truth, who)]
        return fmean(scores)

    assert mean(-0.5) < mean(0) < mean(0.5)


def test_truth_speaks_of_the_response_ids_that_the_import_made() -> None:
    truth = simulation.truth_of({"quality": {"a": 0.9, "b": 0.2}}, {"x7": "a", "q1": "b"})
    assert truth.quality == {"x7": 0.9, "q1": 0.2}


def test_passing_on_gives_a_reason_and_no_answer() -> None:
    done = simulation.work_on(prefer_screen(), Extras(), Truth(), Habits(0.9, passes=1.0), 100, Random(1))
    assert (done.outcome, done.answer) == ("skipped", None)
    assert done.reason


def test_longer_texts_take_longer() -> None:
    def mean(words: int) -> float:
        return sum(simulation.seconds_for(words, SURE, Random(n)) for n in range(100)) / 100

    assert mean(50) < mean(400) < 900


def test_people_sit_down_at_their_own_hours_and_on_their_own_days() -> None:
    who = Habits(0.9, hours=(9,), weekdays=(0, 2))
    found: Sequence[simulation.Sitting] = simulation.sittings(who, date(2026, 3, 2), 21, Random(2))
    here = [sitting.at.astimezone(simulation.SINGAPORE) for sitting in found]
    assert {at.weekday() for at in here} == {0, 2}
    assert {at.hour for at in here} <= {8, 9, 10}
    assert len(found) <= 6
