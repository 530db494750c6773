"""What a client may know of a project's data: how they were made, how good they are, part by part, and what to bear in mind.

Names of people are not in it, whoever asks.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import projects
from core.services.projects import ProjectView
from core.services.quality import cuts as quality_cuts
from core.services.quality.cuts import DIMENSIONS, Cut
from core.services.quality.data import Evidence, Measured
from core.services.quality.people import of_people
from core.services.quality.reporting import Assessment
from core.services.quality.scopes import Scope
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes
from core.store import verdicts as verdicts_store
from core.store.figures import CHECK, PURPOSES

Source = Literal["single", "unanimous", "majority", "unresolved", "adjudicated"]
SOURCES: tuple[Source, ...] = ("single", "unanimous", "majority", "unresolved", "adjudicated")
VOTED = ("nominal", "set", "rank")
IMPORTED = PURPOSES.index("imported")
FEW_GOLD, FEW_UNITS, FEW_PEOPLE = 50, 30, 3
Limit = Literal[
    "simulated", "no_gold", "few_gold", "few_units", "few_people", "single", "unresolved", "other_settings", "versions", "under_way"
]  # fmt: skip


@dataclass(frozen=True)
class Settled:
    """Items by where their value comes from, and how many a reviewer has settled."""

    sources: Mapping[Source, int]

    @property
    def items(self) -> int:
        return sum(self.sources.values())

    @property
    def reviewed(self) -> int:
        return self.sources.get("adjudicated", 0)


@dataclass(frozen=True)
class Part:
    """Answers of one batch, language and guideline version; agreement by target."""

    batch: str
    lang: str
    guidelines: int
    items: int
    labels: int
    people: int
    agreed: Mapping[str, Mapping[str, Any]]
    gold: Interval | None
    settled: Settled


@dataclass(frozen=True)
class Figures:
    """A target as in `quality --json`: agreement, and how often the recommended way of settling meets known answers."""

    name: str
    scale: str
    agreed: Mapping[str, Any]
    method: str | None
    why: str
    accuracy: Mapping[str, Any] | None


@dataclass(frozen=True)
class ClientReport:
    project: ProjectView
    scope: Scope
    at: datetime
    first: datetime
    last: datetime
    items: int
    labels: int
    imported: int
    """Of the labels: collected elsewhere."""
    people: int
    machines: int
    answers_an_item: tuple[int, int]
    """The fewest and the most that an item got here, of those that got any; imported ones do not count."""
    check_share: float | None
    """Of the answers given here, those to hidden checks; None where none were given here."""
    langs: tuple[str, ...]
    guidelines: tuple[int, ...]
    gold_items: int
    gold: Interval | None
    targets: tuple[Figures, ...]
    settled: Settled
    parts: tuple[Part, ...]
    limits: tuple[tuple[Limit, int], ...]
    """With a count where there is one to tell."""


def client_report(session: Session, actor: Actor, assessment: Assessment, *, now: datetime) -> ClientReport:
    evidence, report = assessment.evidence, assessment.report
    project = projects.get(session, actor, evidence.project.slug)
    projects.require_in(session, actor, project.id, Right.SEE_PROGRESS)
    rows = evidence.labels
    settled_by = _sources(evidence, verdicts_store.standing_verdicts(session.connection(), project.id))
    at = evidence.answers.at[rows]
    langs = Counter(evidence.about.lang[evidence.item[rows]].tolist())
    found = ClientReport(
        project, evidence.scope, now, _moment(at.min()), _moment(at.max()),
        len(np.unique(evidence.item[rows])), int(rows.sum()), int((evidence.answers.purpose[rows] == IMPORTED).sum()),
        len(np.unique(evidence.person[rows])), int(evidence.machines.sum()), _answers_an_item(evidence), _check_share(evidence),
        tuple(evidence.about.langs[code] for code, _n in langs.most_common()),
        tuple(sorted(set(evidence.answers.guidelines[rows].tolist()))),
        report["gold_items"], of_people(evidence, assessment.graded), tuple(_targets(report)),
        _settled(settled_by, evidence.item[rows]), tuple(_parts(assessment, settled_by)), (),
    )  # fmt: skip
    return _with_limits(found, report)


def _answers_an_item(evidence: Evidence) -> tuple[int, int]:
    """Counted on the items: what the policy asks for now may never have been asked of them."""
    counts = np.bincount(evidence.item[evidence.labels & (evidence.answers.purpose != IMPORTED)])
    given = counts[counts > 0]
    return (int(given.min()), int(given.max())) if len(given) else (0, 0)


def _check_share(evidence: Evidence) -> float | None:
    here = (evidence.answers.purpose != IMPORTED) & ~evidence.machines[evidence.person]
    return float((evidence.answers.purpose[here] == CHECK).mean()) if here.any() else None


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)


def _targets(report: Mapping[str, Any]) -> Iterator[Figures]:
    for name, found in report["targets"].items():
        method = found["recommended"]
        known = found["consensus"].get(method) if method else None
        accuracy = known if known and known["accuracy"] is not None else None
        yield Figures(name, found["scale"], found["agreement"], method, found["why"], accuracy)


# Parts ----------------------------------------------------------------------------------------------------------------


def _parts(assessment: Assessment, settled_by: Codes) -> Iterator[Part]:
    evidence = assessment.evidence
    by_target = {name: quality_cuts.cuts(assessment, name, DIMENSIONS) for name in evidence.targets}
    agreed = {name: {_key(cut): cut.agreed for cut in cuts} for name, cuts in by_target.items()}
    for key, rows in quality_cuts.cells(evidence, evidence.labels, DIMENSIONS):
        batch, lang, guidelines = key
        yield Part(
            batch, lang, guidelines, len(np.unique(evidence.item[rows])), int(rows.sum()), len(np.unique(evidence.person[rows])),
            {name: found[key] for name, found in agreed.items() if key in found},
            of_people(evidence, assessment.graded, quality_cuts.like(evidence, key, DIMENSIONS)), _settled(settled_by, evidence.item[rows]),
        )  # fmt: skip


def _key(cut: Cut) -> tuple[Any, ...]:
    return cut.batch, cut.lang, cut.guidelines


# Where values come from -----------------------------------------------------------------------------------------------


def _settled(settled_by: Codes, item: Codes) -> Settled:
    often = np.bincount(settled_by[np.unique(item)], minlength=len(SOURCES))
    return Settled({name: int(n) for name, n in zip(SOURCES, often, strict=True) if n})


def _sources(evidence: Evidence, verdicts: Mapping[int, bool]) -> Codes:
    """Of each item, by people's first answers about the first target, unless a reviewer has settled it."""
    measured = next(iter(evidence.targets.values()))
    found = _by_votes(evidence, measured) if measured.scale in VOTED else _by_nearness(evidence)
    adjudicated = [item for item, final in verdicts.items() if final]
    return np.where(np.isin(evidence.items, adjudicated), SOURCES.index("adjudicated"), found)


def _by_votes(evidence: Evidence, measured: Measured) -> Codes:
    rows = evidence.labels & (measured.code != MISSING)
    item, code = evidence.item[rows], measured.code[rows]
    cells, often = np.unique(item * max(len(measured.names), 1) + code, return_counts=True)
    of = cells // max(len(measured.names), 1)
    size = len(evidence.items)
    total, kinds, most = np.bincount(of, often, size), np.bincount(of, minlength=size), np.zeros(size)
    np.maximum.at(most, of, often)
    leaders = np.bincount(of[often == most[of]], minlength=size)
    places = [SOURCES.index(name) for name in ("single", "unanimous", "unresolved")]
    return np.select([total <= 1, kinds == 1, leaders > 1], places, SOURCES.index("majority"))


def _by_nearness(evidence: Evidence) -> Codes:
    """Scores and texts have no votes: alike in all targets, or the answer nearest to the others."""
    rows = evidence.labels
    item = evidence.item[rows]
    size = len(evidence.items)
    alike = np.ones(size, dtype=np.bool_)
    for measured in evidence.targets.values():
        lowest, highest = np.full(size, np.iinfo(np.int64).max), np.full(size, np.iinfo(np.int64).min)
        np.minimum.at(lowest, item, measured.code[rows])
        np.maximum.at(highest, item, measured.code[rows])
        alike &= lowest == highest if len(measured.names) else np.zeros(size, dtype=np.bool_)
    total = np.bincount(item, minlength=size)
    places = [SOURCES.index("single"), SOURCES.index("unanimous")]
    return np.select([total <= 1, alike], places, SOURCES.index("majority"))


# What to bear in mind -------------------------------------------------------------------------------------------------


def _with_limits(found: ClientReport, report: Mapping[str, Any]) -> ClientReport:
    graded = 0 if found.gold is None else found.gold.n
    units = min((one.agreed["units"] for one in found.targets), default=0)
    tests: tuple[tuple[Limit, bool, int], ...] = (
        ("simulated", found.project.simulated, 0),
        ("no_gold", found.gold is None, 0),
        ("few_gold", found.gold is not None and graded < FEW_GOLD, graded),
        ("few_units", units < FEW_UNITS, units),
        ("few_people", found.people < FEW_PEOPLE, found.people),
        ("single", found.settled.sources.get("single", 0) > 0, found.settled.sources.get("single", 0)),
        ("unresolved", found.settled.sources.get("unresolved", 0) > 0, found.settled.sources.get("unresolved", 0)),
        ("other_settings", report["labels_of_other_settings"] > 0, report["labels_of_other_settings"]),
        ("versions", len(found.guidelines) > 1, len(found.guidelines)),
        ("under_way", found.project.state != "done", 0),
    )
    limits = tuple((name, n) for name, applies, n in tests if applies)
    return replace(found, limits=limits)
