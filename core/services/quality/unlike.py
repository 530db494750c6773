"""Where people and a machine judge differ, item by item."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import projects
from core.services.quality import item_lines
from core.services.quality.data import Evidence
from core.services.quality.item_lines import Line
from core.services.quality.judges import Judged, most_said


@dataclass(frozen=True)
class Difference:
    """An item on which people and the judge differ: by the item's place, what most people said (-1: no one thing), what
    the judge said, and how many of the people said otherwise."""

    item: int
    people: int
    judge: int
    against: int
    labels: int


def differences(one: Judged) -> list[Difference]:
    """The clearest first: most people against it, nobody with it."""
    labels = one.labels
    against = np.bincount(labels.item, labels.code != one.theirs, labels.items).astype(np.int64)
    n, best = labels.per_item.astype(np.int64), most_said(labels)
    items = np.flatnonzero(against * 2 > n)
    order = sorted(items.tolist(), key=lambda at: (-against[at] / n[at], -n[at], at))
    return [Difference(at, int(best[at]), int(one.said[at]), int(against[at]), int(n[at])) for at in order]


def unlike(session: Session, actor: Actor, evidence: Evidence, found: Sequence[Difference]) -> dict[int, Line]:
    """Key and excerpt of each of these items, by its place; the text is for those who may see people's work."""
    ids = {int(evidence.items[one.item]): one.item for one in found}
    sees = projects.may(session, actor, evidence.project.id, Right.SEE_PEOPLE)
    lines = item_lines.lines(session, list(ids))
    return {ids[item]: line if sees else replace(line, excerpt="") for item, line in lines.items()}
