"""Scores with biased people, posterior means and medoids."""

import numpy as np
import pytest

from core.errors import InvalidInput
from core.stats import consensus, distances, grading
from core.stats.labels import Labels


def test_a_lenient_person_is_seen_and_set_off() -> None:
    rng = np.random.default_rng(2)
    quality, bias, spread = rng.normal(5, 2, 200), np.array([0, 1.5, -1.0, 0.2]), np.array([0.3, 0.5, 0.5, 1.5])
    item, person = np.repeat(np.arange(200), 2), np.array([rng.permutation(4)[:2] for _ in range(200)]).ravel()
    scores = quality[item] + bias[person] + rng.normal(0, spread[person])
    found = consensus.adjusted_mean(item, person, scores, 200, 4)
    plain = np.bincount(item, scores) / 2
    assert found.bias - found.bias[0] == pytest.approx(bias, abs=0.3)
    assert found.spread.argmax() == 3
    centred = quality - quality.mean()
    assert np.std(found.value - found.value.mean() - centred) < 0.75 * np.std(plain - plain.mean() - centred)


def test_intervals_of_items_cover() -> None:
    rng = np.random.default_rng(12)
    quality, bias = rng.normal(5, 2, 400), rng.normal(0, 0.5, 8)
    bias -= bias.mean()
    item, person = np.repeat(np.arange(400), 3), np.array([rng.permutation(8)[:3] for _ in range(400)]).ravel()
    found = consensus.adjusted_mean(item, person, quality[item] + bias[person] + rng.normal(0, 1, 1200), 400, 8)
    assert 0.92 <= np.mean((found.low <= quality) & (quality <= found.high)) <= 0.985


@pytest.mark.parametrize(
    ("item", "person", "scores"), [([0], [0], [3.0]), ([0, 1], [0, 0], [3.0, 4.0]), ([0, 0], [0, 1], [2.0, 2.0])]
)
def test_small_shapes_keep_their_scores(item: list[int], person: list[int], scores: list[float]) -> None:
    found = consensus.adjusted_mean(np.array(item), np.array(person), scores, 3, 2)
    mean = np.bincount(item, scores, 3) / np.maximum(np.bincount(item, minlength=3), 1)
    seen = np.bincount(item, minlength=3) > 0
    assert found.value[seen] == pytest.approx(mean[seen])
    assert np.isnan(found.value[~seen]).all()
    assert np.isfinite(found.bias).all()


def test_no_scores_say_so() -> None:
    found = consensus.adjusted_mean(np.zeros(0, int), np.zeros(0, int), [], 2, 1)
    assert (found.why, np.isnan(found.value).all()) == (consensus.NO_SCORES, True)


def test_scores_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(InvalidInput):
        consensus.adjusted_mean(np.array([0]), np.array([0]), [float("inf")], 1, 1)


def test_the_mean_of_an_ordered_scale_has_a_range() -> None:
    found = consensus.posterior_mean(np.array([[0.0, 1.0, 0.0], [0.1, 0.2, 0.7], [1 / 3, 1 / 3, 1 / 3]]), [1, 2, 3])
    assert found.value == pytest.approx([2, 2.6, 2])
    assert found.low.tolist() == [2, 1, 1]
    assert found.high.tolist() == [2, 3, 3]


def test_the_medoid_is_the_answer_nearest_to_the_others() -> None:
    distance = distances.jaccard([frozenset("a"), frozenset("ab"), frozenset("bc")])
    labels = Labels.of([0, 0, 0, 1, 2, 2], [0, 1, 2, 0, 0, 1], [0, 1, 2, 2, 0, 2], items=4, classes=3)
    found = consensus.medoids(labels, distance)
    assert found.code.tolist() == [1, 2, 0, -1]
    assert found.tied.tolist() == [False, False, True, False]
    assert found.distance[:3] == pytest.approx([(0.5 + 2 / 3) / 3, 0, 0.5])


def test_the_say_of_people_moves_the_medoid() -> None:
    labels = Labels.of([0, 0, 0], [0, 1, 2], [0, 0, 1], classes=2)
    assert consensus.medoids(labels, distances.nominal(2)).code.tolist() == [0]
    assert consensus.medoids(labels, distances.nominal(2), np.array([0.2, 0.2, 1.0])).code.tolist() == [1]
    assert consensus.medoid(np.array([[0, 1, 1], [1, 0, 0.5], [1, 0.5, 0]])) == 1


def _graded(seed: int, lean: float, gold_items: int) -> grading.ScoreAppraisal:
    rng = np.random.default_rng(seed)
    quality = rng.normal(5, 1, 100)
    item, person = np.repeat(np.arange(100), 2), np.array([rng.permutation(5)[:2] for _ in range(100)]).ravel()
    bias = np.array([-2, -1, 0, 1, 2]) * lean
    scores = quality[item] + bias[person] + rng.normal(0, 0.5, 200)
    gold = np.where(np.arange(100) < gold_items, quality, np.nan)
    return grading.appraise_scores(item, person, scores, annotators=5, gold=gold)


def test_where_people_lean_the_adjusted_mean_is_recommended() -> None:
    found = _graded(1, 1.0, 60)
    assert (found.recommended, found.why) == ("adjusted_mean", grading.SET_OFF_BEST)
    assert found.error["adjusted_mean"].value < 0.8 * found.error["mean"].value
    assert found.error["mean"].n == 60


def test_without_gold_scores_are_adjusted_and_it_says_unchecked() -> None:
    found = _graded(1, 1.0, 0)
    assert (found.recommended, found.why, dict(found.error)) == ("adjusted_mean", grading.SET_OFF, {})


def test_the_plain_mean_is_kept_where_gold_favours_it() -> None:
    """Gold that leans as the lenient one does: setting leniency off moves away from it."""
    item, person = np.array([(at, at % 2) for at in range(40)]).T
    scores = np.where(person == 0, 3.0, 1.0)
    found = grading.appraise_scores(np.r_[item, item[:4]], np.r_[person, 1 - person[:4]], np.r_[scores, 4 - scores[:4]],
                                    annotators=2, gold=scores)  # fmt: skip
    assert (found.recommended, found.why) == ("mean", grading.PLAIN_BEST)


def test_no_scores_recommend_nothing_in_particular() -> None:
    found = grading.appraise_scores(
        np.zeros(0, int), np.zeros(0, int), np.zeros(0), annotators=0, gold=np.full(2, np.nan)
    )
    assert (found.recommended, found.why) == ("mean", grading.NOTHING_YET)


def test_the_plain_mean_covers_where_nobody_leans() -> None:
    rng = np.random.default_rng(3)
    quality = rng.normal(0, 1, 500)
    item = np.repeat(np.arange(500), 3)
    found = consensus.plain_mean(item, quality[item] + rng.normal(0, 1, 1500), 500, 3)
    assert 0.92 <= np.mean((found.low <= quality) & (quality <= found.high)) <= 0.985
