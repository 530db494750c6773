"""Truth inference against published accuracies, oracles, degenerate shapes and made-up teams."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from core.errors import InvalidInput
from core.stats import calibration, crowdlab, grading, truth
from core.stats.labels import MISSING, Codes, Labels
from tests.core.stats import sets

ORACLE = json.loads((Path(__file__).parent / "golden" / "truth.json").read_text())
FITS = [truth.majority, truth.dawid_skene, truth.one_coin, truth.map_dawid_skene]


def from_table(said: Any, classes: int | None = None) -> Labels:
    """Items x people, -1 = missing."""
    found = np.asarray(said)
    item, person = np.indices(found.shape).reshape(2, -1)
    return Labels.of(item, person, found.ravel(), items=len(found), annotators=found.shape[1], classes=classes)


@pytest.mark.parametrize("row", ORACLE)
def test_dawid_skene_equals_crowd_kits(row: dict[str, Any]) -> None:
    labels = from_table(row["labels"], row["classes"])
    for method, name in ((truth.dawid_skene, "dawid_skene"), (truth.one_coin, "one_coin")):
        known, rounds = row[name]
        found = method(labels)
        assert found.rounds == rounds
        assert found.probability == pytest.approx(np.array(known), abs=2e-10)


@pytest.mark.parametrize("row", ORACLE)
def test_crowdlab_equals_cleanlabs(row: dict[str, Any]) -> None:
    found = crowdlab.crowdlab(from_table(row["labels"], row["classes"]), np.array(row["model"]))
    assert found.probability == pytest.approx(np.array(row["crowdlab"]), abs=1e-12)


def test_sp_amt_has_its_published_accuracies() -> None:
    labels, gold = sets.sp_amt()
    assert np.mean(labels.code == gold[labels.item]) == pytest.approx(0.8935)
    found = grading.appraise(labels, gold)
    accuracy = {name: share.value for name, share in found.accuracy.items()}
    assert accuracy["majority"] == pytest.approx(0.943)
    assert accuracy["dawid_skene"] == pytest.approx(0.944)
    assert accuracy["one_coin"] == pytest.approx(0.946)
    assert accuracy["map_dawid_skene"] >= 0.94
    assert accuracy[found.recommended] >= accuracy["majority"]


def test_doubts_on_sp_amt_are_calibrated_by_a_hundred_gold() -> None:
    labels, gold = sets.sp_amt()
    shown = np.where(np.random.default_rng(4).permutation(len(gold)) < 100, gold, MISSING)
    blind = grading.held_out(labels, shown)
    found = calibration.calibrate(blind, shown)
    rest = shown == MISSING
    tempered = blind.tempered(found.temperature)
    right = (tempered.best == gold)[rest]
    error = calibration.calibration_error(tempered.confidence[rest], right * 1.0)
    raw = calibration.calibration_error(blind.confidence[rest], right * 1.0)
    assert (found.fitted, found.gold_items) == (True, 100)
    assert error is not None
    assert raw is not None
    assert error <= min(0.05, raw)


def test_a_tie_counts_as_chance_would() -> None:
    labels = from_table([[0, 1], [0, 0], [1, 1]])
    found = grading.accuracy(truth.majority(labels), np.array([1, 0, 0]))
    assert found is not None
    assert (found.value, found.n) == (pytest.approx(0.5), 3)


def test_a_careless_majority_is_overruled_by_people_who_know() -> None:
    rng = np.random.default_rng(1)
    known = rng.integers(0, 2, 300)
    skill = np.array([0.95, 0.95, 0.5, 0.5, 0.5])
    labels = from_table(np.where(rng.random((300, 5)) < skill, known[:, None], 1 - known[:, None]))
    right = {fit(labels).method: (fit(labels).best == known).mean() for fit in FITS}
    assert right["map_dawid_skene"] > right["majority"] + 0.05
    skills = np.einsum("wkk->w", truth.map_dawid_skene(labels).confusion) / 2
    assert skills == pytest.approx(skill, abs=0.09)


def test_gold_that_was_given_is_kept_and_teaches_the_matrices() -> None:
    rng = np.random.default_rng(3)
    known = rng.integers(0, 3, 200)
    contrary = (known + 1) % 3
    labels = from_table(np.column_stack([known, contrary, contrary]), 3)
    gold = np.where(np.arange(200) < 40, known, MISSING)
    found = truth.map_dawid_skene(labels, gold)
    assert (found.best[:40] == known[:40]).all()
    assert (truth.map_dawid_skene(labels).best == known).mean() < 0.2
    assert found.best[40:].tolist() == known[40:].tolist()


def test_an_items_own_gold_never_judges_it() -> None:
    rng = np.random.default_rng(5)
    labels, gold = from_table(rng.integers(0, 2, (400, 3))), rng.integers(0, 2, 400)
    found = grading.appraise(labels, gold)
    assert abs(found.accuracy["map_dawid_skene"].value - 0.5) < 0.1
    assert (found.posteriors["map_dawid_skene"].best == gold).all()


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize(
    ("said", "classes"),
    [
        (np.zeros((0, 0), int), 2),
        (np.full((3, 2), -1), 2),
        ([[0], [1], [0]], 2),
        ([[0, 0], [0, 0]], 1),
        ([[0, -1], [-1, 1]], 2),
        ([[0, 0], [0, 0], [0, 0]], 4),
        ([[0, 1], [1, 0]], 2),
        ([[0, 1], [-1, -1]], 3),
    ],
)
def test_odd_shapes_give_probabilities(fit: Any, said: Any, classes: int) -> None:
    labels = from_table(said, classes)
    found = fit(labels)
    assert found.probability.shape == (labels.items, classes)
    assert found.probability.sum(axis=1) == pytest.approx(np.ones(labels.items))
    assert ((found.best == MISSING) == (labels.per_item == 0)).all()


def test_a_class_that_only_gold_knows_is_possible() -> None:
    found = truth.map_dawid_skene(from_table([[0, 0], [1, 1], [0, 1]], 3), np.array([-1, -1, 2]))
    assert found.best.tolist() == [0, 1, 2]


def test_three_hundred_labels_on_one_item_are_no_trouble() -> None:
    said = np.full((3, 300), -1)
    said[0], said[1:, :2] = [0] * 200 + [1] * 100, [[0, 1], [1, 1]]
    for fit in FITS:
        assert fit(from_table(said)).best[0] == 0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), fit=st.sampled_from(FITS))
def test_the_order_of_rows_people_and_items_does_not_matter(seed: int, fit: Any) -> None:
    rng = np.random.default_rng(seed)
    said = np.where(rng.random((15, 5)) < 0.3, -1, rng.integers(0, 3, (15, 5)))
    items, people = rng.permutation(15), rng.permutation(5)
    plain, moved = fit(from_table(said, 3)), fit(from_table(said[items][:, people], 3))
    assert moved.probability == pytest.approx(plain.probability[items], abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), fit=st.sampled_from(FITS))
def test_the_names_of_classes_do_not_matter(seed: int, fit: Any) -> None:
    rng = np.random.default_rng(seed)
    said, names = rng.integers(0, 3, (15, 4)), rng.permutation(3)
    plain, renamed = fit(from_table(said, 3)), fit(from_table(names[said], 3))
    assert renamed.probability[:, names] == pytest.approx(plain.probability, abs=1e-6)


def test_few_labels_and_many_have_their_own_schedule() -> None:
    assert truth.schedule(from_table([[0, 1, 1]])) == (5.0, False)
    assert truth.schedule(from_table([[0, 1, 1, 0, 1]])) == (2.0, True)


def test_at_two_labels_an_item_the_prior_beats_likelihood_alone() -> None:
    rng = np.random.default_rng(2)
    surprise = []
    for _ in range(5):
        labels, known = _sparse_team(rng)
        surprise.append([_log_loss(fit(labels), known) for fit in (truth.dawid_skene, truth.map_dawid_skene)])
    assert np.mean(surprise, axis=0)[1] < np.mean(surprise, axis=0)[0]


def _sparse_team(rng: np.random.Generator) -> tuple[Labels, Codes]:
    known, skill = rng.integers(0, 4, 300), rng.beta(6, 3, 40)
    item, person = np.repeat(np.arange(300), 2), np.array([rng.permutation(40)[:2] for _ in range(300)]).ravel()
    said = np.where(rng.random(600) < skill[person], known[item], rng.integers(0, 4, 600))
    return Labels.of(item, person, said, items=300, classes=4), known


def _log_loss(found: truth.Posterior, known: Codes) -> float:
    return float(-np.log(np.maximum(found.probability[np.arange(len(known)), known], 1e-6)).mean())


def test_a_model_that_gives_no_probabilities_is_refused() -> None:
    with pytest.raises(InvalidInput):
        crowdlab.crowdlab(from_table([[0, 1]]), np.array([[0.9, 0.9]]))
    with pytest.raises(InvalidInput):
        crowdlab.crowdlab(from_table([[0, 1]]), np.array([[float("nan"), 1.0]]))


def test_without_overlap_the_model_is_all_that_crowdlab_has() -> None:
    model = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert crowdlab.crowdlab(from_table([[0], [0]], 2), model).probability == pytest.approx(model)


@pytest.mark.parametrize(
    ("said", "gold", "method", "why"),
    [
        ([[-1, -1]], [-1], "majority", grading.NOTHING_YET),
        ([[0, -1], [-1, 1]], [0, 1], "majority", grading.STANDING_ALONE),
        ([[0, 0], [1, 1]], [0, 1], "map_dawid_skene", grading.BY_DEFAULT),
        ([[0, 0, 1], [1, 1, 1]] * 20, [0, 1] * 20, "map_dawid_skene", grading.HELD_UP),
    ],
)
def test_the_recommendation_says_why(said: Any, gold: list[int], method: str, why: str) -> None:
    found = grading.appraise(from_table(said, 2), np.array(gold))
    assert (found.recommended, found.why) == (method, why)


def test_a_model_that_gold_shows_below_majority_is_not_recommended() -> None:
    labels = from_table([[0, 0], [1, 1]] * 20)
    earned = {"majority": np.ones(40), "map_dawid_skene": np.r_[np.zeros(1), np.ones(39)]}
    assert grading.recommend(labels, earned) == ("majority", grading.BEATEN)
    between = np.r_[np.zeros(1), np.ones(39)]
    better = {
        "majority": np.r_[np.zeros(3), np.ones(37)],
        "one_coin": between,
        "map_dawid_skene": np.r_[np.zeros(4), np.ones(36)],
    }
    assert grading.recommend(labels, better) == ("one_coin", grading.AHEAD)


def test_a_clearly_better_method_is_recommended() -> None:
    labels = from_table([[0, 0], [1, 1]] * 20)
    earned = {"majority": np.tile([1.0, 0], 20), "map_dawid_skene": np.tile([1.0, 0], 20), "one_coin": np.ones(40)}
    assert grading.recommend(labels, earned) == ("one_coin", grading.BETTER)


def test_few_gold_leave_the_default_temperature() -> None:
    labels = from_table([[0, 0], [1, 1]] * 20)
    assert calibration.calibrate(truth.majority(labels), np.tile([0, 1], 20)) == calibration.Calibration(0.5, 40, False)


def test_a_team_that_is_half_as_sure_as_it_says_gets_its_temperature() -> None:
    rng = np.random.default_rng(6)
    sure = rng.dirichlet([0.5, 0.5, 0.5], 4000)
    right = np.array([rng.choice(3, p=row) for row in truth.temper(sure, 0.4)])
    found = truth.Posterior("made up", sure, np.ones(4000, bool), np.full(3, 1 / 3))
    fitted = calibration.calibrate(found, right)
    assert fitted.temperature == pytest.approx(0.4, abs=0.03)
    before = calibration.calibration_error(found.confidence, (found.best == right) * 1.0)
    tempered = found.tempered(fitted.temperature)
    after = calibration.calibration_error(tempered.confidence, (tempered.best == right) * 1.0)
    assert before is not None
    assert after is not None
    assert after < 0.03 < before


def test_doubt_that_finds_every_error_first() -> None:
    right = np.r_[np.zeros(5, bool), np.ones(45, bool)]
    found = calibration.detection(np.linspace(0.1, 1, 50), right)
    assert found == calibration.Detection(1.0, 10.0, 5, 50)


def test_doubt_that_knows_nothing_finds_errors_by_chance() -> None:
    found = calibration.detection(np.full(50, 0.8), np.arange(50) >= 5)
    assert found == calibration.Detection(0.5, pytest.approx(1.0), 5, 50)
    assert calibration.detection(np.full(5, 0.8), np.ones(5, bool)) is None
    assert calibration.calibration_error(np.zeros(0), np.zeros(0)) is None


def test_items_with_one_label_do_not_vouch_for_themselves() -> None:
    said = np.array([[0, 1], [1, 0], [0, 0], [1, 1]] * 10 + [[0, -1], [1, -1]] * 100)
    found = truth.map_dawid_skene(from_table(said))
    assert found.confidence[40:].max() < 0.9
