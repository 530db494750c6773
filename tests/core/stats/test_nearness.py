"""How near two people's answers are, by hand."""

import numpy as np
import pytest

from core.stats import nearness, pairs
from core.stats.labels import Codes, Floats, Labels
from tests.core.stats import sets


def same(left: Codes, right: Codes) -> Floats:
    return np.asarray((left == right) * 1.0)


def test_sharing_and_agreement_are_those_of_the_pairs() -> None:
    labels = sets.pandalm()
    found, known = nearness.between(labels, same), pairs.between_people(labels)
    assert found.shared[known.left, known.right].tolist() == known.shared.tolist()
    assert found.value[known.left, known.right] == pytest.approx(known.agreement)
    assert found.value[known.right, known.left] == pytest.approx(known.agreement)


def test_half_way_counts_half() -> None:
    labels = Labels.of([0, 0, 0, 1, 1], [0, 1, 2, 0, 2], [0, 1, 2, 0, 0])
    found = nearness.between(labels, lambda left, right: 1 - np.abs(left - right) / 2)
    assert (found.value[0, 1], found.value[0, 2], found.value[1, 2]) == (0.5, 0.5, 0.5)
    assert found.shared[0, 2] == 2


def test_little_leans_on_what_all_pairs_have_in_common() -> None:
    item = np.repeat(np.arange(40), 3)
    person = np.tile([0, 1, 2], 40)
    labels = Labels.of([*item, 40, 40], [*person, 0, 3], [*np.zeros(120, int), 0, 1])
    found = nearness.between(labels, same)
    assert found.value[0, 3] == 0
    assert found.shrunk[0, 3] > 0.3
    assert found.high[0, 3] - found.low[0, 3] > 5 * (found.high[0, 1] - found.low[0, 1])


def test_strangers_have_no_figure() -> None:
    found = nearness.between(Labels.of([0, 1], [0, 1], [0, 0]), same)
    assert np.isnan(found.value).all()
    assert np.isnan(found.shrunk).all()
