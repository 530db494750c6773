"""The items of a project as their answers show them: how disputed, how hard, how sure, and why one is worth a look."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from sqlalchemy import select
from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import projects
from core.services.quality import item_lines, item_verdicts
from core.services.quality.data import Evidence, Measured
from core.services.quality.item_lines import Line
from core.services.quality.reporting import Assessment
from core.services.quality.targets import Settled
from core.stats.labels import MISSING, Codes, Flags, Floats, Labels
from core.store import work
from core.store.figure_items import STATES

Reason = Literal["disputed", "set_aside", "unsure", "split", "alone"]
"""Why an item is worth a look: people contradict its known answer, somebody set it aside, its value is doubtful,
half of the pairs of answers or more differ, or one person alone has answered."""
REASONS: tuple[Reason, ...] = ("disputed", "set_aside", "unsure", "split", "alone")
Order = Literal["worth", "confidence", "disagreement", "difficulty", "labels"]
ORDERS: tuple[Order, ...] = ("worth", "confidence", "disagreement", "difficulty", "labels")
SET_ASIDE = tuple(STATES.index(state) for state in ("flagged", "quarantined"))
SPLIT = 0.5
LEAN = 2.0
"""As many labels as the project's usual share of unlike ones weighs in an item's difficulty."""
BINS = 20


@dataclass(frozen=True)
class Columns:
    """Of every item in the evidence; NaN where something cannot be said."""

    labels: Codes
    disagreement: Floats
    """Share of pairs of answers that differ; on scales of numbers their mean distance as a share of the scale."""
    difficulty: Floats
    """Share of people expected to miss what the item came to, leaning on the project's usual."""
    confidence: Floats
    known: Flags
    """Its answer is known."""
    reasons: Mapping[Reason, Flags]
    reviewed: Flags
    """A reviewer has decided: nothing is unsure or split any more, whatever people's answers alone come to."""

    def decided(self, reviewed: Flags) -> "Columns":
        reasons = {name: flags if name == "set_aside" else flags & ~reviewed for name, flags in self.reasons.items()}
        return replace(self, reasons=reasons, confidence=np.where(reviewed, np.nan, self.confidence), reviewed=reviewed)

    @property
    def worth(self) -> Floats:
        """How likely it is that a look changes something."""
        doubt = np.where(np.isnan(self.confidence), self.disagreement, 1 - self.confidence) * ~self.reviewed
        sure = self.reasons["disputed"] | self.reasons["set_aside"]
        return np.where(sure, 1 + np.nan_to_num(self.disagreement), np.nan_to_num(doubt))


@dataclass(frozen=True)
class Wanted:
    """Which items; None leaves a condition out. Confidence and disagreement are ranges in [0, 1]."""

    target: str | None = None
    tag: str | None = None
    state: str | None = None
    reason: Reason | None = None
    confidence: tuple[float, float] = (0.0, 1.0)
    disagreement: tuple[float, float] = (0.0, 1.0)
    order: Order = "worth"


@dataclass(frozen=True)
class ItemRow:
    """Its value, where `reviewed` a reviewer's, is a class, a number, or a list; None where equal ones contend or nothing can be said."""

    item_id: int
    key: str
    excerpt: str
    batch: str
    lang: str
    state: str
    labels: int
    value: Any
    known: bool
    reviewed: bool
    confidence: float | None
    disagreement: float | None
    difficulty: float | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Choices:
    tags: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True)
class Leaf:
    """One page of items, how many fit the conditions of how many with answers, and how sure those are that are not `known`."""

    target: str
    rows: tuple[ItemRow, ...]
    fit: int
    answered: int
    histogram: tuple[int, ...]
    """Items by confidence in BINS equal steps; those known, reviewed, or of which nothing can be said, are in none."""
    known: int
    unsure: int
    doubt: float
    """Items below a confidence of one minus this are unsure."""
    calibrated: int | None
    """Known answers that the confidence was fitted on; None while there are too few."""
    choices: Choices


def leaf(
    session: Session, actor: Actor, assessment: Assessment, wanted: Wanted, *, start: int = 0, size: int = 25
) -> Leaf:
    evidence = assessment.evidence
    projects.require_in(session, actor, evidence.project.id, Right.SEE_PROGRESS)
    target = evidence.targets.get(wanted.target or "", next(iter(evidence.targets.values()))).target.name
    found = columns(session, assessment, target)
    tagged = assessment.view("tagged", lambda: _tagged(session, evidence))
    chosen = np.flatnonzero((found.labels > 0) & _fitting(evidence, found, tagged, wanted))
    ordered = chosen[np.argsort(_sorting(found, wanted.order)[chosen], kind="stable")]
    counted = chosen[~found.known[chosen] & np.isfinite(found.confidence[chosen])]
    calibration = assessment.targets[target].report.get("calibration") or {}
    return Leaf(
        target, _rows(session, assessment, target, ordered[start : start + size]), len(chosen), int((found.labels > 0).sum()),
        tuple(np.histogram(found.confidence[counted], bins=BINS, range=(0, 1))[0].tolist()), int(found.known[chosen].sum()), int(found.reasons["unsure"][chosen].sum()),
        evidence.project.policy.review.doubt, calibration.get("gold_items") if calibration.get("fitted") else None,
        _choices(evidence, found, tagged),
    )  # fmt: skip


def columns(session: Session, assessment: Assessment, target: str) -> Columns:
    """As the answers have it, and under the verdicts of this moment."""
    evidence, settled = assessment.evidence, assessment.targets[target]
    said = assessment.view(("item columns", target), lambda: _columns(evidence, evidence.targets[target], settled))
    return said.decided(item_verdicts.reviewed(session, evidence))


def _columns(evidence: Evidence, measured: Measured, settled: Settled) -> Columns:
    labels = settled.labels
    apart = _distance(labels, measured) if measured.scale in ("ordinal", "interval") else _unequal(labels)
    said, sure = _settled(measured, settled)
    known = measured.gold != MISSING
    difficulty, n = _difficulty(labels, said), labels.per_item.astype(np.int64)
    reasons: dict[Reason, Flags] = {
        "disputed": known & (n > 1) & _contradicted(labels, measured.gold),
        "set_aside": np.isin(evidence.about.state, SET_ASIDE),
        "unsure": ~known & (sure < 1 - evidence.project.policy.review.doubt),
        "split": apart >= SPLIT, "alone": n == 1,
    }  # fmt: skip
    return Columns(n, apart, difficulty, sure, known, reasons, np.zeros(len(n), np.bool_))


def _settled(measured: Measured, settled: Settled) -> tuple[Codes, Floats]:
    """What each item came to, and how sure that is once tempered; -1 and NaN where there are no probabilities."""
    posterior = settled.posterior
    if posterior is None:
        return np.full(len(measured.gold), MISSING), np.full(len(measured.gold), np.nan)
    tempered = posterior.tempered(settled.report["calibration"]["temperature"])
    return posterior.best, np.where(posterior.known, tempered.confidence, np.nan)


def _unequal(labels: Labels) -> Floats:
    n = labels.per_item
    cell, often = np.unique(labels.item * max(labels.classes, 1) + labels.code, return_counts=True)
    same = np.bincount(cell // max(labels.classes, 1), often * (often - 1.0), labels.items)
    return np.asarray(1 - np.divide(same, n * (n - 1), out=np.full(labels.items, np.nan), where=n > 1))


def _distance(labels: Labels, measured: Measured) -> Floats:
    """The mean distance of two numbers on one item, from their ranks within it."""
    values, n = measured.numbers[labels.code], labels.per_item
    order = np.lexsort((values, labels.item))
    item, start = labels.item[order], (n.cumsum() - n)[labels.item[order]]
    place = np.arange(len(order)) - start
    total = np.bincount(item, (2 * place - n[item] + 1) * values[order], labels.items)
    low, high = measured.target.low, measured.target.high
    span = float(np.ptp(measured.numbers)) if low is None or high is None else high - low
    return np.asarray(np.divide(2 * total, n * (n - 1) * (span or 1.0), out=np.full(labels.items, np.nan), where=n > 1))


def _difficulty(labels: Labels, said: Codes) -> Floats:
    judged = said[labels.item] != MISSING
    unlike = np.bincount(labels.item, judged & (labels.code != said[labels.item]), labels.items)
    n = np.where(said != MISSING, labels.per_item, 0)
    usual = unlike.sum() / max(n.sum(), 1)
    return np.asarray(np.where(n > 0, (unlike + LEAN * usual) / (n + LEAN), np.nan))


def _contradicted(labels: Labels, gold: Codes) -> Flags:
    """More people say one other thing than say the known answer."""
    right = gold[labels.item] == labels.code
    with_gold = np.bincount(labels.item, right, labels.items)
    others = labels.subset(np.flatnonzero(~right & (gold[labels.item] != MISSING)))
    cell, often = np.unique(others.item * max(labels.classes, 1) + others.code, return_counts=True)
    most = np.zeros(labels.items)
    np.maximum.at(most, cell // max(labels.classes, 1), often)
    return np.asarray(most > with_gold)


# Which items ----------------------------------------------------------------------------------------------------------


def _tagged(session: Session, evidence: Evidence) -> dict[str, Codes]:
    """Places of the items with each tag."""
    query = select(work.item.c.id, work.item.c.tags).where(
        work.item.c.project_id == evidence.project.id, work.item.c.tags.is_not(None)
    )
    found: dict[str, list[int]] = {}
    place = {item: at for at, item in enumerate(evidence.items.tolist())}
    for row in session.connection().execute(query):
        for tag in row.tags or () if row.id in place else ():
            found.setdefault(tag, []).append(place[row.id])
    return {tag: np.array(items, np.int64) for tag, items in found.items()}


def _fitting(evidence: Evidence, found: Columns, tagged: Mapping[str, Codes], wanted: Wanted) -> Flags:
    fits = np.ones(len(found.labels), np.bool_)
    if wanted.state is not None:
        fits &= evidence.about.state == (STATES.index(wanted.state) if wanted.state in STATES else MISSING)
    if wanted.tag is not None:
        fits &= np.isin(np.arange(len(fits)), tagged.get(wanted.tag, np.zeros(0, np.int64)))
    if wanted.reason is not None:
        fits &= found.reasons[wanted.reason]
    return fits & _within(found.confidence, wanted.confidence) & _within(found.disagreement, wanted.disagreement)


def _within(values: Floats, between: tuple[float, float]) -> Flags:
    """What cannot be said is within no narrower range than all."""
    if between == (0.0, 1.0):
        return np.ones(len(values), np.bool_)
    return np.asarray((values >= between[0] - 1e-9) & (values <= between[1] + 1e-9))


def _sorting(found: Columns, order: Order) -> Floats:
    """Lowest first; what cannot be said comes last."""
    if order == "worth":
        return -found.worth
    if order == "labels":
        return -found.labels * 1.0
    by = {"confidence": found.confidence, "disagreement": -found.disagreement, "difficulty": -found.difficulty}
    return np.asarray(np.nan_to_num(by[order], nan=np.inf))


def _choices(evidence: Evidence, found: Columns, tagged: Mapping[str, Codes]) -> Choices:
    used = np.unique(evidence.about.state[found.labels > 0])
    return Choices(tuple(sorted(tagged)), tuple(STATES[at] for at in used.tolist()))


# Rows -----------------------------------------------------------------------------------------------------------------


def _rows(session: Session, assessment: Assessment, target: str, places: Codes) -> tuple[ItemRow, ...]:
    ids = assessment.evidence.items[places].tolist()
    texts = item_lines.lines(session, ids)
    found, values = columns(session, assessment, target), values_of(session, assessment, target, places)
    return tuple(
        row_of(assessment.evidence, found, place, texts[item], value)
        for place, item, value in zip(places.tolist(), ids, values, strict=True)
    )


def row_of(evidence: Evidence, found: Columns, place: int, text: Line, value: Any) -> ItemRow:
    about = evidence.about
    return ItemRow(
        int(evidence.items[place]), text.key, text.excerpt,
        about.batches[about.batch[place]], about.langs[about.lang[place]], text.state, int(found.labels[place]), value,
        bool(found.known[place]), bool(found.reviewed[place]), _number(found.confidence[place]), _number(found.disagreement[place]),
        _number(found.difficulty[place]), tuple(reason for reason in REASONS if found.reasons[reason][place]),
    )  # fmt: skip


def values_of(session: Session, assessment: Assessment, target: str, places: Codes) -> list[Any]:
    """What items came to: by a reviewer's verdict, else by people's answers."""
    ids = assessment.evidence.items[places].tolist()
    decided = item_verdicts.values(session, assessment.evidence.project, target, ids)
    return [decided.get(item, said) for item, said in zip(ids, _said(assessment, target, places), strict=True)]


def _said(assessment: Assessment, target: str, places: Codes) -> list[Any]:
    """By probability, or as the target's other methods have it."""
    measured, settled = assessment.evidence.targets[target], assessment.targets[target]
    if settled.posterior is not None:
        best = settled.posterior.best[places]
        return [None if code == MISSING else measured.names[code] for code in best.tolist()]
    recommended = settled.report["recommended"]
    told = assessment.view(("values", target), lambda: dict(settled.predictions()))
    return [told.get(place, {}).get(recommended) for place in places.tolist()]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
