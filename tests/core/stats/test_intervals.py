"""Intervals against scipy's own and against what they promise."""

from random import Random

import pytest
from scipy.stats import binomtest

from core.stats import intervals


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (8, 10), (10, 10), (45, 50), (799, 1000)])
def test_a_share_has_wilsons_interval(k: int, n: int) -> None:
    found = intervals.share(k, n)
    known = binomtest(k, n).proportion_ci(method="wilson")
    assert found is not None
    assert (found.value, found.n) == (k / n, n)
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=1e-9)


def test_nothing_observed_has_no_interval() -> None:
    assert intervals.share(0, 0) is None


@pytest.mark.parametrize(("k", "n", "judgement"), [(99, 100, "pass"), (50, 100, "below"), (8, 10, "measuring")])
def test_a_bar_is_judged_by_the_interval(k: int, n: int, judgement: str) -> None:
    assert intervals.judged(intervals.share(k, n), 0.8) == judgement


def test_no_measurement_is_no_judgement() -> None:
    assert intervals.judged(None, 0.8) == "measuring"


def test_a_rate_covers_the_truth_about_as_often_as_it_says() -> None:
    rng, truth, covered = Random(5), 30.0, 0
    for _ in range(300):
        hours = [rng.uniform(1, 5) for _ in range(12)]
        labels = [h * truth * rng.uniform(0.7, 1.3) for h in hours]
        found = intervals.ratio(labels, hours)
        assert found is not None
        covered += found.low <= truth <= found.high
    assert 0.9 <= covered / 300 <= 0.99


def test_a_rate_over_two_days_has_no_interval() -> None:
    assert intervals.ratio([10, 20], [1, 2]) is None


def test_a_rate_of_one_busy_day_among_idle_ones_has_no_interval() -> None:
    assert intervals.ratio([10, 0, 0], [1, 1, 1]) is None


def test_a_mean_of_counts_never_goes_below_nothing() -> None:
    found = intervals.mean([0, 0, 30])
    assert found is not None
    assert (found.value, found.low) == (10, 0)
    assert found.high > 10


def test_two_days_make_no_mean() -> None:
    assert intervals.mean([3, 4]) is None


def test_a_share_lies_in_its_own_interval_to_the_last_digit() -> None:
    for n in range(1, 200):
        for successes in (0, n):
            found = intervals.share(successes, n)
            assert found is not None
            assert found.low <= found.value <= found.high
