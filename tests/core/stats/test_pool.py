"""Alpha about the pool by leaving out items and people: against doing so one at a time, and what it covers."""

import numpy as np
import pytest

from bench.coverage import POOL, drawn_pool
from core.stats import agreement, distances, pool
from core.stats.labels import Labels


def alpha(labels: Labels) -> float:
    return agreement.alpha_nominal(agreement.tabled(labels)).value or 0.0


def left_out(labels: Labels) -> agreement.Agreement:
    return pool.alpha_left_out(labels, distances.nominal(2), agreement.alpha_nominal(agreement.tabled(labels)))


def test_each_person_left_out_changes_alpha_as_if_they_had_never_been_there() -> None:
    labels = drawn_pool(np.random.default_rng(5), 6, 40)
    sums = pool._Sums.of(labels, distances.nominal(2))
    found = sums.alpha(sums.total + sums.people)
    again = [alpha(labels.subset(labels.annotator != person)) for person in range(6)]
    assert found == pytest.approx(again)


def test_the_interval_covers_other_people_of_the_pool() -> None:
    covered = 0
    for seed in range(60):
        found = left_out(drawn_pool(np.random.default_rng(seed), 8, 150))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= POOL <= found.high
    assert covered >= 54


@pytest.mark.parametrize(
    ("item", "person", "why"),
    [([0, 1], [0, 0], agreement.NO_PAIRS), ([0, 0], [0, 1], agreement.ONE_ANSWER)],
    ids=["one person", "one answer"],
)
def test_what_cannot_be_known_says_why(item: list[int], person: list[int], why: str) -> None:
    found = left_out(Labels.of(item, person, [1, 1], classes=2))
    assert (found.value, found.low, found.why) == (None, None, why)
