"""Nearly the same texts among many: MinHash over character shingles, candidates by bands, then the exact likeness.

Characters, not words, so that Chinese needs no other rule. A bucket holds few texts that are unlike each other; when it
is full (prompts of one template fill it), newcomers go on to one that asks for more of their hashes. So a text is
compared with a bounded number of others, however many there are. Estimates only choose what is looked at: 64 hashes
may be off by 0.15, and of all pairs of one template the few that look most alike would be linked.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

LIKE = 0.8
"""Share of shingles in common from which two texts are nearly the same."""
_LIKELY = 0.75
"""Estimated likeness from which two texts are compared shingle by shingle."""
_SHINGLE, _HASHES, _ROWS, _FULL = 5, 64, 4, 16
_COMPARED = 16
"""Texts compared at a time: most often the likeliest of them links the others, too."""
_KEPT = 1 << 22
"""Shingles kept for the next comparison."""
_AT_ONCE = 4096
"""Shingles hashed at a time: a prompt may be a book."""
_Words = NDArray[np.uint64]
_Signature = NDArray[np.uint32]
_Buckets = dict[tuple[int, bytes], list[int]]
_RNG = np.random.default_rng(0)
_SPREAD, _BY, _PLUS = (
    _RNG.integers(1, 1 << 63, size, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    for size in (_SHINGLE, _HASHES, _HASHES)
)


def near_pairs(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places of folded texts that are nearly the same, the later one last: as many pairs as it takes to link all that
    hang together, and no more."""
    signatures, pieces, linked = _signatures(texts), _Pieces(texts), _Linked(len(texts))
    buckets: _Buckets = defaultdict(list)
    for place, signature in enumerate(signatures):
        ways = list(_ways(buckets, signature))
        met = sorted({first for way in ways for bucket in way for first in bucket})
        seems = dict(zip(met, (signatures[met] == signature).mean(axis=1).tolist(), strict=True))
        for first in _alike(place, seems, pieces, linked):
            linked.link(first, place)
            yield first, place
        alike = {first for first, share in seems.items() if share >= LIKE and linked.together(first, place)}
        for way in ways:
            if all(alike.isdisjoint(bucket) for bucket in way):
                way[-1].append(place)


def _alike(place: int, seems: Mapping[int, float], pieces: "_Pieces", linked: "_Linked") -> Iterator[int]:
    """Those of the texts that are nearly the same and not yet linked with it, the likeliest first."""
    likely = sorted((first for first, share in seems.items() if share >= _LIKELY), key=lambda first: -seems[first])
    for start in range(0, len(likely), _COMPARED):
        apart = [first for first in likely[start : start + _COMPARED] if not linked.together(first, place)]
        for first, share in zip(apart, pieces.shared(place, apart), strict=True):
            if share >= LIKE and not linked.together(first, place):
                yield first


def _ways(buckets: _Buckets, signature: _Signature) -> Iterator[list[list[int]]]:
    """Of each band its full buckets that the text falls into, and the first with room. The longest key has all hashes:
    what shares it is alike, so it never fills."""
    size = signature.itemsize
    turned = signature.tobytes() * 2
    for start in range(0, _HASHES * size, _ROWS * size):
        way = list[list[int]]()
        for length in range(_ROWS * size, (_HASHES + 1) * size, _ROWS * size):
            way.append(buckets[start, turned[start : start + length]])
            if len(way[-1]) < _FULL:
                break
        yield way


class _Linked:
    """What hangs together so far."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def link(self, one: int, other: int) -> None:
        self._above[self._top(other)] = self._top(one)

    def together(self, one: int, other: int) -> bool:
        return self._top(one) == self._top(other)

    def _top(self, place: int) -> int:
        above = self._above
        while above[place] != place:
            above[place] = place = above[above[place]]
        return place


class _Pieces:
    """The distinct shingles of each text, sorted."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts, self._kept, self._room = texts, dict[int, _Words](), _KEPT

    def shared(self, place: int, others: Sequence[int]) -> list[float]:
        """The text's likeness to each of the others: shingles in both as a share of those in either."""
        if not others:
            return []
        own, theirs = self._of(place), [self._of(other) for other in others]
        sizes = np.array([len(pieces) for pieces in theirs])
        each = np.concatenate(theirs)
        found = own[np.minimum(np.searchsorted(own, each), len(own) - 1)] == each
        both = np.add.reduceat(found.astype(np.int64), np.cumsum(sizes) - sizes)
        shares: list[float] = (both / (len(own) + sizes - both)).tolist()
        return shares

    def _of(self, place: int) -> _Words:
        if place not in self._kept:
            pieces = np.unique(_shingles(self._texts[place]))
            if len(pieces) > self._room:
                self._kept, self._room = {}, _KEPT
            self._kept[place] = pieces
            self._room -= len(pieces)
        return self._kept[place]


def _signatures(texts: Sequence[str]) -> _Signature:
    signatures = np.full((len(texts), _HASHES), np.iinfo(np.uint32).max, dtype=np.uint32)
    for signature, text in zip(signatures, texts, strict=True):
        hashes = _shingles(text)
        for at in range(0, len(hashes), _AT_ONCE):
            lowest = (hashes[None, at : at + _AT_ONCE] * _BY[:, None] + _PLUS[:, None]).min(axis=1)
            np.minimum(signature, lowest >> np.uint64(32), out=signature, casting="unsafe")
    return signatures


def _shingles(text: str) -> _Words:
    """A well-mixed number for each piece of the text; a text shorter than one is a piece."""
    points = np.frombuffer(text.ljust(_SHINGLE, "\0").encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    hashes = np.lib.stride_tricks.sliding_window_view(points.astype(np.uint64), _SHINGLE) @ _SPREAD
    hashes ^= hashes >> np.uint64(32)
    hashes *= np.uint64(0xD6E8FEB86659FD93)
    return np.asarray(hashes ^ (hashes >> np.uint64(32)))
