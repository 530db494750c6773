"""Nearly the same texts among many: MinHash over character shingles, candidates by bands, then estimated likeness.

Characters, not words, so that Chinese needs no other rule.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

LIKE = 0.8
"""Share of shingles in common from which two texts are nearly the same."""
_SHINGLE, _HASHES, _ROWS = 5, 64, 4
_PRIME = (1 << 31) - 1
Signature = NDArray[np.uint64]


def near_pairs(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places of texts that are nearly the same, each with the first of its kind that it met; by folded texts."""
    rng = np.random.default_rng(0)
    by, plus = (rng.integers(1, _PRIME, _HASHES, dtype=np.uint64)[:, None] for _ in range(2))
    signatures = [_signature(text, by, plus) for text in texts]
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for place, signature in enumerate(signatures):
        met: set[int] = set()
        for band in range(0, _HASHES, _ROWS):
            firsts = buckets[band, signature[band : band + _ROWS].tobytes()]
            met.update(firsts)
            if not any(_alike(signatures[first], signature) for first in firsts):
                firsts.append(place)
        yield from ((first, place) for first in sorted(met) if _alike(signatures[first], signature))


def _alike(one: Signature, other: Signature) -> bool:
    return float((one == other).mean()) >= LIKE


def _signature(text: str, by: Signature, plus: Signature) -> Signature:
    raw = {text[at : at + _SHINGLE] for at in range(max(len(text) - _SHINGLE + 1, 1))}
    hashes = np.array([zlib.crc32(shingle.encode()) % _PRIME for shingle in raw], dtype=np.uint64)
    return np.asarray(((hashes[None, :] * by + plus) % _PRIME).min(axis=1))
