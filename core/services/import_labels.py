"""Labels collected elsewhere: held against their items, kept apart from work under the purpose "imported".

The file is read once into the staging and then item by item, so that an item is looked up and parsed once for all its labels.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from random import Random
from typing import Any

import orjson
from sqlmodel import Session

from core.errors import N_, Problem, TouchstoneError
from core.interchange import label_rows, sameness
from core.interchange.files import Row
from core.interchange.refusals import from_error
from core.permissions import Actor
from core.services import import_probabilities as probabilities, labelling
from core.services.import_items import keep_lanes, write_items
from core.services.import_job import ImportReport, Job, checked_rows
from core.services.pseudonyms import in_project, is_made
from core.store import intake

_AT_ONCE = 500
_MOST_RESPONSES = 26
NOT_A_MACHINE = N_("Only machine judges give probabilities. Add --machine, or leave them out.")
_HERE_ALREADY = N_("{name} is what exports of this project call one of its annotators: these answers are already here.")
_BLANK = "…"
"""What stands for every text of an item without content."""


# Checking -------------------------------------------------------------------------------------------------------------


def check(session: Session, job: Job) -> ImportReport:
    count, named = _read(job)
    people = _check_people(session, job)
    counts = {"new": 0, "unchanged": 0}
    keep_lanes(job, {("", 0, "", "", ""): 0})
    for chunk in _by_item(job):
        _check_chunk(session, job, chunk, named, counts)
        job.on_progress("checking", (counts["new"] + counts["unchanged"]) / max(count, 1))
    job.problems.refuse()
    stubs = job.staging.one("SELECT count(*) FROM item")
    return ImportReport(
        job.kind, job.source.name, job.source.format, rows=count, new=counts["new"], unchanged=counts["unchanged"], stubs=stubs,
        annotators=people,
    )  # fmt: skip


def _read(job: Job) -> tuple[int, set[str]]:
    """Every row into the staging; how many, and the ids of responses that they name."""
    named: set[str] = set()
    count = 0
    for number, row in checked_rows(job):
        count += 1
        try:
            label = label_rows.read_label(row, number)
        except Problem as problem:
            job.problems.add(problem)
            continue
        if job.create_items and len(named) <= _MOST_RESPONSES:
            named |= label_rows.responses_named(label.answer, label.order)
        if label.probabilities is not None and not job.is_machine(label.annotator):
            job.problems.add(Problem(NOT_A_MACHINE, row=number, column="probabilities"))
            continue
        job.staging.add("label", (number, label.item, label.annotator, label.repeat, _packed(label)))
    job.problems.refuse()
    return count, named


def _packed(label: label_rows.LabelRow) -> bytes:
    content = {
        "answer": label.answer,
        "extras": label.extras,
        "at": label.at,
        "seconds": label.seconds,
        "order": label.order,
    }
    if label.probabilities is not None:
        content["probabilities"] = label.probabilities
    return sameness.canonical(content)


def _check_people(session: Session, job: Job) -> int:
    """A machine and a person never share a name; and nobody comes back under the pseudonym that an export gave them."""
    count, here = 0, _Pseudonyms(session, job)
    for chunk in job.staging.chunks("SELECT annotator, min(row) FROM label GROUP BY annotator"):
        known = intake.people(session.connection(), [name for name, _ in chunk])
        count += len(chunk)
        for name, row in chunk:
            machine = job.is_machine(name)
            if name in known and (known[name].kind == "machine") != machine:
                job.problems.add(_wrong_kind(name, row, machine=not machine))
            elif here.has(name):
                job.problems.add(Problem(_HERE_ALREADY, row=row, column="annotator", name=repr(name)))
    job.problems.refuse()
    return count


class _Pseudonyms:
    """What exports call those who have answered in the project."""

    def __init__(self, session: Session, job: Job) -> None:
        self._session, self._job = session, job

    def has(self, name: str) -> bool:
        return is_made(name) and name in self._given

    @cached_property
    def _given(self) -> frozenset[str]:
        project = self._job.project
        named = in_project(project.split_salt, project.id)
        people = intake.authors(self._session.connection(), project.id)
        return frozenset(named(one.id, one.name, one.kind) for one in people if not is_made(one.name))


def _wrong_kind(name: str, row: int, *, machine: bool) -> Problem:
    if machine:
        return Problem(
            "{name} is known as a machine. Add --machine, or change the name.",
            row=row,
            column="annotator",
            name=repr(name),
        )
    return Problem(
        "{name} is known as a person. Leave --machine out, or change the name.",
        row=row,
        column="annotator",
        name=repr(name),
    )


Labels = list[tuple[int, str, int, bytes]]
"""row, annotator, repeated, packed content: of one item, in the order of the file"""


def _by_item(job: Job) -> Iterator[dict[str, Labels]]:
    """A few hundred items at a time, each with all its labels."""
    query = "SELECT item, row, annotator, repeated, raw FROM label ORDER BY item, row"
    rows = (row for chunk in job.staging.chunks(query) for row in chunk)
    waiting: dict[str, Labels] = {}
    for key, labels in groupby(rows, itemgetter(0)):
        waiting[key] = [(row, annotator, repeated, raw) for _, row, annotator, repeated, raw in labels]
        if len(waiting) >= _AT_ONCE:
            yield waiting
            waiting = {}
    if waiting:
        yield waiting


def _check_chunk(session: Session, job: Job, chunk: dict[str, Labels], named: set[str], counts: dict[str, int]) -> None:
    connection = session.connection()
    items = intake.items(connection, job.project.id, list(chunk))
    given = intake.answers_given(connection, [item.id for item in items.values()])
    for key, labels in chunk.items():
        try:
            item = _Item.of(job, key, items.get(key), labels, named)
            item.add_labels(labels, given, counts)
        except Problem as problem:
            job.problems.add(problem)


class _Item:
    """One item while its labels are checked."""

    def __init__(self, job: Job, key: str, item_id: int | None, payload: Row, aliases: dict[str, str] | None) -> None:
        self._job, self._key, self._id = job, key, item_id
        self._payload = job.rubric.parse_payload(payload)
        self._names = {alias: made for made, alias in (aliases or {}).items()}

    @classmethod
    def of(cls, job: Job, key: str, known: Any, labels: Labels, named: set[str]) -> "_Item":
        if known is not None:
            return cls(job, key, known.id, known.payload, known.aliases)
        if not job.create_items:
            raise Problem(
                "There is no item {id} in the project. Import the items first, or add --create-items to keep labels without them.",
                row=labels[0][0], column="item", id=repr(key),
            )  # fmt: skip
        payload, aliases = _blank_payload(job, key, labels, named)
        job.staging.add("item", _stub_row(job, key, labels[0][0], payload, aliases))
        return cls(job, key, None, payload, aliases)

    def add_labels(self, labels: Labels, given: dict[tuple[int, str], dict[int, str]], counts: dict[str, int]) -> None:
        fresh: dict[str, dict[int, str]] = {}
        for row, annotator, repeated, raw in labels:
            before = {**given.get((self._id or 0, annotator), {}), **fresh.get(annotator, {})}
            known = given.get((self._id or 0, annotator), {})
            digest = sameness.digest(raw)
            if digest in known.values():
                nth = next(n for n, one in known.items() if one == digest)
                fresh.setdefault(annotator, {})[nth] = digest
                known.pop(nth)
                counts["unchanged"] += 1
                continue
            if before and not repeated:
                self._job.problems.add(_labelled_twice(row, annotator, self._key))
                continue
            nth = max(before, default=-1) + 1
            fresh.setdefault(annotator, {})[nth] = digest
            self._add(row, annotator, nth, orjson.loads(raw), digest)
            counts["new"] += 1

    def _add(self, row: int, annotator: str, nth: int, label: Row, digest: str) -> None:
        rubric = self._job.rubric
        try:
            answer = rubric.parse_answer(self._payload, rubric.rename(label["answer"], self._names))
        except TouchstoneError as error:
            self._job.problems.add(from_error(error, row=row, under="answer"))
            return
        given = label.get("probabilities")
        beliefs = None if given is None else probabilities.read(rubric, self._payload, self._names, given, row)
        values = labelling.target_rows(0, rubric.values(self._payload, answer), rubric)
        shown = [self._names.get(name, name) for name in label["order"] or ()] or None
        active_ms = None if label["seconds"] is None else round(label["seconds"] * 1000)
        self._job.staging.add(
            "answer",
            (
                row, self._key, self._id, annotator, nth, _json(answer.as_json()), _json(label["extras"]), _json(shown), active_ms,
                label["at"], _json(values), digest, _json(beliefs),
            ),
        )  # fmt: skip


def _labelled_twice(row: int, annotator: str, key: str) -> Problem:
    return Problem(
        '{name} has another label of item {id}. If it is a repeat, add "repeat": true.',
        row=row, column="annotator", name=repr(annotator), id=repr(key),
    )  # fmt: skip


# Items without content ------------------------------------------------------------------------------------------------


def _blank_payload(job: Job, key: str, labels: Labels, named: set[str]) -> tuple[Row, dict[str, str] | None]:
    """A payload of the right shape with nothing in it; responses as the labels name them."""
    sample = job.rubric.sample_payload(Random(0)).as_json()  # noqa: S311 - only its shape is kept
    if "responses" not in sample:
        return _blank(sample), None
    own: set[str] = set()
    for *_, raw in labels:
        label = orjson.loads(raw)
        own |= label_rows.responses_named(label["answer"], label["order"])
    ids = sorted(own if len(own) > 1 else named)
    if not 1 < len(ids) <= _MOST_RESPONSES:
        raise Problem(
            'The responses of item {id} are not known. Give every label "order", the list of their ids.', row=labels[0][0], column="order",
            id=repr(key),
        )  # fmt: skip
    return {**_blank({**sample, "responses": {}}), "responses": {name: {"text": _BLANK} for name in ids}}, {
        name: name for name in ids
    }


def _blank(value: Any) -> Any:
    if isinstance(value, str):
        return _BLANK
    if isinstance(value, dict):
        return {key: inner if key == "role" else _blank(inner) for key, inner in value.items()}
    return [_blank(inner) for inner in value] if isinstance(value, list) else value


def _stub_row(job: Job, key: str, row: int, payload: Row, aliases: dict[str, str] | None) -> tuple[Any, ...]:
    digest = sameness.digest(key.encode())
    return (
        row, key, False, 0, "stub", _json(payload), _json(aliases), None, None, None, job.project.policy.overlap, digest, digest, 0, None, None,
        None, None, None, False,
    )  # fmt: skip


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


# Taking ---------------------------------------------------------------------------------------------------------------


def take(session: Session, actor: Actor, job: Job, report: ImportReport, import_id: int, now: datetime) -> ImportReport:
    del actor  # who imported is in the job and the log; answers belong to who gave them
    if report.stubs:
        write_items(session, job, import_id, now, report.stubs)
    connection = session.connection()
    names = [name for (name,) in job.staging.read("SELECT DISTINCT annotator FROM answer ORDER BY 1")]
    people = intake.ensure_people(connection, {name: job.kind_of(name) for name in names}, now)
    written = 0
    for chunk in job.staging.dicts("SELECT * FROM answer ORDER BY row"):
        strangers = [row["item"] for row in chunk if row["item_id"] is None]
        items = intake.ids(connection, job.project.id, strangers) if strangers else {}
        ids = intake.insert_answers(
            connection, [_answer(job, row, row["item_id"] or items[row["item"]], people, now) for row in chunk]
        )
        values = [orjson.loads(row["target_values"]) for row in chunk]
        intake.insert_values(
            connection, [{**value, "answer_id": n} for n, some in zip(ids, values, strict=True) for value in some]
        )
        intake.insert_probabilities(connection, list(_beliefs(ids, chunk)))
        written += len(chunk)
        job.on_progress("writing", written / max(report.new, 1))
    return report


def _beliefs(ids: Sequence[int], chunk: Sequence[Row]) -> Iterator[Row]:
    for one, row in zip(ids, chunk, strict=True):
        yield from ({**belief, "answer_id": one} for belief in orjson.loads(row["probabilities"] or "[]"))


def _answer(job: Job, row: Row, item_id: int, people: dict[str, int], now: datetime) -> Row:
    project, loads = job.project, orjson.loads
    return {
        "item_id": item_id, "person_id": people[row["annotator"]], "project_id": project.id, "purpose": "imported", "nth": row["nth"],
        "revision": 1, "current": True, "outcome": "submitted", "body": loads(row["body"]), "extras": loads(row["extras"] or "null"),
        "shown": loads(row["shown"] or "null"), "guideline_version": project.guideline_version, "settings_version": project.settings_version,
        "device": "", "active_ms": row["active_ms"], "submit_key": f"import:{item_id}:{row['nth']}:{row['digest']}",
        "body_digest": row["digest"], "at": datetime.fromisoformat(row["at"]) if row["at"] else now,
    }  # fmt: skip
