"""The alt-test against the authors' procedure written out, and prediction-powered means that cover."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from core.stats import judges
from core.stats.labels import Labels


def _by_hand(said: Any, judge: Any, epsilon: float) -> tuple[float, float]:
    """Items x people; as the paper tells it, one item and one person at a time."""
    chances, advantages = [], []
    for person in range(said.shape[1]):
        machine, human = [], []
        for row, guess in zip(said, judge, strict=True):
            others = np.delete(row, person)
            others = others[others >= 0]
            if row[person] < 0 or guess < 0 or not len(others):
                continue
            ours, its = np.mean(others == row[person]), np.mean(others == guess)
            machine.append(its >= ours)
            human.append(ours >= its)
        lost = np.array(human, float) - machine
        chances.append(ttest_1samp(lost, epsilon, alternative="less").pvalue)
        advantages.append(np.mean(machine))
    order, m = np.sort(chances), len(chances)
    limits = 0.05 * np.arange(1, m + 1) / (m * np.sum(1 / np.arange(1, m + 1)))
    passed = np.flatnonzero(order <= limits)
    return (passed[-1] + 1 if len(passed) else 0) / m, float(np.mean(advantages))


def _labels(said: Any, classes: int = 3) -> Labels:
    item, person = np.indices(said.shape).reshape(2, -1)
    return Labels.of(item, person, said.ravel(), classes=classes)


@pytest.mark.parametrize(("skill", "epsilon"), [(0.9, 0.1), (0.7, 0.15), (0.5, 0.2), (0.2, 0.2)])
def test_the_alt_test_is_the_authors(skill: float, epsilon: float) -> None:
    rng = np.random.default_rng(int(skill * 10))
    known = rng.integers(0, 3, 120)
    said = np.where(rng.random((120, 4)) < 0.7, known[:, None], rng.integers(0, 3, (120, 4)))
    said = np.where(rng.random((120, 4)) < 0.2, -1, said)
    judge = np.where(rng.random(120) < 0.05, -1, np.where(rng.random(120) < skill, known, rng.integers(0, 3, 120)))
    found = judges.alt_test(_labels(said), judge, epsilon)
    assert (found.winning, found.advantage) == pytest.approx(_by_hand(said, judge, epsilon))
    assert found.annotators == 4


def test_a_judge_as_good_as_the_truth_passes_and_a_coin_does_not() -> None:
    rng = np.random.default_rng(1)
    known = rng.integers(0, 3, 150)
    said = np.where(rng.random((150, 3)) < 0.8, known[:, None], rng.integers(0, 3, (150, 3)))
    good, coin = (judges.alt_test(_labels(said), judge, 0.15) for judge in (known, rng.integers(0, 3, 150)))
    assert (good.passed, coin.passed) == (True, False)
    assert good.replaced.tolist() == [0, 1, 2]
    assert good.advantage is not None
    assert coin.advantage is not None
    assert good.advantage > coin.advantage


def test_a_judge_of_scores_is_tested_by_distance() -> None:
    rng = np.random.default_rng(2)
    quality = rng.normal(0, 2, 100)
    item, person = np.indices((100, 3)).reshape(2, -1)
    scores = quality[item] + rng.normal(0, 1, 300)
    good = judges.alt_test_of_scores(item, person, scores, quality, 0.2)
    bad = judges.alt_test_of_scores(item, person, scores, rng.normal(0, 2, 100), 0.2)
    assert (good.winning, bad.winning) == (1, 0)


def test_a_copy_of_a_person_ties_with_that_person() -> None:
    item, person = np.indices((40, 2)).reshape(2, -1)
    scores = np.arange(80) % 7 * 0.1
    found = judges.alt_test_of_scores(item, person, scores, scores[person == 0], 0.2)
    assert found.advantage is not None
    assert found.chance[0] == 0
    assert found.why == judges.TOO_FEW_PEOPLE


@pytest.mark.parametrize("said", [np.zeros((5, 3), int), np.zeros((50, 1), int), np.full((50, 2), -1)])
def test_too_little_to_test_says_so(said: Any) -> None:
    found = judges.alt_test(_labels(said), np.zeros(len(said), int), 0.2)
    assert (found.winning, found.passed, found.why) == (None, None, judges.TOO_FEW_ITEMS)


def test_under_thirty_items_ranks_are_used_where_allowed() -> None:
    said = np.zeros((20, 3), int)
    found = judges.alt_test(_labels(said), np.zeros(20, int), 0.2, at_least=10)
    assert found.winning == 1


def test_a_biased_judge_narrows_the_estimate_without_bending_it() -> None:
    rng, covered, narrower, runs = np.random.default_rng(3), 0, 0.0, 300
    for _ in range(runs):
        known = (rng.random(1100) < 0.3) * 1.0
        judge = np.where(rng.random(1100) < 0.9, known, 1.0)
        found = judges.predicted_mean(judge[100:], judge[:100], known[:100])
        assert found is not None
        covered += found.low <= 0.3 <= found.high
        narrower += (found.high - found.low) / (2 * 1.96 * known[:100].std() / 10)
    assert 0.92 <= covered / runs <= 0.985
    assert narrower / runs < 0.9


def test_one_human_value_is_no_estimate() -> None:
    assert judges.predicted_mean([1.0, 0.0, 1.0], [1.0], [1.0]) is None
