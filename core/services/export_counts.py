"""Nothing vanishes uncounted: every item, and every pair, response or answer, is in a row or left out for a reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import comb
from typing import Any, Literal

import orjson

from core.interchange.training_rows import TrainingFormat
from core.records import Demonstration, PreferencePair, Unpaired

Unit = Literal["pairs", "responses", "answers"]


def unit_of(made: TrainingFormat) -> Unit | None:
    """What becomes a row beside the item itself; None where an item is a row."""
    if Unpaired in made.takes:
        return "responses"
    if PreferencePair in made.takes:
        return "pairs"
    return "answers" if Demonstration in made.takes else None


def units_in(item: Any, unit: Unit | None, answers: int) -> int:
    if unit is None:
        return 0
    if unit == "answers":
        return answers
    responses = len(orjson.loads(item.payload)["responses"])
    return comb(responses, 2) if unit == "pairs" else responses


@dataclass
class Count:
    total: int = 0
    in_rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, in_rows: int, left_out: Mapping[str, int]) -> None:
        self.in_rows += in_rows
        self.left_out.update(left_out)
        self.total += in_rows + sum(left_out.values())

    def as_json(self) -> dict[str, Any]:
        left_out = {reason: count for reason, count in sorted(self.left_out.items()) if count}
        return {"total": self.total, "in_rows": self.in_rows, "left_out": left_out}
