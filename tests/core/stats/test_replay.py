"""A replay of real and made-up labels: what choosing where to ask again would have saved."""

import numpy as np
import pytest

from core.stats import replay, truth
from core.stats.labels import MISSING, Labels
from core.stats.overlap import Policy
from tests.core.stats import sets
from tests.core.stats.test_overlap import team


def test_choosing_saves_a_fifth_on_sp_amt() -> None:
    labels, gold = sets.sp_amt()
    found = replay.replay(labels, Policy(2, 10, 0.95), np.random.default_rng(1), gold)
    assert found.saved is not None
    assert found.saved >= 0.2
    assert found.all_labels.labels_an_item == 20
    assert found.judged == 500


def test_choosing_saves_a_fifth_with_a_made_up_team() -> None:
    labels, known = team(3)
    found = replay.replay(labels, Policy(2, 8, 0.95), np.random.default_rng(2), known)
    assert found.saved is not None
    assert found.saved >= 0.2
    assert found.why is None
    assert found.saved_low is not None
    assert found.saved_high is not None
    assert found.saved_low <= found.saved <= found.saved_high


def test_a_policy_that_is_content_too_early_says_so() -> None:
    labels, known = team(3)
    found = replay.replay(labels, Policy(2, 8, 0.5), np.random.default_rng(2), known, repeats=1)
    assert (found.saved, found.why) == (None, replay.STOPS_EARLY)


def test_without_gold_the_replay_says_what_it_measures_against() -> None:
    found = replay.replay(team(4, items=60)[0], Policy(2, 4), np.random.default_rng(1), repeats=1)
    assert found.against == "the consensus of all labels"
    assert found.all_labels.accuracy == 1
    assert not found.calibration.fitted


@pytest.mark.parametrize(
    "labels",
    [Labels.of([], [], []), Labels.of([0, 1], [0, 0], [0, 1]), Labels.of([0, 0, 1], [0, 1, 0], [0, 0, 1], items=4)],
)
def test_nothing_to_save_says_so(labels: Labels) -> None:
    found = replay.replay(labels, Policy(), np.random.default_rng(1))
    assert (found.saved, found.why) == (None, replay.NOTHING_TO_SAVE)


def test_gold_of_items_without_labels_is_no_gold() -> None:
    labels, _ = team(4, items=40)
    wider = Labels(labels.item, labels.annotator, labels.code, 41, labels.annotators, labels.classes)
    gold = np.full(41, MISSING)
    gold[40] = 1
    found = replay.replay(wider, Policy(2, 4), np.random.default_rng(1), gold, repeats=1)
    assert found.against == "the consensus of all labels"


def test_the_replay_never_asks_for_more_than_the_policy_allows() -> None:
    labels, known = team(6, items=100)
    found = replay.replay(labels, Policy(2, 3, 0.9999), np.random.default_rng(1), known, repeats=1)
    assert found.chosen[-1].labels_an_item <= 3
    assert truth.schedule(labels) == (2.0, True)


def test_the_replay_tells_how_far_it_is() -> None:
    told: list[float] = []
    replay.replay(team(6, items=60)[0], Policy(2, 5), np.random.default_rng(1), repeats=2, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
