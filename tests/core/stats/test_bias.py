"""Tests for what sways comparisons."""

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare, false_discovery_control

from core.stats import bias


def test_each_person_has_the_exact_chance() -> None:
    person = np.repeat([0, 1, 2], [40, 10, 30])
    first = np.r_[np.ones(32, bool), np.zeros(8, bool), np.arange(10) < 5, np.arange(30) < 12]
    found = bias.by_person(first, person, 4)
    known = [binomtest(k, n).pvalue for k, n in ((32, 40), (5, 10), (12, 30))]
    assert found.chance == pytest.approx([*known, 1])
    assert found.adjusted[:3] == pytest.approx(false_discovery_control(known))
    assert found.biased.tolist() == [True, False, False, False]


def test_an_unbiased_team_is_seldom_accused() -> None:
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(20), 60)
    accused = [bias.by_person(rng.random(1200) < 0.5, person, 20).biased.any() for _ in range(100)]
    assert np.mean(accused) <= 0.08


def test_the_teams_share_knows_that_people_differ() -> None:
    rng, covered = np.random.default_rng(2), 0
    for _ in range(200):
        own = np.clip(rng.normal(0.56, 0.12, 10), 0, 1)
        person = np.repeat(np.arange(10), 80)
        found = bias.share(rng.random(800) < own[person], person)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.56 <= found.high
    assert 0.91 <= covered / 200 <= 0.99


def test_no_decided_comparison_is_no_share() -> None:
    found = bias.share(np.zeros(0, bool), np.zeros(0, int))
    assert (found.share, found.n, found.why) == (None, 0, bias.NONE_DECIDED)


def test_one_persons_share_has_wilsons_interval() -> None:
    found = bias.share(np.arange(10) < 7, np.zeros(10, int))
    known = binomtest(7, 10).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((known.low, known.high))


def test_swapped_pairs_give_the_flip_rate() -> None:
    found = bias.flip_rate(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]))
    assert found is not None
    assert (found.value, found.n) == (0.25, 4)
    assert bias.flip_rate(np.zeros(0, int), np.zeros(0, int)) is None


def test_a_broken_randomiser_is_found() -> None:
    found = bias.fairness([620, 380])
    assert found is not None
    assert (found.statistic, found.chance) == pytest.approx(tuple(chisquare([620, 380])))
    assert found.broken
    fair = bias.fairness([505, 495])
    assert fair is not None
    assert not fair.broken
    assert bias.fairness([0, 0]) is None
