"""What an export takes from the quality report: agreement, and the way of settling items that it recommends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from sqlmodel import Session

from core.services.projects import ProjectView
from core.services.quality.data import gather
from core.services.quality.targets import Settled, settled
from core.services.verdicts import main_target
from core.stats.grading import GOLD_TO_CHOOSE
from core.stats.rounding import reaches

Choice = Literal["recommended", "majority", "review-only"]
CHOICES: tuple[Choice, ...] = ("recommended", "majority", "review-only")


@dataclass(frozen=True)
class Judged:
    """The project's main target, from all answers, before review."""

    agreement: dict[str, Any] | None
    """Of all items and answers, whatever a reviewer said since."""
    method: str
    """The way of settling items that the report recommends, empty without one."""
    gold_items: int
    """Known answers that it was held against."""
    accuracy: float | None
    proven: bool
    """Enough known answers, and it does no worse on them than the majority."""
    values: Mapping[int, tuple[Any, float | None]] = field(repr=False)
    """Item to what the method makes of it and how probable that is; None where equals contend."""

    def used(self, asked: Choice | None) -> Choice:
        """The recommended way once gold speaks for it, unless another is asked for."""
        return asked or ("recommended" if self.proven else "majority")

    def as_json(self, asked: Choice | None) -> dict[str, Any]:
        used = self.used(asked)
        method = self.method if used == "recommended" else "majority" if used == "majority" else "review"
        checked = used == "recommended" and self.gold_items > 0
        return {
            "used": used, "asked": asked, "method": method or "majority",
            "gold_items": self.gold_items if checked else 0, "accuracy": self.accuracy if checked else None,
        }  # fmt: skip


def judged(session: Session, project: ProjectView) -> Judged:
    evidence = gather(session, project, {})
    name = main_target(project.rubric).name
    found = settled(evidence, evidence.targets[name])
    method = found.report["recommended"] or ""
    known = found.report["consensus"].get(method, {})
    ids = evidence.items.tolist()
    values = {ids[at]: (row.get(method), row.get(f"{method}_p")) for at, row in found.predictions()} if method else {}
    return Judged(
        _agreement(name, found), method, known.get("n", 0), known.get("accuracy"), _is_proven(found.report, known), values
    )  # fmt: skip


def _is_proven(report: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    plain = report["consensus"].get("majority", {}).get("accuracy")
    if known.get("n", 0) < GOLD_TO_CHOOSE or plain is None:
        return False
    return bool(reaches(np.asarray(known["accuracy"]), plain))


def _agreement(target: str, found: Settled) -> dict[str, Any] | None:
    agreed = found.report["agreement"]
    if agreed["percent"] is None:
        return None
    return {"target": target, **{name: agreed[name] for name in ("percent", "pairs", "units", "alpha", "source")}}
