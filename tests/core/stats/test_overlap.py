"""The stopping rule, and what stopping early costs, on real and made-up labels."""

import numpy as np
import pytest

from core.stats import calibration, overlap, truth
from core.stats.labels import MISSING, Codes, Labels
from core.stats.overlap import Policy
from core.stats.truth import Posterior
from tests.core.stats import sets


def team(seed: int, items: int = 400, overlap: int = 8) -> tuple[Labels, Codes]:
    """Thirty people of unequal skill; one item in four is hard for everybody."""
    rng = np.random.default_rng(seed)
    skill, known, hard = rng.beta(8, 2.5, 30), rng.integers(0, 3, items), rng.random(items) < 0.25
    item = np.repeat(np.arange(items), overlap)
    person = np.array([rng.permutation(30)[:overlap] for _ in range(items)]).ravel()
    chance = np.where(hard[item], 0.4 + 0.3 * (skill[person] - 0.5), skill[person])
    wrong = (known[item] + rng.integers(1, 3, len(item))) % 3
    return Labels.of(item, person, np.where(rng.random(len(item)) < chance, known[item], wrong)), known


def _sure(*confidence: float) -> Posterior:
    probability = np.array([[c, 1 - c] for c in confidence])
    return Posterior("made up", probability, np.ones(len(confidence), bool), np.array([0.5, 0.5]))


def test_what_is_owed_comes_first_then_the_least_sure() -> None:
    worth = overlap.priority(_sure(0.99, 0.6, 0.8, 0.55, 0.95), np.array([1, 2, 3, 5, 2]), Policy(2, 5, 0.9))
    assert np.argsort(-worth, kind="stable").tolist()[:3] == [0, 1, 2]
    assert worth[3:].tolist() == [0, 0]


def test_audited_items_get_full_overlap_however_sure() -> None:
    worth = overlap.priority(_sure(0.99, 0.99), np.array([3, 5]), Policy(2, 5, 0.9), np.array([True, True]))
    assert worth[0] > 1
    assert worth[1] == 0


def test_a_label_is_worth_what_it_may_change() -> None:
    expert, coin = np.array([[0.95, 0.05], [0.05, 0.95]]), np.full((2, 2), 0.5)
    gains = overlap.expected_gain(_sure(0.6, 0.99), expert)
    assert gains == pytest.approx([0.95 - 0.6, 0], abs=1e-9)
    assert overlap.expected_gain(_sure(0.6), coin) == pytest.approx([0])


def test_a_label_that_changes_too_little_is_not_asked_for() -> None:
    team, cheap, dear = np.array([[0.8, 0.2], [0.2, 0.8]]), Policy(2, 5, 0.9, 0, 0.0), Policy(2, 5, 0.9, 0, 0.25)
    found, collected = _sure(0.6, 0.75), np.array([2, 2])
    assert (overlap.priority(found, collected, cheap, team=team) > 0).all()
    assert not (overlap.priority(found, collected, dear, team=team) > 0).any()


def test_the_next_label_comes_from_the_team_as_it_labels() -> None:
    labels = Labels.of([0, 1, 2, 3, 0, 1], [0, 0, 0, 0, 1, 1], [0, 1, 0, 1, 1, 0])
    team = overlap.team_of(truth.map_dawid_skene(labels), labels)
    assert team is not None
    assert team.sum(axis=1) == pytest.approx([1, 1])
    assert overlap.team_of(truth.majority(labels), labels) is None


def collect(labels: Labels, known: Codes, policy: Policy, seed: int) -> tuple[Labels, Posterior, Codes]:
    """Labels as the project would have collected them with a hundred gold items; how sure it is; and which were gold."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))
    labels = labels.subset(order)
    gold = np.full(labels.items, MISSING)
    chosen = rng.choice(labels.items, 100, replace=False)
    gold[chosen] = known[chosen]
    nth, audit = overlap.nth_of(labels), rng.random(labels.items) < policy.audit
    collected = np.where(audit, policy.most, policy.start)
    while True:
        part = labels.subset(nth < collected[labels.item])
        found, _ = overlap.sure(part, gold)
        worth = overlap.priority(found, collected, policy, audit)
        if not worth.any():
            return part, found, gold
        collected[np.argsort(-worth, kind="stable")[: min(40, np.count_nonzero(worth))]] += 1


@pytest.mark.parametrize("policy", [Policy(2, 5, 0.9), Policy(2, 8, 0.95)])
@pytest.mark.parametrize("source", ["sp-amt", "made up"])
def test_the_stated_confidence_holds_after_a_hundred_gold(source: str, policy: Policy) -> None:
    """Of labels collected by the policy itself, on items without gold, over four collections."""
    labels, known = sets.sp_amt() if source == "sp-amt" else team(5, items=900)
    errors, stated, true = [], [], []
    for seed in range(4):
        _, found, gold = collect(labels, known, policy, seed)
        rest = gold == MISSING
        right = (found.best == known)[rest] * 1.0
        errors.append(calibration.calibration_error(found.confidence[rest], right))
        stated.append(found.confidence[rest].mean())
        true.append(right.mean())
    assert np.mean([error for error in errors if error is not None]) <= 0.05
    assert abs(np.mean(stated) - np.mean(true)) <= 0.035


def test_the_audit_track_tells_what_stopping_early_costs() -> None:
    labels, known = team(7, items=500)
    audit = np.arange(500) < 120
    found = overlap.audited(labels, audit, Policy(2, 8, 0.9), 0.5, known)
    assert found is not None
    assert found.differs is not None
    assert found.differs.n == 120
    assert found.labels_in_full == 8
    assert 2 < found.labels_an_item < 8
    assert found.wrong is not None
    assert found.wrong_in_full is not None
    assert found.wrong.value >= found.wrong_in_full.value


def test_full_overlap_differs_from_itself_nowhere() -> None:
    labels, known = team(7, items=80)
    found = overlap.audited(labels, np.ones(80, bool), Policy(2, 8, 0.999999), 0.2, known)
    assert found is not None
    assert found.differs is not None
    assert (found.differs.value, found.labels_an_item) == (0, 8)


@pytest.mark.parametrize(
    "labels",
    [Labels.of([], [], []), Labels.of([0, 1], [0, 0], [0, 1]), Labels.of([0, 0, 1], [0, 1, 0], [0, 0, 1], items=4)],
)
def test_an_audit_track_without_enough_labels_tells_nothing(labels: Labels) -> None:
    assert overlap.audited(labels, np.ones(labels.items, bool), Policy(), 0.5) is None
