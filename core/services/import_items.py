"""Items: checked row by row, compared with what the project has, and queued with members of a group side by side."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session

from core.errors import Problem, TouchstoneError
from core.interchange import item_rows, label_rows, sameness
from core.interchange.files import Row
from core.interchange.item_rows import ItemRow, PartedPayload
from core.interchange.refusals import from_error
from core.permissions import Actor
from core.services.import_job import Duplicate, ImportReport, Job, checked_rows
from core.store import intake
from core.tasks.base import TaskType
from core.tasks.blank import refuse_blank

LANES_AT_MOST = 5000
EXAMPLES = 20
_MADE_KEY = 16
"""Hex digits of the content's digest that name a row without an id."""

Lane = tuple[str, int, str, str, str]
"""batch, priority, lang, response_lang, sensitive"""


# Checking -------------------------------------------------------------------------------------------------------------


def check(session: Session, job: Job) -> ImportReport:
    lanes: dict[Lane, int] = {}
    count = 0
    for number, row in checked_rows(job):
        count += 1
        try:
            job.staging.add("item", _checked(job, row, number, lanes))
        except Problem as problem:
            job.problems.add(problem)
        except TouchstoneError as error:
            job.problems.add(from_error(error, row=number, under="payload"))
    job.problems.refuse()
    keep_lanes(job, lanes)
    _name_the_nameless(job)
    _refuse_twice_in_file(job)
    unchanged = _drop_unchanged(session, job)
    report = ImportReport(
        job.kind, job.source.name, job.source.format, rows=count, unchanged=unchanged, new=count - unchanged
    )
    return _with_duplicates(session, job, _with_counts(job, report, lanes))


def _checked(job: Job, row: Row, number: int, lanes: dict[Lane, int]) -> tuple[Any, ...]:
    """One row of the staging's item table."""
    item = item_rows.read_item(row, number)
    raw = sameness.canonical({**row, "id": None})
    refuse_blank(job.rubric.parse_payload(item.payload))
    parted = item_rows.part(item.payload, item.meta, job.rng)
    gold = _gold(job.rubric, item, parted) if item.gold else (None, None, None)
    state = "gold" if gold[2] == "check" else "open"
    overlap, audit = _overlap(job, item.overlap, state)
    digest, texts = sameness.digest(raw), list(sameness.texts(item.payload))
    return (
        number, item.key or digest[:_MADE_KEY], item.key is None, _lane(lanes, item), state,
        _json(parted.payload), _json(parted.aliases), _json(parted.models), item.group, _json(item.tags),
        overlap, digest, sameness.duplicate_key(texts), sameness.words(texts), sameness.prompt_key(parted.payload), _json(item.meta), *gold, audit,
    )  # fmt: skip


def _overlap(job: Job, said: int | None, state: str) -> tuple[int, bool]:
    """Answers an item asks for at first, what its row says before what the project does; and whether it was drawn for
    the audit track, whose items get every answer."""
    stopping = job.project.policy.stopping
    if stopping is None:
        return said or job.project.policy.overlap, False
    start = said or stopping.start
    drawn = state == "open" and job.rng.random() < stopping.audit_share
    return (max(start, stopping.most) if drawn else start), drawn


def _lane(lanes: dict[Lane, int], item: ItemRow) -> int:
    key = (item.batch, item.priority, item.lang, item.response_lang, item.sensitive)
    if key not in lanes and len(lanes) >= LANES_AT_MOST:
        raise Problem(
            "There are more than {limit} different batches, priorities and languages in this file. Use fewer.",
            row=item.number, column="batch", limit=LANES_AT_MOST,
        )  # fmt: skip
    return lanes.setdefault(key, len(lanes))


def _gold(rubric: TaskType[Any, Any], item: ItemRow, parted: PartedPayload) -> tuple[str | None, str | None, str]:
    if unknown := sorted((item.gold or {}).keys() - {"answer", "explanation", "use"}):
        raise Problem("This field is not known.", row=item.number, column=f"gold.{unknown[0]}")
    answer, explanation, use = label_rows.gold_parts(item.gold or {}, item.number, "gold.")
    names = {alias: made for made, alias in (parted.aliases or {}).items()}
    body = gold_body(rubric, rubric.parse_payload(parted.payload), answer, names, item.number, "gold.answer")
    return _json(body), _json(explanation), use_of(rubric, use, item.number, "gold.use")


def gold_body(
    rubric: TaskType[Any, Any], payload: Any, raw: Row, names: dict[str, str], number: int, column: str
) -> Any:
    """A known answer as it is stored: checked, and by the responses' own ids."""
    try:
        return rubric.parse_answer(payload, rubric.rename(raw, names)).as_json()
    except TouchstoneError as error:
        raise from_error(error, row=number, under=column) from None


def use_of(rubric: TaskType[Any, Any], use: str | None, number: int, column: str) -> str:
    if use == "check" and not rubric.checkable:
        raise Problem("Answers to this task cannot be checked by a machine. Use reference.", row=number, column=column)
    return use or ("check" if rubric.checkable else "reference")


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value, default=str).decode()


def keep_lanes(job: Job, lanes: dict[Lane, int]) -> None:
    job.staging.run(
        "CREATE TABLE lane (number INTEGER PRIMARY KEY, batch TEXT, priority INTEGER, lang TEXT, response_lang TEXT, sensitive TEXT, lane_id INTEGER)"
    )
    for lane, number in lanes.items():
        job.staging.add("lane", (number, *lane, None))


def _name_the_nameless(job: Job) -> None:
    """Rows without an id are named by their content, the second one of the same content …-2."""
    if not job.staging.one("SELECT 1 FROM item WHERE made LIMIT 1"):
        return
    job.staging.run(
        "UPDATE item SET key = item.key || '-' || twin.n FROM "
        "(SELECT row, row_number() OVER (PARTITION BY key ORDER BY row) AS n FROM item WHERE made) AS twin "
        "WHERE twin.row = item.row AND twin.n > 1"
    )


def _refuse_twice_in_file(job: Job) -> None:
    job.staging.run("CREATE INDEX item_key ON item (key)")
    twice = "SELECT key, min(row) FROM item GROUP BY key HAVING count(*) > 1 LIMIT 100"
    for key, first in list(job.staging.read(twice)):
        for (row,) in list(job.staging.read("SELECT row FROM item WHERE key = ? AND row > ?", (key, first))):
            job.problems.add(
                Problem("The id {id} is used in row {first} already.", row=row, column="id", id=repr(key), first=first)
            )
    job.problems.refuse()


def _drop_unchanged(session: Session, job: Job) -> int:
    """Rows that the project has already leave the staging; a changed row under a known id is refused."""
    connection = session.connection()
    if not intake.has_items(connection, job.project.id):
        return 0
    job.staging.run("CREATE TABLE known (row INTEGER PRIMARY KEY)")
    for chunk in job.staging.chunks("SELECT row, key, digest FROM item"):
        known = intake.digests(connection, job.project.id, [key for _, key, _ in chunk])
        for row, key, digest in chunk:
            if key in known and known[key] != digest:
                job.problems.add(_changed(row, key))
            elif key in known:
                job.staging.add("known", (row,))
    job.problems.refuse()
    return job.staging.run("DELETE FROM item WHERE row IN (SELECT row FROM known)")


def _changed(row: int, key: str) -> Problem:
    return Problem(
        "The item {id} is in the project with other content. Items do not change under their answers: give this row a new id.",
        row=row, column="id", id=repr(key),
    )  # fmt: skip


# Reporting ------------------------------------------------------------------------------------------------------------


def _with_counts(job: Job, report: ImportReport, lanes: dict[Lane, int]) -> ImportReport:
    per_lane = dict(job.staging.read("SELECT lane, count(*) FROM item GROUP BY lane"))
    batches: dict[str, int] = {}
    languages: dict[str, int] = {}
    for lane, number in lanes.items():
        count = per_lane.get(number, 0)
        batches[lane[0]] = batches.get(lane[0], 0) + count
        languages[lane[2]] = languages.get(lane[2], 0) + count
    gold = job.staging.one("SELECT count(*) FROM item WHERE gold_use IS NOT NULL")
    return replace(report, batches=_some(batches), languages=_some(languages), gold=gold)


def _some(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


_TWINS = """
SELECT item.row, item.key, first.key, item.digest = first.digest FROM item
JOIN (SELECT duplicate_key, min(row) AS row FROM item GROUP BY duplicate_key HAVING count(*) > 1) AS twins
    ON twins.duplicate_key = item.duplicate_key AND item.row > twins.row
JOIN item AS first ON first.row = twins.row
"""


def _with_duplicates(session: Session, job: Job, report: ImportReport) -> ImportReport:
    exact = near = 0
    examples: list[Duplicate] = []
    for found in (*_twins_in_file(job), *_twins_in_project(session, job)):
        exact, near = exact + found.exact, near + (not found.exact)
        if len(examples) < EXAMPLES:
            examples.append(found)
    same = _with_known_prompts(session, job)
    return replace(report, duplicates_exact=exact, duplicates_near=near, duplicates=tuple(examples), same_prompt=same)


def _with_known_prompts(session: Session, job: Job) -> int:
    """How many items ask what another of the file or of the project asks."""
    by_prompt = "SELECT prompt_key, count(*) FROM item WHERE prompt_key IS NOT NULL GROUP BY prompt_key"
    often = dict(job.staging.read(by_prompt))
    known: set[str] = set()
    for chunk in job.staging.chunks("SELECT DISTINCT prompt_key FROM item WHERE prompt_key IS NOT NULL"):
        known |= intake.prompts(session.connection(), job.project.id, [key for (key,) in chunk])
    return sum(count for key, count in often.items() if count > 1 or key in known)


def _twins_in_file(job: Job) -> Iterator[Duplicate]:
    if job.staging.one("SELECT count(*) - count(DISTINCT duplicate_key) FROM item"):
        job.staging.run("CREATE INDEX item_duplicate ON item (duplicate_key)")
        for row, key, other, exact in job.staging.read(_TWINS):
            yield Duplicate(row, key, other, bool(exact))


def _twins_in_project(session: Session, job: Job) -> Iterator[Duplicate]:
    connection = session.connection()
    if not intake.has_items(connection, job.project.id):
        return
    for chunk in job.staging.chunks("SELECT row, key, digest, duplicate_key FROM item"):
        known = intake.duplicates(connection, job.project.id, [twin for *_, twin in chunk])
        for row, key, digest, twin in chunk:
            if twin in known:
                other_digest, other = known[twin]
                yield Duplicate(row, key, other, other_digest == digest)


# Taking ---------------------------------------------------------------------------------------------------------------

_FROM_LANE = ("lang", "response_lang", "lane_id")
_FROM_IMPORT = ("project_id", "import_id", "created_at", "position")
"""Of the whole import, and `position`, which the writing itself counts."""
_COLUMNS = ", ".join(
    f"lane.{name}" if name in _FROM_LANE else f":{name}" if name in _FROM_IMPORT else f"item.{name}"
    for name in intake.ITEM_COLUMNS
)
_IN_ORDER = f"SELECT {_COLUMNS} FROM item JOIN lane ON lane.number = item.lane ORDER BY item.row"  # noqa: S608 - our own columns
_BY_GROUP = f"""
SELECT {_COLUMNS} FROM item JOIN lane ON lane.number = item.lane LEFT JOIN
    (SELECT lane, group_key, min(row) AS first FROM item WHERE group_key IS NOT NULL GROUP BY lane, group_key) AS family
    ON family.lane = item.lane AND family.group_key = item.group_key
ORDER BY coalesce(family.first, item.row), item.row
"""  # noqa: S608 - our own columns
_LANE_AT, _POSITION_AT, _AUDIT_AT = (intake.ITEM_COLUMNS.index(name) for name in ("lane_id", "position", "audit"))


def take(session: Session, actor: Actor, job: Job, report: ImportReport, import_id: int, now: datetime) -> ImportReport:
    write_items(session, job, import_id, now, report.new)
    _write_gold(session, actor, job, now)
    return report


def write_items(session: Session, job: Job, import_id: int, now: datetime, total: int) -> None:
    """Members of a group get positions next to each other in their lane, at the place of the group's first row."""
    connection = session.connection()
    write, free = intake.item_writer(connection), _settle_lanes(session, job, now)
    grouped = job.staging.one("SELECT 1 FROM item WHERE group_key IS NOT NULL LIMIT 1")
    whole = {
        "project_id": job.project.id,
        "import_id": import_id,
        "created_at": intake.stored_time(connection, now),
        "position": 0,
    }
    written = 0
    for chunk in job.staging.chunks(_BY_GROUP if grouped else _IN_ORDER, whole):
        write([_placed(row, free) for row in chunk])
        written += len(chunk)
        job.on_progress("writing", written / max(total, 1))


def _placed(row: tuple[Any, ...], free: dict[int, int]) -> tuple[Any, ...]:
    """With its place in the lane, and a truth value that PostgreSQL takes for one."""
    values = list(row)
    lane_id = values[_LANE_AT]
    values[_POSITION_AT] = free[lane_id]
    free[lane_id] += 1
    values[_AUDIT_AT] = bool(values[_AUDIT_AT])
    return tuple(values)


def _settle_lanes(session: Session, job: Job, now: datetime) -> dict[int, int]:
    """Give the staging's lanes their ids in the store; the next free position of each. Lanes without a new item are not made."""
    connection = session.connection()
    used = "SELECT number, batch, priority, lang, response_lang, sensitive FROM lane WHERE number IN (SELECT lane FROM item) ORDER BY number"
    lanes = list(job.staging.read(used))
    batches = intake.ensure_batches(connection, job.project.id, dict.fromkeys(lane[1] for lane in lanes), now)
    keys = {number: (batches[batch], *rest) for number, batch, *rest in lanes}
    known = intake.ensure_lanes(connection, job.project.id, keys.values())
    job.staging.run_many(
        "UPDATE lane SET lane_id = ? WHERE number = ?", [(known[key], number) for number, key in keys.items()]
    )
    return {lane_id: intake.free_position(connection, lane_id) for lane_id in {known[key] for key in keys.values()}}


def _write_gold(session: Session, actor: Actor, job: Job, now: datetime) -> None:
    connection = session.connection()
    query = "SELECT key, gold_answer AS answer, gold_explanation AS explanation, gold_use AS use FROM item WHERE gold_use IS NOT NULL"
    for chunk in job.staging.dicts(query):
        ids = intake.ids(connection, job.project.id, [row["key"] for row in chunk])
        intake.insert_golds(connection, [gold_values(job, actor, ids[row["key"]], row, now) for row in chunk])


def gold_values(job: Job, actor: Actor, item_id: int, row: Row, now: datetime) -> Row:
    explanation = orjson.loads(row["explanation"]) if row["explanation"] else None
    return {
        "item_id": item_id, "project_id": job.project.id, "answer": orjson.loads(row["answer"]), "explanation": explanation,
        "use": row["use"], "draw": job.rng.random(), "created_by": actor.person_id, "created_at": now,
    }  # fmt: skip
