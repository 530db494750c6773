"""Figures about people: shrinkage, peers, information, speed and drift."""

import numpy as np
import pytest
from scipy.stats import beta

from core.stats import drift, people, speed, truth
from core.stats.labels import MISSING, Labels
from tests.core.stats import sets


def test_a_person_alone_has_jeffreys_interval() -> None:
    found = people.accuracy(np.array([9.0]), np.array([10])).of(0)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(beta.ppf([0.025, 0.975], 9.5, 1.5))
    assert found.n == 10


def test_a_few_gold_are_pulled_towards_the_team() -> None:
    n = np.array([100, 100, 100, 100, 3, 0])
    found = people.accuracy(np.array([90, 88, 92, 85, 0, 0.0]), n)
    assert found.method == "shrunk to the team"
    assert found.value[:4] == pytest.approx([0.9, 0.88, 0.92, 0.85], abs=0.02)
    assert 0.1 < found.value[4] < 0.85
    assert found.of(5) is None


@pytest.mark.parametrize("correct", [[10.0, 10, 10], [0.0, 0, 0], [5.0, 5, 5]])
def test_people_who_are_all_alike_have_finite_figures(correct: list[float]) -> None:
    found = people.accuracy(np.array(correct), np.array([10, 10, 10]))
    assert ((found.low < found.value) & (found.value < found.high)).all()
    assert abs(found.value[0] - correct[0] / 10) < 0.12


def test_shrinkage_errs_less_and_covers() -> None:
    rng = np.random.default_rng(7)
    errors, covered = [], []
    for _ in range(60):
        skill = rng.beta(16, 4, 12)
        right = rng.binomial(10, skill) * 1.0
        found = people.accuracy(right, np.full(12, 10))
        errors.append([np.mean((right / 10 - skill) ** 2), np.mean((found.value - skill) ** 2)])
        covered.append(np.mean((found.low <= skill) & (skill <= found.high)))
    raw, shrunk = np.mean(errors, axis=0)
    assert shrunk < 0.8 * raw
    assert 0.92 <= np.mean(covered) <= 0.985


def test_nobody_with_gold_is_no_figure() -> None:
    labels = Labels.of([0, 1], [0, 1], [0, 1])
    found = people.accuracy(*people.gold_counts(labels, np.array([MISSING, MISSING])))
    assert [found.of(0), found.of(1)] == [None, None]


def test_gold_is_counted_by_person() -> None:
    labels = Labels.of([0, 1, 2, 0], [0, 0, 0, 1], [0, 1, 1, 1])
    right, n = people.gold_counts(labels, np.array([0, 0, MISSING]))
    assert (right.tolist(), n.tolist()) == ([1, 0], [2, 1])


def test_the_shrunk_accuracies_of_sp_amt_are_near_the_real_ones() -> None:
    labels, gold = sets.sp_amt()
    right, n = people.gold_counts(labels, gold)
    asked = np.random.default_rng(1).permutation(len(labels))[:1430]
    few = people.accuracy(*people.gold_counts(labels.subset(asked), gold))
    often = n >= 60
    tested = often & (few.n > 0)
    real = right[tested] / n[tested]
    raw = few.correct[tested] / few.n[tested]
    assert np.mean((few.value[tested] - real) ** 2) < np.mean((raw - real) ** 2)


def test_agreement_with_peers_leaves_out_the_own_label() -> None:
    labels = Labels.of([0, 0, 0, 1], [0, 1, 2, 0], [0, 0, 1, 1], annotators=4)
    found = people.peer_agreement(labels)
    assert [None if share is None else (share.value, share.n) for share in found] == [(0.5, 1), (0.5, 1), (0, 1), None]


def test_agreement_with_the_consensus_of_others_splits_ties() -> None:
    labels = Labels.of([0, 0, 0, 1], [0, 1, 2, 0], [0, 0, 1, 1], annotators=4)
    found = people.consensus_agreement(labels)
    assert [None if share is None else share.value for share in found] == [0.5, 0.5, 0, None]


def test_confusion_counts_only_known_items() -> None:
    labels = Labels.of([0, 1, 2], [0, 0, 1], [1, 1, 0], classes=2)
    found = people.confusion_counts(labels, np.array([0, 1, MISSING]))
    assert found.tolist() == [[[0, 1], [0, 1]], [[0, 0], [0, 0]]]


def test_a_coin_tells_nothing_and_a_contrarian_as_much_as_an_expert() -> None:
    rng = np.random.default_rng(4)
    known = rng.integers(0, 2, 600)
    said = np.column_stack([known, known, known, 1 - known, rng.integers(0, 2, 600)])
    item, person = np.indices(said.shape).reshape(2, -1)
    found = truth.map_dawid_skene(Labels.of(item, person, said.ravel()))
    bits = people.informativeness(found)
    assert bits[0] == pytest.approx(1, abs=0.1)
    assert bits[3] == pytest.approx(bits[0], abs=0.05)
    assert bits[4] == pytest.approx(0, abs=0.02)
    assert people.skill(found) == pytest.approx([1, 1, 1, 0, 0.5], abs=0.08)


def test_without_a_model_there_is_no_skill() -> None:
    assert len(people.informativeness(truth.majority(Labels.of([0], [0], [0], classes=2)))) == 0


def test_repeats_are_compared_with_the_first_answer() -> None:
    found = people.self_consistency(np.array([0, 0, 1]), np.array([1, 0, 1]), np.array([1, 1, 1]), 3)
    assert [None if share is None else share.value for share in found] == [0.5, 1, None]


def test_speed_is_compared_on_the_same_items() -> None:
    rng = np.random.default_rng(9)
    words, pace = rng.integers(20, 400, 150), np.array([1.0, 2.0, 0.5])
    item, person = np.repeat(np.arange(150), 2), np.array([rng.permutation(3)[:2] for _ in range(150)]).ravel()
    words[item[person == 1]] += 300  # the slow one also has the long items
    seconds = (10 + 0.3 * words[item]) * pace[person] * np.exp(rng.normal(0, 0.2, 300))
    found = speed.adjusted(item, person, seconds, 4, words * 1.0)
    assert found.pace[:3] / found.pace[0] == pytest.approx(pace, rel=0.12)
    assert np.isnan(found.pace[3])
    assert found.n.tolist()[3] == 0


def test_an_idle_hour_does_not_move_a_pace() -> None:
    item, person = np.repeat(np.arange(30), 2), np.tile([0, 1], 30)
    seconds = np.tile([10.0, 20.0], 30)
    seconds[0] = 3600
    found = speed.adjusted(item, person, seconds, 2)
    assert found.pace[1] / found.pace[0] == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize("seconds", [[], [5.0], [5.0, 5.0]])
def test_hardly_any_times_are_no_trouble(seconds: list[float]) -> None:
    item = np.arange(len(seconds))
    found = speed.adjusted(item, np.zeros(len(seconds), int), seconds, 1)
    assert np.isfinite(found.residual).all()


def test_nobody_reads_two_hundred_words_in_ten_seconds() -> None:
    assert speed.reading_floor([238.0]) == pytest.approx([20])


def test_only_a_rate_of_fast_answers_raises_the_alarm() -> None:
    person = np.repeat([0, 1, 2, 3], 50)
    fast = np.zeros(200, bool)
    fast[0] = fast[50] = True
    fast[150:170] = True
    found = speed.speeding(person, fast, 5)
    assert found.alarm.tolist() == [False, False, False, True, False]
    assert (found.fast[3], found.n[3], found.n[4]) == (20, 50, 0)


def test_looking_after_every_answer_seldom_accuses_the_honest() -> None:
    rng, accused = np.random.default_rng(5), 0
    for _ in range(100):
        fast = rng.random(150) < 0.05
        looks = [speed.speeding(np.zeros(n, int), fast[:n], 1, usual=0.05).alarm[0] for n in range(5, 151, 5)]
        accused += any(looks)
    assert accused <= 10


@pytest.mark.parametrize(("level", "median"), [(0.7, 34), (0.5, 15)])
def test_a_fall_is_found_as_fast_as_measured(level: float, median: float) -> None:
    rng = np.random.default_rng(6)
    delays = [drift.cusum(rng.random(400) < level).alarm for _ in range(200)]
    assert np.median([delay + 1 for delay in delays if delay is not None]) == pytest.approx(median, abs=4)


def test_steady_people_seldom_raise_an_alarm() -> None:
    rng = np.random.default_rng(8)
    assert np.mean([drift.cusum(rng.random(500) < 0.9).alarm is not None for _ in range(300)]) <= 0.08
    assert drift.false_alarms(drift.LIMIT) == pytest.approx(0.045, abs=0.015)
    assert drift.limit_for(0.05) == pytest.approx(drift.LIMIT, abs=0.3)


def test_the_alarm_says_since_when() -> None:
    found = drift.cusum(np.r_[np.ones(100, bool), np.zeros(12, bool)])
    assert (found.alarm, found.since, found.watch) == (106, 100, True)


def test_nobody_drifts_without_gold() -> None:
    found = drift.cusum(np.zeros(0, bool))
    assert (found.alarm, found.watch, found.n) == (None, False, 0)
