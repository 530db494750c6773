"""How far apart two answers are, as matrices over the distinct answers: the plug that agreement and medoids take."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from core.stats.labels import Flags, Floats

Sets = Sequence[frozenset[str]]
Ranks = Sequence[Sequence[float]]


def nominal(classes: int) -> Floats:
    return np.asarray(1 - np.eye(classes))


def squared(scores: Floats) -> Floats:
    return np.asarray(np.subtract.outer(scores, scores) ** 2)


def jaccard(sets: Sets) -> Floats:
    return 1 - _overlaps(sets)[0]


def masi(sets: Sets) -> Floats:
    """Passonneau's distance, 1 - J·M with M = 1 for equal, 2/3 for nested, 1/3 for crossing, 0 for disjoint sets."""
    similarity, shared, sizes = _overlaps(sets)
    smaller, larger = np.minimum.outer(sizes, sizes), np.maximum.outer(sizes, sizes)
    nesting = np.select([(shared == larger), (shared == smaller) & (smaller > 0), shared > 0], [1, 2 / 3, 1 / 3], 0.0)
    return np.asarray(1 - similarity * nesting)


def _overlaps(sets: Sets) -> tuple[Floats, Floats, Floats]:
    members = {name: at for at, name in enumerate(sorted(frozenset().union(*sets)))}
    rows = [row for row, found in enumerate(sets) for _ in found]
    columns = [members[name] for found in sets for name in found]
    table = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(sets), len(members)))
    shared = np.asarray((table @ table.T).todense(), dtype=np.float64)
    sizes = np.array([len(found) for found in sets], dtype=np.float64)
    union = np.add.outer(sizes, sizes) - shared
    return np.where(union > 0, shared / np.maximum(union, 1), 1.0), shared, sizes


def kendall(ranks: Ranks) -> tuple[Floats, Flags]:
    """Share of pairs of responses in opposite order, a tie on one side only counting half; and which rankings compare.

    Only rankings of equally many responses do; between others the distance is set to 0 and must not be used.
    """
    lengths = np.array([len(found) for found in ranks])
    comparable: Flags = np.equal.outer(lengths, lengths)
    distance = np.zeros((len(ranks), len(ranks)))
    for length in np.unique(lengths[lengths > 1]):
        members = np.flatnonzero(lengths == length)
        order = _pair_signs(np.array([ranks[int(at)] for at in members], dtype=np.float64))
        apart = np.array([np.abs(order - row).mean(axis=1) / 2 for row in order])
        distance[np.ix_(members, members)] = apart
    return distance, comparable


def _pair_signs(ranks: Floats) -> Floats:
    first, second = np.triu_indices(ranks.shape[1], 1)
    return np.sign(ranks[:, second] - ranks[:, first])
