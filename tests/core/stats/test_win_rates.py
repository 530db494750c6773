"""Win rates at equal length, the matrix, the arena's scale; means and shares of clustered observations."""

import numpy as np
import pytest

from core.stats import clustered, win_rates
from core.stats.bias import fairness_of_all, needed, noticeable
from core.stats.intervals import share
from core.stats.votes import LEFT, RIGHT, TIE, Votes


def made(n: int, *, length: float, seed: int = 1) -> Votes:
    """Three models of equal worth; the third always writes twice as much."""
    rng = np.random.default_rng(seed)
    left = rng.integers(0, 3, n)
    right = (left + rng.integers(1, 3, n)) % 3
    longer = ((left == 2) * 1.0 - (right == 2)) / 3 + rng.normal(0, 0.15, n)
    odds = np.stack([np.exp(length * longer / 2), np.exp(-length * longer / 2), np.full(n, 0.3)])
    outcome = (rng.random(n) > np.cumsum(odds / odds.sum(axis=0), axis=0)).sum(axis=0)  # Davidson's model
    first = rng.choice([-1.0, 1.0], n)
    return Votes.of(left, right, outcome, rng.integers(0, 12, n), covariates=np.stack([first, longer], axis=1))


def test_what_length_alone_won_is_gone_at_equal_length() -> None:
    votes = made(6000, length=3.0)
    raw, found = win_rates.raw(votes), win_rates.swayed(votes)
    assert raw[2] is not None
    assert raw[2].value > 0.6
    assert found.effects[1] is not None
    assert found.effects[1].low < 3.0 < found.effects[1].high
    for rate in found.rates:
        assert rate is not None
        assert rate.low <= 0.5 <= rate.high
        assert rate.value == pytest.approx(0.5, abs=0.05)


def test_without_covariates_the_fitted_rate_is_the_counted_one() -> None:
    """At the maximum of Davidson's likelihood each model's expected wins are its wins, ties half."""
    votes = made(900, length=1.0)
    bare = Votes.of(votes.left, votes.right, votes.outcome, votes.annotator)
    for raw, rate in zip(win_rates.raw(bare), win_rates.swayed(bare).rates, strict=True):
        assert raw is not None
        assert rate is not None
        assert rate.value == pytest.approx(raw.value, abs=1e-6)


def test_intervals_at_equal_length_cover() -> None:
    inside = 0
    for seed in range(60):
        rate = win_rates.swayed(made(400, length=2.0, seed=seed)).rates[0]
        assert rate is not None
        inside += rate.low <= 0.5 <= rate.high
    assert inside >= 54


def test_the_matrix_is_two_sided_and_empty_where_nobody_met() -> None:
    votes = Votes.of([0, 1, 0, 2], [1, 0, 1, 1], [LEFT, LEFT, TIE, RIGHT], [0, 1, 2, 0])
    found = win_rates.matrix(votes)
    assert (found[0, 1].value, found[0, 1].n) == (0.5, 3)
    assert found[1, 2].value == 1.0
    assert found[2, 1].value == 0.0
    assert (0, 2) not in found


def test_arena_points_are_those_of_bradley_terry_with_half_wins() -> None:
    votes = Votes.of([0] * 100, [1] * 100, [LEFT] * 70 + [RIGHT] * 20 + [TIE] * 10, np.arange(100) % 5)
    found = win_rates.arena(votes)
    assert found.points[0] - found.points[1] == pytest.approx(400 * np.log10(75 / 25), abs=1e-6)
    assert found.points.mean() == pytest.approx(1000)
    assert (found.low < found.points).all()
    alone = win_rates.arena(Votes.of([0, 1], [1, 0], [LEFT, LEFT], [0, 0]))
    assert np.isfinite(alone.low).all()


def test_models_without_a_common_scale_have_no_rates_at_equal_length() -> None:
    votes = Votes.of([0, 2], [1, 3], [LEFT, LEFT], [0, 0], covariates=np.array([[1.0, 0.2], [1.0, 0.1]]))
    found = win_rates.swayed(votes)
    assert found.rates == ()
    assert found.why is not None


# Clusters -------------------------------------------------------------------------------------------------------------


def test_one_cluster_an_observation_is_the_plain_interval_of_a_mean() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    found = clustered.mean(values, np.arange(5))
    assert found is not None
    assert (found.value, found.n) == (3.0, 5)
    assert found.high - found.value == pytest.approx(2.776 * values.std(ddof=1) / np.sqrt(5), abs=1e-3)


def test_clusters_widen_and_weights_count() -> None:
    values, item = np.repeat([1.0, 5.0, 3.0, 4.0], 10), np.repeat(np.arange(4), 10)
    by_item, by_row = clustered.mean(values, item), clustered.mean(values, np.arange(40))
    assert by_item is not None
    assert by_row is not None
    assert by_item.high - by_item.low > 2 * (by_row.high - by_row.low)
    weighed = clustered.mean(np.array([1.0, 1.0, 4.0]), np.array([0, 0, 1]), weight=np.array([0.5, 0.5, 1.0]))
    assert weighed is not None
    assert weighed.value == 2.5


def test_equal_values_leave_doubt_on_a_scale_and_are_no_figure_without_one() -> None:
    same, items = np.full(6, 5.0), np.arange(6)
    found = clustered.mean(same, items, low=1, high=5)
    assert found is not None
    assert found.low < 4
    assert found.high == 5
    assert clustered.mean(same, items) is None
    assert clustered.mean(same[:3], np.zeros(3, np.int64)) is None
    assert clustered.mean(np.zeros(0), np.zeros(0, np.int64)) is None


def test_a_share_is_never_surer_than_wilson() -> None:
    found, single = clustered.share(np.ones(4), np.arange(4) // 2), share(4, 4)
    assert found is not None
    assert single is not None
    assert found.low <= single.low
    assert clustered.share(np.zeros(0), np.zeros(0, np.int64)) is None


def test_shares_cover_when_people_differ() -> None:
    rng, inside = np.random.default_rng(3), 0
    for _ in range(300):
        taste = rng.beta(4, 4, 12)
        person = np.repeat(np.arange(12), 25)
        found = clustered.share(rng.random(300) < taste[person], person)
        assert found is not None
        inside += found.low <= 0.5 <= found.high
    assert 0.92 <= inside / 300 <= 0.99


# Bias -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share_of", "n"), [(0.55, 783), (0.575, 347), (0.6, 194), (0.52, 4904)])
def test_the_price_of_noticing_is_the_published_one(share_of: float, n: int) -> None:
    assert needed(share_of) == n
    assert noticeable(n) == pytest.approx(share_of, abs=2e-4)


def test_few_comparisons_notice_nothing() -> None:
    assert noticeable(0) is None
    assert noticeable(3) is None


def test_a_fair_order_is_told_from_a_broken_one_over_items_of_all_sizes() -> None:
    fair, broken = fairness_of_all([[52, 48], [10, 12, 8]]), fairness_of_all([[90, 10], [10, 12, 8]])
    assert fair is not None
    assert broken is not None
    assert (fair.broken, broken.broken, fair.n) == (False, True, 130)
    assert fairness_of_all([]) is None
