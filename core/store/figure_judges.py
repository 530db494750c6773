"""SQL of what machine judges hold for probable, and of whose output an item shows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, Text, select, type_coerce

from core.store import columns
from core.store.columns import Ints
from core.store.figures import answer, chosen, item
from core.store.tables import Probability, core

probability = core(Probability)


def probabilities(connection: Connection, project_id: int) -> tuple[Ints, NDArray[Any], Ints, NDArray[np.float64]]:
    """Answers, targets, codes of classes and how probable each is."""
    query: Select[Any] = (
        select(probability.c.answer_id, probability.c.target, probability.c.code, probability.c.value)
        .join(answer, answer.c.id == probability.c.answer_id)
        .where(answer.c.project_id == project_id)
    )
    answers, targets, codes, values = columns.mixed(connection, query, np.int64, object, np.int64, np.float64)
    return answers, targets, codes, values


def models(connection: Connection, ids: Ints) -> dict[int, str]:
    """Of the items whose meta names the model that they are about."""
    query = select(item.c.id, item.c.meta).where(type_coerce(item.c.meta, Text).contains('"model":'))
    named = ((row.id, row.meta.get("model")) for row in chosen(connection, query, item.c.id, ids))
    return {one: model for one, model in named if isinstance(model, str) and model}
