"""Agreement between persons, and about the pool they come from."""

import numpy as np
import pytest

from core.stats import agreement, distances, pairs
from core.stats.labels import Labels
from tests.core.stats import sets


def test_pandalm_has_its_published_kappas() -> None:
    found = pairs.between_people(sets.pandalm())
    # Published as 0.85, 0.88, 0.86. The last is 0.86166 with scikit-learn too; the set's own page has it as 0.8615.
    assert found.kappa == pytest.approx([0.852023, 0.878944, 0.861661], abs=5e-7)
    assert found.shared.tolist() == [999, 999, 999]


def test_the_kappa_paradox() -> None:
    item, person = np.repeat(np.arange(100), 2), np.tile([0, 1], 100)
    code = np.array([(0, 0)] * 90 + [(0, 1)] * 5 + [(1, 0)] * 5).ravel()
    found = pairs.between_people(Labels.of(item, person, code))
    assert found.agreement == pytest.approx([0.9])
    assert found.kappa == pytest.approx([-0.0526], abs=1e-4)


def test_people_without_a_common_item_are_not_compared() -> None:
    found = pairs.between_people(Labels.of([0, 1], [0, 1], [0, 1]))
    assert len(found.left) == 0


def test_two_people_of_one_answer_have_no_kappa() -> None:
    found = pairs.between_people(Labels.of([0, 0], [0, 1], [1, 1], classes=2))
    assert (found.agreement.tolist(), np.isnan(found.kappa).tolist()) == ([1.0], [True])


def test_one_person_says_nothing_about_a_pool() -> None:
    found = pairs.alpha_of_pool(Labels.of([0, 1], [0, 0], [0, 1]), distances.nominal(2), np.random.default_rng(1))
    assert (found.value, found.why) == (None, agreement.NO_PAIRS)


def test_the_interval_about_a_pool_is_wider_and_covers_other_people() -> None:
    rng, runs = np.random.default_rng(8), 50
    truth = np.mean([agreement.alpha_nominal(agreement.tabled(_drawn(rng, 400, 3000))).value or 0 for _ in range(2)])
    covered, wider = 0, 0
    for _ in range(runs):
        labels = _drawn(rng, 8, 150)
        found = pairs.alpha_of_pool(labels, distances.nominal(2), rng, resamples=100)
        alone = agreement.alpha_nominal(agreement.tabled(labels))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
        wider += found.high - found.low > (alone.high or 0) - (alone.low or 0)
    assert covered / runs >= 0.9
    assert wider / runs >= 0.9


def _drawn(rng: np.random.Generator, people: int, items: int) -> Labels:
    """Three of the people on each item; people differ much in care."""
    care = rng.beta(4, 1.2, people)
    truth = rng.integers(0, 2, items)
    item, person = np.repeat(np.arange(items), 3), np.array([rng.permutation(people)[:3] for _ in range(items)]).ravel()
    right = rng.random(3 * items) < 0.5 + care[person] / 2
    return Labels.of(item, person, np.where(right, truth[item], 1 - truth[item]), classes=2)
