"""The stopping rule and its replay on real and made-up labels."""

import numpy as np
import pytest

from core.stats import calibration, grading, overlap, truth
from core.stats.labels import MISSING, Codes, Labels
from core.stats.overlap import Policy
from core.stats.truth import Posterior
from tests.core.stats import sets


def team(seed: int, items: int = 400, overlap: int = 8) -> tuple[Labels, Codes]:
    """Thirty people of unequal skill; one item in four is hard for everybody."""
    rng = np.random.default_rng(seed)
    skill, known, hard = rng.beta(8, 2.5, 30), rng.integers(0, 3, items), rng.random(items) < 0.25
    item = np.repeat(np.arange(items), overlap)
    person = np.array([rng.permutation(30)[:overlap] for _ in range(items)]).ravel()
    chance = np.where(hard[item], 0.4 + 0.3 * (skill[person] - 0.5), skill[person])
    wrong = (known[item] + rng.integers(1, 3, len(item))) % 3
    return Labels.of(item, person, np.where(rng.random(len(item)) < chance, known[item], wrong)), known


def _sure(*confidence: float) -> Posterior:
    probability = np.array([[c, 1 - c] for c in confidence])
    return Posterior("made up", probability, np.ones(len(confidence), bool), np.array([0.5, 0.5]))


def test_what_is_owed_comes_first_then_the_least_sure() -> None:
    worth = overlap.priority(_sure(0.99, 0.6, 0.8, 0.55, 0.95), np.array([1, 2, 3, 5, 2]), Policy(2, 5, 0.9))
    assert np.argsort(-worth, kind="stable").tolist()[:3] == [0, 1, 2]
    assert worth[3:].tolist() == [0, 0]


def test_audited_items_get_full_overlap_however_sure() -> None:
    worth = overlap.priority(_sure(0.99, 0.99), np.array([3, 5]), Policy(2, 5, 0.9), np.array([True, True]))
    assert worth[0] > 1
    assert worth[1] == 0


def test_a_label_is_worth_what_it_may_change() -> None:
    expert, coin = np.array([[0.95, 0.05], [0.05, 0.95]]), np.full((2, 2), 0.5)
    gains = overlap.expected_gain(_sure(0.6, 0.99), expert)
    assert gains == pytest.approx([0.95 - 0.6, 0], abs=1e-9)
    assert overlap.expected_gain(_sure(0.6), coin) == pytest.approx([0])


def test_choosing_saves_a_fifth_on_sp_amt() -> None:
    labels, gold = sets.sp_amt()
    found = overlap.replay(labels, Policy(2, 10, 0.95), np.random.default_rng(1), gold)
    assert found.saved is not None
    assert found.saved >= 0.2
    assert found.all_labels.labels_an_item == 20


def test_choosing_saves_a_fifth_with_a_made_up_team() -> None:
    labels, known = team(3)
    found = overlap.replay(labels, Policy(2, 8, 0.95), np.random.default_rng(2), known)
    assert found.saved is not None
    assert found.saved >= 0.2
    assert found.why is None


def test_the_stated_confidence_holds_after_a_hundred_gold() -> None:
    labels, known = team(5, items=900, overlap=4)
    gold = np.where(np.arange(900) < 100, known, MISSING)
    blind = grading.held_out(labels, gold)
    tempered = blind.tempered(calibration.calibrate(blind, gold).temperature)
    rest = gold == MISSING
    right = (tempered.best == known)[rest] * 1.0
    error = calibration.calibration_error(tempered.confidence[rest], right)
    assert error is not None
    assert error <= 0.05


def test_a_policy_that_is_content_too_early_says_so() -> None:
    labels, known = team(3)
    found = overlap.replay(labels, Policy(2, 8, 0.6), np.random.default_rng(2), known, repeats=1)
    assert (found.saved, found.why) == (None, overlap.STOPS_EARLY)


def test_without_gold_the_replay_says_what_it_measures_against() -> None:
    found = overlap.replay(team(4, items=60)[0], Policy(2, 4), np.random.default_rng(1), repeats=1)
    assert found.against == "the consensus of all labels"
    assert found.all_labels.accuracy == 1
    assert not found.calibration.fitted


@pytest.mark.parametrize(
    "labels",
    [Labels.of([], [], []), Labels.of([0, 1], [0, 0], [0, 1]), Labels.of([0, 0, 1], [0, 1, 0], [0, 0, 1], items=4)],
)
def test_nothing_to_save_says_so(labels: Labels) -> None:
    found = overlap.replay(labels, Policy(), np.random.default_rng(1))
    assert (found.saved, found.why) == (None, overlap.NOTHING_TO_SAVE)


def test_the_replay_never_asks_for_more_than_the_policy_allows() -> None:
    labels, known = team(6, items=100)
    found = overlap.replay(labels, Policy(2, 3, 0.9999), np.random.default_rng(1), known, repeats=1)
    assert found.chosen[-1].labels_an_item <= 3
    assert truth.schedule(labels) == (2.0, True)
