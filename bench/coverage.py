"""How often each 95 % interval of core/stats holds the truth, in simulation."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from core.stats import agreement, bias, consensus, distances, intervals, judges, leaderboard, pairs, people, pool
from core.stats.labels import Labels
from core.stats.votes import Votes

Draw = Callable[[np.random.Generator], Iterator[bool]]
RUNS = 400
SHARES = {2: [0.5, 0.5], 20: [0.95, 0.05], 5: [0.3, 0.25, 0.2, 0.15, 0.1]}


def said(rng: np.random.Generator, items: int, people_: int, shares: list[float], skill: float = 0.8) -> Labels:
    truth = rng.choice(len(shares), items, p=shares)
    other = rng.choice(len(shares), (items, people_), p=shares)
    codes = np.where(rng.random((items, people_)) < skill, truth[:, None], other)
    item, person = np.indices(codes.shape).reshape(2, -1)
    return Labels.of(item, person, codes.ravel(), classes=len(shares))


def inside(found: Any, truth: float) -> bool:
    return bool(found.low is not None and found.low <= truth <= found.high)


def agreement_of(
    figure: Callable[..., Any], items: int, people_: int, shares: list[float], resampled: bool = False
) -> Draw:
    truth = figure(agreement.tabled(said(np.random.default_rng(0), 200_000, people_, shares))).value

    def draw(rng: np.random.Generator) -> Iterator[bool]:
        table = agreement.tabled(said(rng, items, people_, shares))
        found = figure(table, rng) if resampled else figure(table)
        yield found.value is None or inside(found, truth)

    return draw


def specific(table: Any, rng: Any = None) -> Any:
    return agreement.specific(table, 1, rng)


def ordinal(table: Any, rng: Any = None) -> Any:
    return agreement.alpha_ordinal(table, rng)


def ac1(table: Any, rng: Any = None) -> Any:
    return agreement.ac(table, rng=rng)


def of_pool(rng: np.random.Generator) -> Iterator[bool]:
    found = pairs.alpha_of_pool(drawn_pool(rng, 8, 150), distances.nominal(2), rng, resamples=100)
    yield inside(found, POOL)


def of_pool_left_out(rng: np.random.Generator) -> Iterator[bool]:
    labels = drawn_pool(rng, 8, 150)
    known = agreement.alpha_nominal(agreement.tabled(labels))
    yield inside(pool.alpha_left_out(labels, distances.nominal(2), known), POOL)


def drawn_pool(rng: np.random.Generator, size: int, items: int) -> Labels:
    care, truth = rng.beta(4, 1.2, size), rng.integers(0, 2, items)
    item, person = np.repeat(np.arange(items), 3), np.array([rng.permutation(size)[:3] for _ in range(items)]).ravel()
    right = rng.random(3 * items) < 0.5 + care[person] / 2
    return Labels.of(item, person, np.where(right, truth[item], 1 - truth[item]), classes=2)


POOL = float(
    np.mean(
        [
            agreement.alpha_nominal(agreement.tabled(drawn_pool(np.random.default_rng(seed), 500, 5000))).value or 0
            for seed in range(3)
        ]
    )
)


def gold_of(n: int) -> Draw:
    def draw(rng: np.random.Generator) -> Iterator[bool]:
        skill = rng.beta(16, 4, 12)
        found = people.accuracy(rng.binomial(n, skill) * 1.0, np.full(12, n))
        yield from ((found.low <= skill) & (skill <= found.high)).tolist()

    return draw


def share_of(n: int, truth: float) -> Draw:
    def draw(rng: np.random.Generator) -> Iterator[bool]:
        yield inside(intervals.share(int(rng.binomial(n, truth)), n), truth)

    return draw


def scores_of(rng: np.random.Generator) -> Iterator[bool]:
    quality, lean = rng.normal(5, 2, 100), rng.normal(0, 0.5, 8)
    item, person = np.repeat(np.arange(100), 3), np.array([rng.permutation(8)[:3] for _ in range(100)]).ravel()
    spread = np.linspace(0.5, 1.5, 8)
    given = quality[item] + (lean - lean.mean())[person] + rng.normal(0, spread[person])
    found = consensus.adjusted_mean(item, person, given, 100, 8)
    yield from ((found.low <= quality) & (quality <= found.high)).tolist()


def models_of(annotators: int, each: int, taste: float) -> Draw:
    truth = np.array([0.6, 0.2, -0.2, -0.6])

    def draw(rng: np.random.Generator) -> Iterator[bool]:
        n = annotators * each
        left = rng.integers(0, 4, n)
        right, who = (left + rng.integers(1, 4, n)) % 4, np.repeat(np.arange(annotators), each)
        own = truth + rng.normal(0, taste, (annotators, 4))
        gap = own[who, left] - own[who, right]
        odds = np.exp(np.stack([gap / 2, -gap / 2, np.full(n, -0.5)]))
        outcome = (rng.random(n) > (odds / odds.sum(axis=0)).cumsum(axis=0)).sum(axis=0)
        for rating in leaderboard.leaderboard(Votes.of(left, right, outcome, who, models=4)).ratings:
            yield rating.low <= truth[rating.model] <= rating.high

    return draw


def position(rng: np.random.Generator) -> Iterator[bool]:
    lean = np.clip(rng.normal(0.56, 0.12, 10), 0, 1)
    who = np.repeat(np.arange(10), 80)
    yield inside(bias.share(rng.random(800) < lean[who], who), 0.56)


def powered(rng: np.random.Generator) -> Iterator[bool]:
    known = (rng.random(1100) < 0.3) * 1.0
    judge = np.where(rng.random(1100) < 0.9, known, 1.0)
    yield inside(judges.predicted_mean(judge[100:], judge[:100], known[:100]), 0.3)


CASES: dict[str, Draw] = {
    "percent, 100 items x 3": agreement_of(agreement.percent, 100, 3, SHARES[5]),
    "alpha nominal, 60 x 2": agreement_of(agreement.alpha_nominal, 60, 2, SHARES[2]),
    "alpha nominal, 100 x 5, 5 classes": agreement_of(agreement.alpha_nominal, 100, 5, SHARES[5]),
    "alpha nominal, 300 x 3, 5 % class": agreement_of(agreement.alpha_nominal, 300, 3, SHARES[20]),
    "alpha nominal, bootstrap, 100 x 3": agreement_of(agreement.alpha_nominal, 100, 3, SHARES[5], True),
    "alpha ordinal, 100 x 3": agreement_of(ordinal, 100, 3, SHARES[5]),
    "AC1, 100 x 3": agreement_of(ac1, 100, 3, SHARES[5]),
    "AC1, 300 x 3, 5 % class": agreement_of(ac1, 300, 3, SHARES[20]),
    "specific agreement, 200 x 3": agreement_of(specific, 200, 3, SHARES[5]),
    "alpha of the pool, 8 people": of_pool,
    "the same, items and people left out": of_pool_left_out,
    "share of 20 at .9 (Wilson)": share_of(20, 0.9),
    "share of 200 at .3 (Wilson)": share_of(200, 0.3),
    "accuracy on 5 gold, shrunk": gold_of(5),
    "accuracy on 20 gold, shrunk": gold_of(20),
    "item score, 3 of 8 people": scores_of,
    "model score, 10 people x 100, tastes": models_of(10, 100, 0.5),
    "model score, 6 people x 200, tastes": models_of(6, 200, 0.5),
    "model score, 30 people x 40, one taste": models_of(30, 40, 0.0),
    "first-shown share, 10 people": position,
    "prediction-powered mean, 100 human": powered,
}


def main(runs: int) -> None:
    print(f"{'interval':42} {'covers':>8}   ({runs} runs; wanted 92-98.5 %, the pool 90 % or more)")
    for name, draw in CASES.items():
        rng = np.random.default_rng(1)
        held = [hit for _ in range(runs) for hit in draw(rng)]
        print(f"{name:42} {np.mean(held):8.1%}", flush=True)


if __name__ == "__main__":
    main(RUNS)
