"""Whatever the shape of the labels, each figure is a number with its n or a sentence that says why not."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from core.stats import (
    agreement,
    bias,
    consensus,
    crowdlab,
    distances,
    drift,
    grading,
    judges,
    leaderboard,
    overlap,
    pairs,
    people,
    replay,
    speed,
    truth,
    votes as columns,
)
from core.stats.labels import Codes, Labels
from core.stats.votes import Votes


def odd_labels(rng: np.random.Generator) -> tuple[Labels, Codes]:
    """From nothing at all to five items, with people, items and classes that nobody used."""
    items, annotators, classes = (int(rng.integers(low, 6)) for low in (0, 0, 1))
    n = int(rng.integers(0, 3 * items * annotators + 1))
    item, person = rng.integers(0, max(items, 1), n), rng.integers(0, max(annotators, 1), n)
    code = rng.integers(-1, classes, n) if rng.random() < 0.7 else np.zeros(n, int)
    labels = Labels.of(item, person, code, items=items, annotators=annotators, classes=classes)
    return labels, rng.integers(-1, classes, items)


def figures(labels: Labels, gold: Codes, rng: np.random.Generator) -> Iterator[Callable[[], Any]]:
    table, k = agreement.tabled(labels), labels.classes
    for draw in (None, rng):
        yield lambda draw=draw: agreement.percent(table, draw)
        yield lambda draw=draw: agreement.alpha_nominal(table, draw)
        yield lambda draw=draw: agreement.alpha_ordinal(table, draw)
        yield lambda draw=draw: agreement.alpha_interval(table, np.arange(k), draw)
        yield lambda draw=draw: agreement.ac(table, agreement.ordinal_weights(k), draw)
        yield lambda draw=draw: agreement.specific(table, k - 1, draw)
    yield lambda: agreement.alpha_of_values(labels.item, labels.code * 1.0)
    yield lambda: pairs.alpha_of_pool(labels, distances.nominal(k), rng, resamples=20)


def other_figures(labels: Labels, gold: Codes, rng: np.random.Generator) -> Iterator[Callable[[], Any]]:
    n, k, people_ = labels.items, labels.classes, labels.annotators
    known = np.where(gold < 0, np.nan, gold)
    yield lambda: pairs.between_people(labels)
    yield lambda: grading.appraise(labels, gold)
    yield lambda: crowdlab.crowdlab(labels, np.full((n, k), 1 / k))
    yield lambda: consensus.medoids(labels, distances.nominal(k))
    yield lambda: grading.appraise_scores(
        labels.item, labels.annotator, labels.code * 1.0, annotators=people_, gold=known
    )
    yield lambda: people.accuracy(*people.gold_counts(labels, gold))
    yield lambda: (people.peer_agreement(labels), people.consensus_agreement(labels))
    yield lambda: people.informativeness(truth.map_dawid_skene(labels, gold))
    yield lambda: speed.adjusted(labels.item, labels.annotator, rng.random(len(labels)), people_, rng.random(n))
    yield lambda: speed.speeding(labels.annotator, rng.random(len(labels)) < 0.5, people_)
    yield lambda: judges.alt_test(labels, gold, 0.2, at_least=2)
    yield lambda: judges.alt_test_of_scores(labels.item, labels.annotator, labels.code * 1.0, known, 0.2, at_least=2)
    yield lambda: replay.replay(labels, overlap.Policy(1, 3), rng, gold, repeats=1)
    yield lambda: overlap.audited(labels, np.ones(labels.items, bool), overlap.Policy(1, 3), 0.5, gold)


@pytest.mark.parametrize("seed", range(25))
def test_odd_labels_never_break_a_figure(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, gold = odd_labels(rng)
    for figure in figures(labels, gold, rng):
        found = figure()
        assert (found.value is None) == (found.why is not None and found.why != agreement.ONE_UNIT) or found.low is None
        assert (
            found.value is None
            or np.isfinite([found.value, *([found.low, found.high] if found.low is not None else [])]).all()
        )
    for figure in other_figures(labels, gold, rng):
        figure()


@pytest.mark.parametrize("seed", range(25))
def test_odd_comparisons_never_break_a_leaderboard(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, models = int(rng.integers(0, 15)), int(rng.integers(2, 5))
    left = rng.integers(0, models, n)
    outcome = rng.integers(0, 3, n) if seed % 2 else np.zeros(n, int)
    extra = rng.normal(0, 1, (n, 1)) if seed % 3 == 0 else None
    right = (left + rng.integers(1, models, n)) % models
    votes = Votes.of(left, right, outcome, rng.integers(0, 3, n), covariates=extra)
    found = leaderboard.leaderboard(votes)
    assert found.ratings or found.why
    for rating in found.ratings:
        assert np.isfinite([rating.low, rating.score, rating.high]).all()
        assert rating.low < rating.score < rating.high
        assert rating.rank_low <= rating.rank <= rating.rank_high
    leaderboard.votes_to_flip(votes)
    columns.win_rates(votes)
    bias.share(outcome == 0, left)
    bias.by_person(outcome == 0, left, models)
    drift.cusum(outcome == 0)


def test_a_project_without_classes_or_labels_has_reasons_for_everything() -> None:
    labels = Labels.of([], [], [], items=5)
    assert agreement.percent(agreement.tabled(labels)).why == agreement.NO_LABELS
    assert grading.appraise(labels).why == grading.NOTHING_YET
    assert truth.map_dawid_skene(labels).best.tolist() == [-1] * 5
