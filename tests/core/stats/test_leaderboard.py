"""Comparisons: scores against oracles, intervals that cover, ranks, ties, covariates, connectivity and fragility."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from core.errors import InvalidInput
from core.stats import bradley_terry, leaderboard, votes as columns
from core.stats.votes import LEFT, RIGHT, TIE, Votes

ORACLE = json.loads((Path(__file__).parent / "golden" / "comparisons.json").read_text())


def made_up(
    rng: np.random.Generator,
    score: Any,
    *,
    annotators: int = 10,
    each: int = 100,
    taste: float = 0.0,
    log_ties: float | None = None,
    pull: Any = None,
) -> Votes:
    """People compare random pairs; `taste` is how much a person's own scores differ; `pull` the covariates' weights."""
    score = np.asarray(score, float)
    n, models = annotators * each, len(score)
    left = rng.integers(0, models, n)
    right = (left + rng.integers(1, models, n)) % models
    who = np.repeat(np.arange(annotators), each)
    own = score + rng.normal(0, taste, (annotators, models))
    extra = rng.normal(0, 1, (n, 0 if pull is None else len(pull)))
    gap = own[who, left] - own[who, right] + (extra @ pull if pull is not None else 0)
    odds = np.exp(np.stack([gap / 2, -gap / 2, np.full(n, -40 if log_ties is None else log_ties)]))
    outcome = (rng.random(n) > (odds / odds.sum(axis=0)).cumsum(axis=0)).sum(axis=0)
    return Votes.of(left, right, outcome, who, models=models, covariates=extra)


@pytest.mark.parametrize("row", ORACLE)
def test_scores_equal_the_oracles(row: dict[str, Any]) -> None:
    left, right, outcome = (np.array(row[name]) for name in ("left", "right", "outcome"))
    tied = outcome == TIE
    halves = (
        np.r_[left, left[tied]],
        np.r_[right, right[tied]],
        np.r_[np.where(tied, LEFT, outcome), [RIGHT] * tied.sum()],
    )
    if tied.any():  # evalica counts a tie as half a win for each: here every win is written twice instead
        decided = ~tied
        halves = tuple(
            np.r_[column, extra[decided]] for column, extra in zip(halves, (left, right, outcome), strict=True)
        )
    votes = Votes.of(*halves, np.zeros(len(halves[0]), int), models=row["models"])
    found = bradley_terry.fit(votes)
    assert found.score == pytest.approx(np.array(row["evalica"]), abs=1e-8)
    if "choix" in row:
        assert found.score == pytest.approx(np.array(row["choix"]), abs=1e-7)


def test_ties_do_not_shrink_the_scale() -> None:
    score = np.array([0.8, 0.2, -0.2, -0.8])
    votes = made_up(np.random.default_rng(1), score, each=1500, log_ties=0.3)
    found = leaderboard.leaderboard(votes)
    scores = {rating.model: rating.score for rating in found.ratings}
    assert [scores[model] for model in range(4)] == pytest.approx(score, abs=0.08)
    assert found.tie_strength == pytest.approx(np.exp(0.3), rel=0.08)


def test_planted_effects_of_position_and_length_are_found() -> None:
    votes = made_up(np.random.default_rng(2), [0.5, 0, -0.5], annotators=20, each=400, pull=np.array([0.15, 0.30]))
    found = leaderboard.leaderboard(votes)
    for effect, planted in zip(found.effects, (0.15, 0.30), strict=True):
        assert effect is not None
        assert effect.low < planted < effect.high
        assert effect.value == pytest.approx(planted, abs=0.06)


def test_an_effect_that_never_varies_is_none() -> None:
    rng = np.random.default_rng(2)
    plain = made_up(rng, [0.5, 0, -0.5])
    votes = Votes.of(plain.left, plain.right, plain.outcome, plain.annotator, covariates=np.zeros(len(plain)))
    assert leaderboard.leaderboard(votes).effects == (None,)


def test_intervals_cover_though_people_have_tastes() -> None:
    rng, truth = np.random.default_rng(3), np.array([0.6, 0.2, -0.2, -0.6])
    covered, naive, runs = 0.0, 0.0, 60
    for _ in range(runs):
        votes = made_up(rng, truth, annotators=10, each=100, taste=0.5)
        found = leaderboard.leaderboard(votes)
        inside = [rating.low <= truth[rating.model] <= rating.high for rating in found.ratings]
        fitted = bradley_terry.fit(votes)
        single = np.sqrt(leaderboard.covariances(votes, fitted).single.diagonal()[:4])
        covered += np.mean(inside)
        naive += np.mean(np.abs(fitted.score - truth) <= 1.96 * single)
    assert 0.90 <= covered / runs <= 0.99
    assert naive / runs < 0.85


def test_ranks_are_ranges() -> None:
    votes = made_up(np.random.default_rng(4), [2.0, 0.02, 0.0, -2.0], annotators=12, each=100)
    found = leaderboard.leaderboard(votes)
    ranges = {rating.model: (rating.rank_low, rating.rank_high) for rating in found.ratings}
    assert (ranges[0], ranges[3]) == ((1, 1), (4, 4))
    assert ranges[1] == ranges[2] == (2, 3)
    assert [rating.rank for rating in found.ratings] == [1, 2, 3, 4]


def test_wins_losses_and_ties_are_counted() -> None:
    votes = Votes.of([0, 1, 0, 1], [1, 0, 1, 0], [LEFT, LEFT, TIE, RIGHT], [0, 0, 1, 1])
    first, second = sorted(leaderboard.leaderboard(votes).ratings, key=lambda rating: rating.model)
    assert (first.wins, first.losses, first.ties) == (2, 1, 1)
    assert (second.wins, second.losses, second.ties) == (1, 2, 1)
    won, tied = votes.wins()
    assert (won.tolist(), tied.tolist()) == ([[0, 2], [1, 0]], [[0, 1], [1, 0]])


def test_models_that_were_never_linked_have_no_scores() -> None:
    found = leaderboard.leaderboard(Votes.of([0, 2], [1, 3], [LEFT, LEFT], [0, 0]))
    assert (found.ratings, found.why) == ((), leaderboard.NOT_CONNECTED)
    assert found.groups.tolist() == [0, 0, 1, 1]
    assert leaderboard.votes_to_flip(Votes.of([0, 2], [1, 3], [LEFT, LEFT], [0, 0])) is None


def test_no_comparisons_say_so() -> None:
    found = leaderboard.leaderboard(Votes.of([], [], [], []))
    assert (found.ratings, found.why, found.comparisons) == ((), leaderboard.NO_VOTES, 0)


def test_a_model_that_never_lost_is_held_finite_and_says_so() -> None:
    found = leaderboard.leaderboard(Votes.of([0] * 5 + [1], [1] * 5 + [2], [LEFT] * 6, [0, 1, 0, 1, 0, 1]))
    assert found.why == leaderboard.HELD_FINITE
    assert [rating.model for rating in found.ratings] == [0, 1, 2]
    assert all(abs(rating.score) < 10 for rating in found.ratings)


def test_one_voter_is_named() -> None:
    found = leaderboard.leaderboard(Votes.of([0, 0, 1], [1, 1, 0], [LEFT, LEFT, LEFT], [7, 7, 7]))
    assert (found.why, found.interval, found.annotators) == (leaderboard.ONE_VOTER, "by comparison", 1)


def test_only_ties_put_nobody_ahead() -> None:
    found = leaderboard.leaderboard(Votes.of([0, 1], [1, 2], [TIE, TIE], [0, 1]))
    assert (found.ratings, found.why) == ((), leaderboard.ONLY_TIES)


@pytest.mark.parametrize(
    "wrong", [([0], [0], [LEFT], [0]), ([0], [1], [3], [0]), ([0], [-1], [LEFT], [0]), ([0, 1], [1], [LEFT], [0])]
)
def test_comparisons_that_are_none_are_refused(wrong: tuple[list[int], ...]) -> None:
    with pytest.raises(InvalidInput):
        Votes.of(*wrong)


def test_covariates_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(InvalidInput):
        Votes.of([0], [1], [LEFT], [0], covariates=[float("nan")])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_names_and_sides_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    votes = made_up(rng, rng.normal(0, 0.5, 4), annotators=4, each=60, log_ties=-0.5)
    swap = rng.random(len(votes)) < 0.5
    names = rng.permutation(4)
    left, right = np.where(swap, votes.right, votes.left), np.where(swap, votes.left, votes.right)
    outcome = np.where(swap & (votes.outcome != TIE), 1 - votes.outcome, votes.outcome)
    order = rng.permutation(len(votes))
    moved = Votes.of(names[left][order], names[right][order], outcome[order], votes.annotator[order], models=4)
    before = {names[rating.model]: rating for rating in leaderboard.leaderboard(votes).ratings}
    for rating in leaderboard.leaderboard(moved).ratings:
        known = before[rating.model]
        assert (rating.score, rating.low, rating.high) == pytest.approx((known.score, known.low, known.high), abs=1e-7)
        assert (rating.rank_low, rating.rank_high) == (known.rank_low, known.rank_high)


def test_a_narrow_lead_falls_with_a_few_votes() -> None:
    votes = Votes.of([0] * 11 + [0] * 10, [1] * 21, [LEFT] * 11 + [RIGHT] * 10, [0, 1, 2] * 7)
    found = leaderboard.votes_to_flip(votes)
    assert found == leaderboard.Fragility(2, 0, 1, 21)


def test_a_clear_lead_needs_many_votes() -> None:
    votes = made_up(np.random.default_rng(5), [1.5, 0.0, -1.0], annotators=5, each=60)
    found = leaderboard.votes_to_flip(votes)
    assert found is not None
    assert found.top == 0
    assert found.votes is None or found.votes > 20


def test_connectivity_tells_one_way_from_both_ways() -> None:
    assert columns.connectivity(Votes.of([0], [1], [LEFT], [0]))[1] is False
    assert columns.connectivity(Votes.of([0, 1], [1, 0], [LEFT, LEFT], [0, 0]))[1] is True
    linked, finite = columns.connectivity(Votes.of([0], [1], [TIE], [0]))
    assert (linked.tolist(), finite) == ([0, 0], False)


def test_win_rates_count_a_tie_as_half() -> None:
    found = columns.win_rates(Votes.of([0, 0, 0], [1, 1, 1], [LEFT, TIE, TIE], [0, 0, 1], models=3))
    assert found.share[0, 1] == pytest.approx(2 / 3)
    assert found.share[1, 0] == pytest.approx(1 / 3)
    assert np.isnan(found.share[0, 2])
    assert found.n[0].tolist() == [0, 3, 0]
