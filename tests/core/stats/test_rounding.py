"""Numbers that round badly: equal but for the last digit is equal, at every size of the numbers."""

import numpy as np
import pytest

from core.services import export_quality
from core.stats import agreement, calibration, clustered, consensus, grading, intervals, judges, overlap
from core.stats.agreement import Table
from core.stats.labels import Labels
from core.stats.truth import Posterior

THREE_TENTHS = 0.1 * 3
"""Not 0.3."""
SIZES = [1e-9, 1.0, 1e9]


def test_six_fives_claim_no_certainty() -> None:
    """On some processors their weighted mean is 4.999999999999998, and so the reach is not 0."""
    for size in (5.0, THREE_TENTHS):
        for n in range(2, 50):
            found = clustered.mean(np.full(n, size), np.arange(n), low=0.0, high=size)
            assert found is not None
            assert found.low < 0.99 * size, n


@pytest.mark.parametrize("size", SIZES)
def test_a_mean_of_values_equal_but_for_rounding(size: float) -> None:
    values = np.array([0.3, THREE_TENTHS, 0.3, THREE_TENTHS]) * size
    assert clustered.mean(values, np.arange(4)) is None
    found = clustered.mean(values, np.arange(4), low=0.0, high=size)
    assert found is not None
    assert found.low < 0.2 * size < 0.4 * size < found.high
    assert clustered.mean(np.array([0.3, 0.3001]) * size, np.arange(2)) is not None


@pytest.mark.parametrize("offset", [0.0, 1e9])
@pytest.mark.parametrize("size", [1.0, 3.0])
def test_a_real_difference_far_from_nought_is_kept(offset: float, size: float) -> None:
    values = offset + size * np.array([0.0, 1.0, 0.0, 1.0])
    found = clustered.mean(values, np.arange(4))
    assert found is not None
    assert found.high - found.low > size / 2


def test_alpha_sees_no_disagreement_in_rounding() -> None:
    found = agreement.alpha_of_values(np.array([0, 0, 1, 1]), [0.3, THREE_TENTHS, 0.3, THREE_TENTHS])
    assert (found.value, found.why) == (None, agreement.ONE_ANSWER)


@pytest.mark.parametrize("size", SIZES)
def test_alpha_does_not_depend_on_the_size_of_the_numbers(size: float) -> None:
    item, scores = np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([1, 2, 4, 4, 2, 2, 5, 4.0])
    usual, found = (agreement.alpha_of_values(item, scores * unit) for unit in (1.0, size))
    assert found.value == pytest.approx(usual.value)
    assert (found.low, found.high) == pytest.approx((usual.low, usual.high))
    assert found.observed == pytest.approx(usual.observed * size**2 if usual.observed else None)
    table = Table(np.array([[1.0, 1, 0], [0, 2, 0], [0, 0, 2]]), np.ones(3))
    usual, found = (agreement.alpha_interval(table, np.array([1.0, 2, 3]) * unit) for unit in (1.0, size))
    assert found.value == pytest.approx(usual.value)
    assert found.expected == pytest.approx(usual.expected * size**2 if usual.expected else None)


@pytest.mark.parametrize("size", SIZES)
def test_adjusted_means_do_not_depend_on_the_size_of_the_numbers(size: float) -> None:
    item, who = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    scores = np.array([1, 2, 1, 4, 5, 4, 2, 3, 2, 5, 6, 5.0]) + np.linspace(0, 0.3, 12)
    usual, found = (consensus.adjusted_mean(item, who, scores * unit, 4, 3) for unit in (1.0, size))
    assert found.value / size == pytest.approx(usual.value)


@pytest.mark.parametrize(("size", "offset"), [(1e-9, 0.0), (1.0, 0.0), (1.0, 1e9)])
def test_a_judge_is_tested_alike_at_every_size(size: float, offset: float) -> None:
    rng = np.random.default_rng(1)
    items, people = 60, 3
    true = rng.integers(1, 6, items)
    item, who = np.repeat(np.arange(items), people), np.tile(np.arange(people), items)
    scores = true[item] + rng.integers(-1, 2, items * people)
    usual = judges.alt_test_of_scores(item, who, scores, true, 0.1)
    found = judges.alt_test_of_scores(item, who, offset + scores * size, offset + true * size, 0.1)
    assert (found.winning, found.advantage) == (usual.winning, usual.advantage)
    assert 0 < (usual.advantage or 0) < 1


def test_a_bar_is_reached_though_the_last_digit_fell_short() -> None:
    assert 1 - 0.9 < 0.1
    assert intervals.judged(intervals.Interval(0.2, 1 - 0.9, 0.3, 9), 0.1) == "pass"
    assert intervals.judged(intervals.Interval(0.05, 0.01, 1 - 0.9, 9), 0.1) == "measuring"
    assert intervals.judged(intervals.Interval(0.05, 0.01, 0.0999, 9), 0.1) == "below"


def test_an_item_as_sure_as_asked_for_gets_no_more_labels() -> None:
    short = np.nextafter(0.9, 0)
    posterior = Posterior("", np.array([[short, 1 - short], [0.89, 0.11]]), np.array([True, True]), np.full(2, 0.5))
    wanted = overlap.priority(posterior, np.array([2, 2]), overlap.Policy(start=2, most=5, confidence=0.9))
    assert wanted[0] == 0 < wanted[1]


def test_equally_sure_items_are_found_together() -> None:
    right = np.array([False, True, True, True])
    found = calibration.detection(np.array([0.3, THREE_TENTHS, 0.3, THREE_TENTHS]), right, first=0.25)
    assert found is not None
    assert found.auroc == pytest.approx(0.5)
    assert found.lift == pytest.approx(1)


def test_a_method_as_good_as_majority_on_gold_is_not_beaten_by_a_last_digit() -> None:
    thirds, halves = np.tile([1 / 3, 1.0, 1 / 3, 1 / 3], 9), np.tile([1.0, 1, 0, 0], 9)
    assert thirds.mean() < halves.mean(), "drawn votes of three, and as many right in all"
    labels = Labels.of(np.repeat(np.arange(36), 2), np.tile([0, 1], 36), np.zeros(72, np.int64))
    earned = {"majority": halves, "map_dawid_skene": thirds}
    assert grading.recommend(labels, earned) == ("map_dawid_skene", grading.HELD_UP)
    report = {"consensus": {"majority": {"accuracy": 0.5}}}
    assert export_quality._is_proven(report, {"n": 36, "accuracy": float(thirds.mean())})
    assert not export_quality._is_proven(report, {"n": 36, "accuracy": 0.499})
    off = np.tile([0.3, 0.1, 0.2], 10)
    assert off.mean() > np.sort(off).mean(), "the same errors in another order"
    assert grading._which_mean(30, np.sort(off), off) == ("adjusted_mean", grading.SET_OFF_BEST)
