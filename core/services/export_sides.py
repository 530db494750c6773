"""Train or test: items that share a prompt or a group stay together, in every project and delivery of the workspace."""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import orjson
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sqlalchemy import Connection

from core.interchange import near, sameness
from core.interchange.splits import Split, split_of
from core.interchange.training_rows import TRAINING_FORMATS
from core.store import bulk

BY = "prompt and group"
"""What decides an item's side, as reports say it; reports of before say another word."""


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
    newest: int = 0
    """The last item of the workspace that the sides were found of."""
    moved: "Moved | None" = None
    """None before the first delivery."""

    def of(self, item_id: int) -> Split:
        return self.side[item_id]

    def as_json(self, test_share: float) -> dict[str, Any]:
        sizes = Counter(self.family.values())
        return {
            "by": BY, "test_share": test_share, "groups": len(sizes), "largest_group": max(sizes.values(), default=0),
            "same_prompt": self.shared, "near_duplicates": self.near,
            "near_duplicates_within": None if self.near is None else "project",
            "newest_item": self.newest, "moved": self.moved and {"prompts": self.moved.prompts, "since": self.moved.since.isoformat()},
        }  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """How many prompts the last delivery had on another side, and when that was."""

    prompts: int
    since: datetime


@dataclass(frozen=True)
class _Rule:
    """What decides sides beside the items."""

    test_share: float
    near_too: bool


def sides(connection: Connection, project_id: int, salt: str, test_share: float, *, near_too: bool = False) -> Sides:
    """Other projects count, since one of their groups may hold two of this project's prompts together."""
    rows, now, last = bulk.kinship(connection), _Rule(test_share, near_too), _last_delivery(connection, project_id)
    alike = _near_pairs(connection, project_id) if near_too or (last and last.rule.near_too) else []
    kin = _Kin(rows, alike, project_id, salt)
    family, side = kin.under(now)
    return Sides(
        family, side, _shared([row.prompt_key for row in rows if row.project_id == project_id]),
        len({item for pair in alike for item in pair}) if near_too else None,
        rows[-1].id if rows else 0,
        None if last is None else Moved(kin.moved(side, now, last.rule, last.newest), last.at),
    )  # fmt: skip


@dataclass(frozen=True)
class _Delivery:
    """When the project's rows were last split, by what rule, and the last item that was there."""

    at: datetime
    rule: _Rule
    newest: int


def _last_delivery(connection: Connection, project_id: int) -> _Delivery | None:
    last = bulk.last_report(connection, project_id, TRAINING_FORMATS)
    split = (last.report or {}).get("split") or {} if last else {}
    if split.get("by") != BY:
        return None
    newest = split.get("newest_item")  # reports of before do not say it
    if newest is None:
        newest = bulk.newest_item(connection, last.at)
    return _Delivery(last.at, _Rule(split["test_share"], split["near_duplicates"] is not None), newest)


@dataclass(frozen=True)
class _Kin:
    """The items of the workspace in the order in which they came, and those of the project that are nearly alike."""

    rows: Sequence[Any]
    alike: Sequence[tuple[int, int]]
    project_id: int
    salt: str

    def under(self, rule: _Rule, newest: int | None = None) -> tuple[dict[int, int], dict[int, Split]]:
        """Family and side of each of the project's items, as far as the newest one."""
        rows = self.rows if newest is None else [row for row in self.rows if row.id <= newest]
        place = {row.id: at for at, row in enumerate(rows)}
        near_pairs = [pair for pair in self.alike if rule.near_too and place.keys() >= set(pair)]
        number = _families(rows, [(place[one], place[other]) for one, other in near_pairs])
        anchor: dict[int, str] = {}
        for row, its in zip(rows, number, strict=True):
            anchor.setdefault(its, row.prompt_key or str(row.id))
        family = {row.id: its for row, its in zip(rows, number, strict=True) if row.project_id == self.project_id}
        side = {its: split_of(self.salt, anchor[its], rule.test_share) for its in set(family.values())}
        return family, {item: side[its] for item, its in family.items()}

    def moved(self, side: dict[int, Split], now: _Rule, before: _Rule, newest: int) -> int:
        """Prompts that stood on another side when the newest item was that one."""
        if now == before and self.rows and newest >= self.rows[-1].id:
            return 0
        _, then = self.under(before, newest)
        prompt = {row.id: row.prompt_key or row.id for row in self.rows if row.id in then}
        return len({prompt[item] for item, where in then.items() if side[item] != where})


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
