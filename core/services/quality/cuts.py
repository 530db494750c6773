"""Agreement by batch, language and guideline version, between each two people, and of people with themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.services.quality.agreement import agreement_of_part, counted, ranks_of, sets_of
from core.services.quality.data import Evidence, Measured
from core.services.quality.reporting import Assessment
from core.stats import distances, intervals, nearness
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Flags, Floats, Labels
from core.stats.nearness import Near

Dimension = Literal["batch", "lang", "guidelines"]
DIMENSIONS: tuple[Dimension, ...] = ("batch", "lang", "guidelines")
MOST_CUTS = 60
MOST_PEOPLE = 24
FEW = 10
"""Items shared by two people below which their agreement says little."""


# By batch, language and guideline version -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Cut:
    """Answers of one batch, language and guideline version; None where that is not told apart."""

    batch: str | None
    lang: str | None
    guidelines: int | None
    items: int
    labels: int
    people: int
    agreed: dict[str, Any]
    """As in `quality --json`."""


def differing(assessment: Assessment) -> tuple[Dimension, ...]:
    """What answers differ in at all."""
    evidence = assessment.evidence
    rows = evidence.labels
    return tuple(name for name in DIMENSIONS if len(np.unique(_column(evidence, name)[rows])) > 1)


def cuts(assessment: Assessment, target: str, by: Sequence[Dimension]) -> tuple[Cut, ...]:
    """The largest, in order of batch, language and version; worked out once."""
    wanted = tuple(name for name in DIMENSIONS if name in by)
    return assessment.view(("cuts", target, wanted), lambda: tuple(_cuts(assessment.evidence, target, wanted)))


def _cuts(evidence: Evidence, target: str, by: tuple[Dimension, ...]) -> Iterator[Cut]:
    measured, (compared, source) = evidence.targets[target], counted(evidence)
    for key, rows in cells(evidence, evidence.labels & (measured.code != MISSING), by):
        where = dict(zip(by, key, strict=True))
        yield Cut(
            where.get("batch"), where.get("lang"), where.get("guidelines"),
            len(np.unique(evidence.item[rows])), int(rows.sum()), len(np.unique(evidence.person[rows])),
            agreement_of_part(compact(evidence, measured, rows & compared), measured, source),
        )  # fmt: skip


def cells(evidence: Evidence, rows: Flags, by: tuple[Dimension, ...]) -> Iterator[tuple[tuple[Any, ...], Flags]]:
    """The largest parts of some answers: what each has in common, and its answers."""
    columns = np.stack([_column(evidence, name) for name in by] or [np.zeros(len(rows), dtype=np.int64)])
    keys, which, often = np.unique(columns[:, rows], axis=1, return_inverse=True, return_counts=True)
    largest = sorted(np.argsort(-often, kind="stable")[:MOST_CUTS].tolist())
    at = np.flatnonzero(rows)
    for place in largest:
        flags = np.zeros(len(rows), dtype=np.bool_)
        flags[at[which.reshape(-1) == place]] = True
        yield tuple(_named(evidence, name, int(code)) for name, code in zip(by, keys[:, place], strict=False)), flags


def like(evidence: Evidence, key: tuple[Any, ...], by: tuple[Dimension, ...]) -> Flags:
    """All answers, checks among them, that have this in common."""
    found = np.ones(len(evidence.answers), dtype=np.bool_)
    for name, value in zip(by, key, strict=True):
        known = {"batch": evidence.about.batches, "lang": evidence.about.langs}
        found &= _column(evidence, name) == (value if name == "guidelines" else known[name].index(value))
    return found


def _column(evidence: Evidence, name: Dimension) -> Codes:
    if name == "guidelines":
        return evidence.answers.guidelines.astype(np.int64)
    of_items = evidence.about.batch if name == "batch" else evidence.about.lang
    return of_items[evidence.item].astype(np.int64)


def _named(evidence: Evidence, name: Dimension, code: int) -> str | int:
    return {"batch": evidence.about.batches, "lang": evidence.about.langs}[name][code] if name != "guidelines" else code


def compact(evidence: Evidence, measured: Measured, rows: Flags) -> Labels:
    """A table of these answers' own items and people only: that of all items would be made again for each cut."""
    _, item = np.unique(evidence.item[rows], return_inverse=True)
    _, person = np.unique(evidence.person[rows], return_inverse=True)
    return Labels.of(item, person, measured.code[rows], classes=len(measured.names))


# Between people -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """Two people, by their places: how near their answers are, and that leaning on all pairs while there is little."""

    left: int
    right: int
    shared: int
    near: float
    shrunk: Interval

    @property
    def few(self) -> bool:
        return self.shared < FEW


@dataclass(frozen=True)
class Team:
    """Those who share the most items, in the order of how near they are to the others; `exact` says how near is meant."""

    names: tuple[str, ...]
    pairs: tuple[Pair, ...]
    left_out: int
    exact: bool


def team(assessment: Assessment, target: str) -> Team | None:
    """None for readers who may not see people, and where nobody shares an item."""
    if any(not name for name in assessment.evidence.people):
        return None
    return assessment.view(("team", target), lambda: _team(assessment.evidence, target))


def _team(evidence: Evidence, target: str) -> Team | None:
    measured, (rows, _source) = evidence.targets[target], counted(evidence)
    labels = evidence.table(measured, rows)
    if len(labels) == 0 or measured.scale in ("text", "spans"):
        return None
    found = nearness.between(labels, near_of(measured))
    with_others = found.shared.sum(axis=1)
    sharing = np.flatnonzero(with_others)
    chosen = sharing[np.argsort(-with_others[sharing], kind="stable")[:MOST_PEOPLE]]
    if len(chosen) < 2:
        return None
    closeness = np.nansum(found.shrunk[chosen] * found.shared[chosen], axis=1) / with_others[chosen]
    chosen = chosen[np.argsort(-closeness, kind="stable")]
    names = tuple(evidence.people[who] for who in chosen.tolist())
    return Team(names, tuple(_pairs(found, chosen)), len(sharing) - len(chosen), measured.scale == "nominal")


def _pairs(found: nearness.Nearness, chosen: Codes) -> Iterator[Pair]:
    for left, one in enumerate(chosen.tolist()):
        for right, other in enumerate(chosen[:left].tolist()):
            n = int(found.shared[one, other])
            if n:
                value, low, high = (float(column[one, other]) for column in (found.shrunk, found.low, found.high))
                yield Pair(left, right, n, float(found.value[one, other]), Interval(value, low, high, n))


def near_of(measured: Measured) -> Near:
    """1 for the same answer; on scales, sets and rankings less the further apart they are."""
    if measured.scale in ("ordinal", "interval"):
        return _near_numbers(measured)
    if measured.scale == "set":
        return _near_by(distances.masi(sets_of(measured)))
    if measured.scale == "rank":
        return _near_by(distances.kendall(ranks_of(measured))[0])
    return lambda left, right: (left == right) * 1.0


def _near_numbers(measured: Measured) -> Near:
    points, target = measured.numbers, measured.target
    seen = float(np.ptp(points)) if len(points) else 0.0
    span = (seen if target.low is None or target.high is None else target.high - target.low) or 1.0
    return lambda left, right: 1 - np.abs(points[left] - points[right]) / span


def _near_by(distance: Floats) -> Near:
    return lambda left, right: 1 - distance[left, right]


# With oneself ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Again:
    """Hidden repeats: how often people say the same of an item again, how near they come, and how often others say it."""

    same: Interval
    near: float
    people: int
    others: float | None


def again(assessment: Assessment, target: str) -> Again | None:
    """None without repeats."""
    return assessment.view(("again", target), lambda: _again(assessment, target))


def _again(assessment: Assessment, target: str) -> Again | None:
    evidence = assessment.evidence
    measured, first = evidence.targets[target], evidence.repeats.first
    before, now = measured.code[first], measured.again
    used = (before != MISSING) & (now != MISSING) & ~evidence.machines[evidence.person[first]]
    same = intervals.share(int((before == now)[used].sum()), int(used.sum()))
    if same is None:
        return None
    near = float(near_of(measured)(before[used], now[used]).mean())
    others = assessment.report["targets"][target]["agreement"]["percent"]
    return Again(same, near, len(np.unique(evidence.person[first][used])), others)
