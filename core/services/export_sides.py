"""Train or test: items that share a prompt or a group stay together, in every project and delivery of the workspace."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sqlalchemy import Connection

from core.interchange import near, sameness
from core.interchange.splits import Split, split_of
from core.store import bulk


@dataclass(frozen=True)
class Sides:
    """Each item's side, by the prompt of the first item of all that hang together with it."""

    family: dict[int, int]
    """Item to a number that all items which hang together share."""
    side: dict[int, Split]
    shared: int
    """Items of the project whose prompt another of its items has, too."""
    near: int | None = None
    """Items with nearly the prompt of another; None where nobody asked."""
    _sizes: dict[int, int] = field(default_factory=dict)

    def of(self, item_id: int) -> Split:
        return self.side[item_id]

    def as_json(self, test_share: float) -> dict[str, Any]:
        return {
            "by": "prompt and group", "test_share": test_share, "groups": len(self._sizes),
            "largest_group": max(self._sizes.values(), default=0), "same_prompt": self.shared, "near_duplicates": self.near,
        }  # fmt: skip


def sides(connection: Connection, project_id: int, salt: str, test_share: float, *, near_too: bool = False) -> Sides:
    """Other projects count, since one of their groups may hold two of this project's prompts together."""
    rows = bulk.kinship(connection)
    place = {row.id: at for at, row in enumerate(rows)}
    mine = [row.id for row in rows if row.project_id == project_id]
    alike = _near_pairs(connection, project_id) if near_too else []
    family = _families(rows, [(place[one], place[other]) for one, other in alike])
    anchor: dict[int, str] = {}
    for row, number in zip(rows, family, strict=True):
        anchor.setdefault(number, row.prompt_key or str(row.id))
    family_of = {item: family[place[item]] for item in mine}
    sizes: dict[int, int] = {}
    for number in family_of.values():
        sizes[number] = sizes.get(number, 0) + 1
    side = {number: split_of(salt, anchor[number], test_share) for number in sizes}
    return Sides(
        family_of, {item: side[number] for item, number in family_of.items()},
        _shared([row.prompt_key for row in rows if row.project_id == project_id]),
        len({item for pair in alike for item in pair}) if near_too else None, sizes,
    )  # fmt: skip


def _families(rows: Sequence[Any], alike: Sequence[tuple[int, int]]) -> list[int]:
    """Items are nodes, and so are prompts and groups: what they share hangs them together."""
    nodes: dict[Any, int] = {}
    edges = list(alike)
    for at, row in enumerate(rows):
        if row.prompt_key is not None:
            edges.append((at, len(rows) + nodes.setdefault(row.prompt_key, len(nodes))))
        if row.group_key is not None:
            edges.append((at, len(rows) + nodes.setdefault((row.project_id, row.group_key), len(nodes))))
    size = len(rows) + len(nodes)
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    links = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(size, size))
    found: list[int] = connected_components(links, directed=False)[1][: len(rows)].tolist()
    return found


def _shared(keys: Sequence[str | None]) -> int:
    """How many items have a prompt that another of them has."""
    often: dict[str, int] = {}
    for key in keys:
        if key is not None:
            often[key] = often.get(key, 0) + 1
    return sum(count for count in often.values() if count > 1)


def _near_pairs(connection: Connection, project_id: int) -> list[tuple[int, int]]:
    """Pairs of items whose prompts are nearly the same, one item a prompt."""
    first: dict[str, int] = {}
    with closing(bulk.items(connection, project_id)) as items:
        for item in items:
            if asked := sameness.prompt_text(orjson.loads(item.payload)):
                first.setdefault(asked, item.id)
    ids = list(first.values())
    return [(ids[one], ids[other]) for one, other in near.near_pairs(list(first))]
