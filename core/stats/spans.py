"""Agreement on marked spans: F1 between each two people, on characters, on overlapping and on equal spans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from core.errors import N_

Span = tuple[int, int]
Marked = Mapping[str, Sequence[Span]]
"""What each person marked on one item, as [start, end)."""

NOTHING_MARKED = N_("No spans were marked on items that two annotators saw.")


@dataclass(frozen=True)
class SpanAgreement:
    """Mean pairwise F1; `pairs` are pairs of people on one item of which at least one marked something."""

    characters: float | None
    overlapping: float | None
    exact: float | None
    pairs: int
    why: str | None = None


def agreement(items: Sequence[Marked], overlap: float = 0.5) -> SpanAgreement:
    """Hripcsak and Rothschild (2005): kappa approaches this F1 as what nobody marks grows."""
    pairs = [(a, b) for marked in items for a, b in combinations(marked.values(), 2) if a or b]
    if not pairs:
        return SpanAgreement(None, None, None, 0, NOTHING_MARKED)
    means = [
        sum(found) / len(pairs)
        for found in zip(*((_characters(a, b), _matched(a, b, overlap), _exact(a, b)) for a, b in pairs), strict=True)
    ]
    return SpanAgreement(means[0], means[1], means[2], len(pairs))


def _characters(left: Sequence[Span], right: Sequence[Span]) -> float:
    a, b = ({at for start, end in spans for at in range(start, end)} for spans in (left, right))
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0


def _exact(left: Sequence[Span], right: Sequence[Span]) -> float:
    a, b = set(left), set(right)
    return 2 * len(a & b) / (len(a) + len(b))


def _matched(left: Sequence[Span], right: Sequence[Span], overlap: float) -> float:
    """Each span is matched once, the closest first."""
    near = sorted(((_shared(a, b), i, j) for i, a in enumerate(left) for j, b in enumerate(right)), reverse=True)
    used_left, used_right = set[int](), set[int]()
    for share, i, j in near:
        if share >= overlap and i not in used_left and j not in used_right:
            used_left.add(i)
            used_right.add(j)
    return 2 * len(used_left) / (len(left) + len(right))


def _shared(a: Span, b: Span) -> float:
    inside = min(a[1], b[1]) - max(a[0], b[0])
    return inside / (max(a[1], b[1]) - min(a[0], b[0])) if inside > 0 else 0.0
