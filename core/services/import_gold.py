"""Gold for items that are in the project: held against the task, written over what was known before."""

from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
from sqlmodel import Session

from core.errors import Problem
from core.interchange import label_rows
from core.interchange.label_rows import GoldRow
from core.permissions import Actor
from core.services import leases
from core.services.import_items import gold_body, gold_values, use_of
from core.services.import_job import ImportReport, Job, checked_rows
from core.store import intake

_AT_ONCE = 500


def check(session: Session, job: Job) -> ImportReport:
    incoming = _read(job)
    counts = {"rows": 0, "new": 0, "changed": 0, "unchanged": 0}
    while chunk := list(islice(incoming, _AT_ONCE)):
        _check_chunk(session, job, chunk, counts)
    job.problems.refuse()
    return ImportReport(
        job.kind, job.source.name, job.source.format, rows=counts["rows"], new=counts["new"], changed=counts["changed"],
        unchanged=counts["unchanged"], gold=counts["new"] + counts["changed"],
    )  # fmt: skip


def _read(job: Job) -> Any:
    seen: dict[str, int] = {}
    for number, row in checked_rows(job):
        try:
            gold = label_rows.read_gold(row, number)
            first = seen.setdefault(gold.item, number)
            if first != number:
                raise Problem(
                    "The item {id} has gold in row {first} already.",
                    row=number,
                    column="item",
                    id=repr(gold.item),
                    first=first,
                )
        except Problem as problem:
            job.problems.add(problem)
        else:
            yield gold


def _check_chunk(session: Session, job: Job, chunk: list[GoldRow], counts: dict[str, int]) -> None:
    connection = session.connection()
    items = intake.items(connection, job.project.id, [gold.item for gold in chunk])
    known = intake.golds(connection, [item.id for item in items.values()])
    for gold in chunk:
        counts["rows"] += 1
        try:
            answer, use = _checked(job, gold, items.get(gold.item))
        except Problem as problem:
            job.problems.add(problem)
            continue
        before = known.get(items[gold.item].id)
        counts["new" if before is None else "changed" if _differs(before, answer, gold, use) else "unchanged"] += 1
        if before is None or _differs(before, answer, gold, use):
            job.staging.add("gold", (gold.number, items[gold.item].id, _json(answer), _json(gold.explanation), use))


def _checked(job: Job, gold: GoldRow, item: Any) -> tuple[Any, str]:
    if item is None:
        raise Problem(
            "There is no item {id} in the project. Import the items first.",
            row=gold.number,
            column="item",
            id=repr(gold.item),
        )
    if item.state == "stub" and gold.use == "check":
        raise Problem(
            "The item {id} has no content and can't be a hidden check. Use reference.",
            row=gold.number,
            column="use",
            id=repr(gold.item),
        )
    names = {alias: made for made, alias in (item.aliases or {}).items()}
    payload = job.rubric.parse_payload(item.payload)
    answer = gold_body(job.rubric, payload, gold.answer, names, gold.number, "answer")
    use = "reference" if item.state == "stub" else use_of(job.rubric, gold.use, gold.number, "use")
    return answer, use


def _differs(before: Any, answer: Any, gold: GoldRow, use: str) -> bool:
    return bool((before.answer, before.explanation, before.use) != (answer, gold.explanation, use))


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def take(session: Session, actor: Actor, job: Job, report: ImportReport, import_id: int, now: datetime) -> ImportReport:
    del import_id  # gold belongs to its item, whichever file brought it
    connection = session.connection()
    kept = 0
    for chunk in job.staging.dicts("SELECT * FROM gold"):
        intake.insert_golds(connection, [gold_values(job, actor, row["item_id"], row, now) for row in chunk])
        checks = [row["item_id"] for row in chunk if row["use"] == "check"]
        kept += intake.withdraw_checks(connection, checks)
        references = [row["item_id"] for row in chunk if row["use"] == "reference"]
        for item_id, lane_id in intake.served_checks(connection, references):
            leases.ask_again(connection, item_id, lane_id)
    return replace(report, checks_kept_in_work=kept)
