"""The demo's machine judge: simulated as the people are, and imported with its probabilities as any judge's labels would be."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from math import exp
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from sqlalchemy import select
from sqlmodel import Session

from core.permissions import Actor
from core.services import importing
from core.services.projects import ProjectView
from core.store.tables import Item, core
from core.tasks.pairwise import Pairwise
from core.tasks.rating import Rating

JUDGE = "simulated-judge"
NOISE, SHARPNESS = 0.12, 9.0
SPREAD = 0.8
"""Points by which the judge holds neighbouring scores for nearly as likely."""
Row = dict[str, Any]
_ITEM = core(Item)


def judge(session: Session, actor: Actor, project: ProjectView, *, now: datetime, rng: Random) -> None:
    """Every item of a project that compares two responses, or scores one, gets the judge's label."""
    rows = list(_rows(session, project, rng))
    if not rows:
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{JUDGE}.jsonl"
        path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        importing.import_file(session, actor, project.slug, "labels", path, now=now, rng=rng, machine=True)


def _rows(session: Session, project: ProjectView, rng: Random) -> Iterator[Row]:
    query = select(_ITEM.c.key, _ITEM.c.meta).where(_ITEM.c.project_id == project.id).order_by(_ITEM.c.id)
    for row in session.connection().execute(query):
        said = _judged(project, row.meta or {}, rng)
        if said is not None:
            yield {"item": row.key, "annotator": JUDGE, **said}


def _judged(project: ProjectView, meta: Mapping[str, Any], rng: Random) -> Row | None:
    if isinstance(project.rubric, Pairwise) and "quality" in meta:
        return _preference(project.rubric, meta["quality"], rng)
    if isinstance(project.rubric, Rating) and "scores" in meta:
        return _scores(project.rubric, meta["scores"], rng)
    return None


def _preference(rubric: Pairwise, quality: Mapping[str, float], rng: Random) -> Row:
    """A judge that likes what is good, and knows how close it was."""
    (first, one), (second, two) = ((name, worth + rng.gauss(0, NOISE)) for name, worth in quality.items())
    odds = {first: exp(SHARPNESS * (one - two)), second: exp(SHARPNESS * (two - one)), "tie": 0.5}
    whole = sum(odds.values())
    chances = {name: round(one / whole, 4) for name, one in odds.items()}
    best = max(chances, key=lambda name: chances[name])
    answer: Row = {"preferred": best}
    if best != "tie" and rubric.strength_levels > 1:
        answer["strength"] = 1
    return {"answer": answer, "probabilities": {"preferred": chances}}


def _scores(rubric: Rating, true: Mapping[str, float | None], rng: Random) -> Row:
    scores: Row = {}
    chances: Row = {}
    for criterion in rubric.criteria:
        worth = true.get(criterion.id)
        if worth is None and criterion.allow_na:
            scores[criterion.id] = None
            continue
        seen = (criterion.max if worth is None else worth) + rng.gauss(0, SPREAD)
        points = [criterion.min + n * criterion.step for n in range(criterion.points)]
        odds = [exp(-(((point - seen) / SPREAD) ** 2) / 2) + 1e-9 for point in points]
        chances[criterion.id] = {f"{point:g}": one / sum(odds) for point, one in zip(points, odds, strict=True)}
        scores[criterion.id] = points[odds.index(max(odds))]
    return {"answer": {"scores": scores}, "probabilities": chances}
