"""Nearly the same texts among many: MinHash over character shingles, candidates by bands, then estimated likeness.

Characters, not words, so that Chinese needs no other rule. A bucket holds few texts that are unlike each other; when it
is full (prompts of one template fill it), newcomers go on to one that asks for more of their hashes. So a text is
compared with a bounded number of others, however many there are.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

LIKE = 0.8
"""Share of shingles in common from which two texts are nearly the same."""
_SHINGLE, _HASHES, _ROWS, _FULL = 5, 64, 4, 16
_AT_ONCE = 4096
"""Shingles hashed at a time: a prompt may be a book."""
_Words = NDArray[np.uint64]
_Signature = NDArray[np.uint32]
_Buckets = dict[tuple[int, bytes], list[int]]


def near_pairs(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places of folded texts that are nearly the same, the later one last: as many pairs as it takes to link all that
    hang together, and no more."""
    signatures = _signatures(texts)
    buckets: _Buckets = defaultdict(list)
    above = list(range(len(texts)))
    for place, signature in enumerate(signatures):
        ways = [_way(buckets, band, signature) for band in range(0, _HASHES, _ROWS)]
        met = sorted({first for way in ways for bucket in way for first in bucket})
        shares = (signatures[met] == signature).mean(axis=1)
        alike = {first for first, share in zip(met, shares, strict=True) if share >= LIKE}
        for way in ways:
            if all(alike.isdisjoint(bucket) for bucket in way):
                way[-1].append(place)
        for first in sorted(alike):
            if (top := _top(above, first)) != _top(above, place):
                above[_top(above, place)] = top
                yield first, place


def _top(above: list[int], place: int) -> int:
    """What all that hang together end at; the way there is shortened."""
    while above[place] != place:
        above[place] = place = above[above[place]]
    return place


def _way(buckets: _Buckets, band: int, signature: _Signature) -> list[list[int]]:
    """The band's full buckets that the text falls into, and the first with room. The longest key has all hashes: what
    shares it is alike, so it never fills."""
    turned, way = np.roll(signature, -band).tobytes(), list[list[int]]()
    for end in range(_ROWS, _HASHES + 1, _ROWS):
        way.append(buckets[band, turned[: end * signature.itemsize]])
        if len(way[-1]) < _FULL:
            break
    return way


def _signatures(texts: Sequence[str]) -> _Signature:
    rng = np.random.default_rng(0)
    spread, by, plus = (
        rng.integers(1, 1 << 63, size, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        for size in (_SHINGLE, _HASHES, _HASHES)
    )
    signatures = np.full((len(texts), _HASHES), np.iinfo(np.uint32).max, dtype=np.uint32)
    for signature, text in zip(signatures, texts, strict=True):
        hashes = _shingles(text, spread)
        for at in range(0, len(hashes), _AT_ONCE):
            lowest = (hashes[None, at : at + _AT_ONCE] * by[:, None] + plus[:, None]).min(axis=1)
            np.minimum(signature, lowest >> np.uint64(32), out=signature, casting="unsafe")
    return signatures


def _shingles(text: str, spread: _Words) -> _Words:
    """A well-mixed number for each piece of the text; a text shorter than one is a piece."""
    points = np.frombuffer(text.ljust(_SHINGLE, "\0").encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    hashes = np.lib.stride_tricks.sliding_window_view(points.astype(np.uint64), _SHINGLE) @ spread
    hashes ^= hashes >> np.uint64(32)
    hashes *= np.uint64(0xD6E8FEB86659FD93)
    return np.asarray(hashes ^ (hashes >> np.uint64(32)))
