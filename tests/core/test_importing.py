"""Importing end to end on both databases: what is taken, what is refused in words, and that a refusal changes nothing."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from core.config import ROOT
from core.errors import Conflict, InvalidInput, NotAllowed, RefusedFile, StoreError
from core.interchange.columns import Kind
from core.permissions import SYSTEM
from core.services import audit, importing, likeness, project_changes
from core.services.importing import ImportReport
from core.store.engine import reading, transaction
from core.store.tables import Answer, Gold, ImportJob, Item, Lane, Person, TargetValue
from core.tasks import TASK_TYPES, load_task
from tests.clock import NOW
from tests.factories import a_member, a_person, a_project, acting, an_assignment

REAL = ROOT.parent / "shared" / "data"


def pair(
    key: str | None = "p1",
    prompt: str = "Why is the sky blue?",
    a: str = "Rayleigh scattering.",
    b: str = "The sea.",
    **more: Any,
) -> dict[str, Any]:
    responses = {"a": {"text": a, "model": "heron-2"}, "b": {"text": b, "model": "lotus-7b"}}
    return {**({"id": key} if key else {}), "payload": {"prompt": prompt, "responses": responses}, **more}


@pytest.fixture
def jsonl(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: Any, name: str = "rows.jsonl") -> Path:
        path = tmp_path / name
        path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        return path

    return write


def take(session: Session, kind: Kind, path: Path, slug: str = "here", **options: Any) -> ImportReport:
    return importing.import_file(session, SYSTEM, slug, kind, path, now=NOW, rng=Random(1), **options)


def items_of(session: Session) -> list[Item]:
    return list(session.scalars(select(Item).order_by(Item.lane_id, Item.position)))  # type: ignore[arg-type]


# Items ----------------------------------------------------------------------------------------------------------------


def test_an_item_is_stored_as_it_came_without_what_a_screen_must_not_show(
    session: Session, jsonl: Callable[..., Path]
) -> None:
    a_project(session, "here", overlap=2)
    text = "  \u202eRTL and <script>\u200b ｆｕｌｌ "
    report = take(
        session, "items", jsonl(pair(a=text, lang="zh-Hans-SG", batch="week-1", tags=["x"], meta={"k": 1}, overlap=3))
    )
    (item,) = items_of(session)
    assert (report.rows, report.new, report.batches, report.languages) == (1, 1, {"week-1": 1}, {"zh-Hans-SG": 1})
    assert (item.key, item.state, item.lang, item.overlap, item.tags, item.meta) == (
        "p1",
        "open",
        "zh-Hans-SG",
        3,
        ["x"],
        {"k": 1},
    )
    first, second = item.payload["responses"]
    assert item.payload["responses"] == {first: {"text": text}, second: {"text": "The sea."}}
    assert item.aliases == {first: "a", second: "b"}
    assert item.models == {first: "heron-2", second: "lotus-7b"}
    assert len(first) == 8
    assert "heron" not in orjson.dumps(item.payload).decode()


def test_the_same_file_again_changes_nothing(session: Session, jsonl: Callable[..., Path]) -> None:
    a_project(session, "here")
    path = jsonl(pair("p1"), pair("p2", prompt="Another"), pair(None, prompt="Nameless"), pair(None, prompt="Nameless"))
    take(session, "items", path)
    before = [(item.id, item.key, item.payload) for item in items_of(session)]
    report = take(session, "items", path)
    assert (report.new, report.unchanged, report.job) == (0, 4, None)
    assert [(item.id, item.key, item.payload) for item in items_of(session)] == before
    assert session.scalar(select(func.count()).select_from(ImportJob)) == 1
    assert audit.verify(session).broken_at is None


def test_a_changed_row_under_a_known_id_is_refused_by_name(session: Session, jsonl: Callable[..., Path]) -> None:
    a_project(session, "here")
    take(session, "items", jsonl(pair("p1"), pair("p2", prompt="Two")))
    with pytest.raises(
        RefusedFile, match=r"rows\.jsonl, row 2, column id: The item 'p2' is in the project with other content"
    ):
        take(session, "items", jsonl(pair("p1"), pair("p2", prompt="Changed"), pair("p3", prompt="Three")))
    assert len(items_of(session)) == 2


def test_duplicates_are_reported_and_kept(session: Session, jsonl: Callable[..., Path]) -> None:
    a_project(session, "here")
    take(session, "items", jsonl(pair("old", prompt="What is RLHF?")))
    report = take(
        session, "items",
        jsonl(pair("same", prompt="What is RLHF?"), pair("near", prompt="what is  ＲＬＨＦ"), pair("fresh", prompt="What is RLHF?", a="New", b="Newer")),
    )  # fmt: skip
    found = {(twin.key, twin.other, twin.exact) for twin in report.duplicates}
    assert ("same", "old", True) in found
    assert ("near", "old", False) in found
    assert not any("fresh" in (twin.key, twin.other) for twin in report.duplicates)
    assert report.new == 3
    assert {item.payload["prompt"] for item in items_of(session)} >= {"what is  ＲＬＨＦ", "What is RLHF?"}


def test_members_of_a_group_stand_next_to_each_other_in_their_lane(
    session: Session, jsonl: Callable[..., Path]
) -> None:
    a_project(session, "here")
    rows = [
        pair(f"p{n}", prompt=f"Prompt {n}", batch="b" if n % 2 else "", group={0: "g", 6: "g", 3: "h"}.get(n))
        for n in range(8)
    ]
    take(session, "items", jsonl(*[{k: v for k, v in row.items() if v is not None} for row in rows]))
    lanes: dict[int, list[str]] = {}
    for item in items_of(session):
        lanes.setdefault(item.lane_id, []).append(item.key)
    assert sorted(lanes.values()) == [["p0", "p6", "p2", "p4"], ["p1", "p3", "p5", "p7"]]
    take(session, "items", jsonl(pair("later", prompt="Later"), name="more.jsonl"))
    places = [item.position for item in items_of(session) if item.key in ("p4", "later")]
    assert places == sorted(places)


def test_lanes_part_items_by_batch_priority_languages_and_sensitive_content(
    session: Session, jsonl: Callable[..., Path]
) -> None:
    a_project(session, "here")
    kinds: list[dict[str, Any]] = [
        {},
        {"batch": "b"},
        {"priority": 2},
        {"lang": "zh"},
        {"response_lang": "en"},
        {"sensitive": ["violence", "abuse"]},
        {},
    ]
    take(session, "items", jsonl(*[pair(f"p{n}", prompt=str(n), **kind) for n, kind in enumerate(kinds)]))
    lanes = list(session.scalars(select(Lane)))
    assert len(lanes) == 6
    assert {lane.sensitive for lane in lanes} == {"", "abuse,violence"}


def test_gold_in_a_row_is_translated_to_the_stored_ids(session: Session, jsonl: Callable[..., Path]) -> None:
    a_project(session, "here")
    gold = {"answer": {"preferred": "b"}, "explanation": {"en": "It is.", "zh": "是的。"}, "use": "check"}
    reference = {"answer": {"preferred": "tie"}, "use": "reference"}
    report = take(
        session, "items", jsonl(pair("p1", gold=gold), pair("p2", prompt="2", gold=reference), pair("p3", prompt="3"))
    )
    golds = {session.get_one(Item, gold.item_id).key: gold for gold in session.scalars(select(Gold))}
    item = items_of(session)[0]
    assert report.gold == 2
    assert item.aliases is not None
    assert item.aliases[golds["p1"].answer["preferred"]] == "b"
    assert golds["p1"].explanation == gold["explanation"]
    assert 0 <= golds["p1"].draw < 1
    assert {item.key: item.state for item in items_of(session)} == {"p1": "gold", "p2": "open", "p3": "open"}


def test_flat_rows_and_tables_map_to_the_payload(session: Session, tmp_path: Path) -> None:
    a_project(session, "here")
    flat = {
        "id": 7,
        "question": "Which?",
        "response_a": "This, of course",
        "response_b": "That",
        "model_a": "m1",
        "model_b": "m2",
        "lang": "en",
        "source": "web",
    }
    table = tmp_path / "rows.csv"
    with table.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(flat))
        writer.writeheader()
        writer.writerow(flat)
    report = take(session, "items", table)
    (item,) = items_of(session)
    assert report.mapping["question"] == "payload.prompt"
    assert report.mapping["source"] == "meta.source"
    assert (item.key, item.payload["prompt"], item.meta) == ("7", "Which?", {"source": "web"})
    assert item.aliases is not None
    assert [response["text"] for response in item.payload["responses"].values()] == ["This, of course", "That"]
    assert sorted((item.models or {}).values()) == ["m1", "m2"]
    a_project(session, "there", task="classification")
    lines = tmp_path / "flat.jsonl"
    lines.write_bytes(orjson.dumps({"text": "你好", "id": "t1", "score": 3}))
    take(session, "items", lines, slug="there")
    assert items_of(session)[-1].payload == {"text": "你好"}


def test_parquet_and_jsonl_of_the_same_rows_are_the_same_import(
    session: Session, jsonl: Callable[..., Path], tmp_path: Path
) -> None:
    a_project(session, "here")
    rows = [pair("p1", tags=["a", "b"], lang="en"), pair("p2", prompt="Two")]
    table = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(rows), table)
    take(session, "items", jsonl(*rows))
    report = take(session, "items", table)
    assert (report.format, report.new, report.unchanged) == ("parquet", 0, 2)


@pytest.mark.parametrize("key", list(TASK_TYPES))
def test_every_task_type_takes_its_own_sample_payloads(key: str, session: Session, jsonl: Callable[..., Path]) -> None:
    a_project(session, "here", task=key)
    task = load_task(key, {})
    rows = [{"id": f"i{n}", "payload": task.sample_payload(Random(n)).as_json()} for n in range(5)]
    assert take(session, "items", jsonl(*rows)).new == 5
    for item in items_of(session):
        task.parse_payload(item.payload)


# Refusals -------------------------------------------------------------------------------------------------------------

GOOD = orjson.dumps(pair("p1")) + b"\n"
BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", r"rows\.jsonl: The file is empty"),
    "blank": (b"\xef\xbb\xbf \n\n", r"The file is empty"),
    "binary": (bytes(range(256)) * 10, "binary file"),
    "zip": (b"PK\x03\x04" + bytes(100), "zip archive or an Excel workbook"),
    "gzip": (b"\x1f\x8b\x08" + bytes(100), "gzip archive"),
    "utf-16": ('{"id": "x"}'.encode("utf-16"), "UTF-16. Save it as UTF-8"),
    "utf-16 without mark": ('{"id": "xyz", "payload": {}}'.encode("utf-16-le"), "UTF-16. Save it as UTF-8"),
    "gbk": (GOOD + '{"id": "p2", "payload": {"prompt": "天空为什么是蓝色的"}}'.encode("gbk"), r"row 2: Byte 37 of the row is not UTF-8; it looks like GBK"),
    "latin-1": (GOOD + '{"id": "caf\xe9"}'.encode("latin-1"), r"row 2: Byte 12 of the row is not UTF-8"),
    "a list": (b'[{"id": 1}]', "one JSON list. Save it as JSON Lines"),
    "broken json": (GOOD + b'{"id": "p2", "payload": {"prompt": }}\n', r"row 2: This is not JSON from character 36"),
    "pretty json": (b'{\n  "id": "p1"\n}\n', r"row 1: This is not JSON .* one complete object per line"),
    "no object": (b'"text"\n' + GOOD, r"neither JSON Lines, CSV nor Parquet"),
    "a number": (GOOD + b"17\n", r"row 2: Expected a JSON object"),
    "nan": (GOOD + b'{"id": "p2", "payload": {"prompt": NaN}}', r"row 2: NaN, Infinity"),
    "deep": (GOOD + b'{"payload": ' + b"[" * 5000 + b"]" * 5000 + b"}", r"row 2: The data nest deeper than 64 levels"),
    "deep without end": (GOOD + b'{"payload": ' + b'{"a":' * 100_000, r"row 2: The data nest deeper"),
    "nul": (GOOD + b'{"id": "p2", "payload": {"prompt": "ab\\u0000c"}}', r"row 2, column payload\.prompt: The text has a NUL character at position 3"),
    "surrogate": (GOOD + b'{"id": "p2", "payload": {"prompt": "x\\ud83d"}}', r"row 2, column payload\.prompt: .*half a character .* position 2"),
    "huge field": (GOOD + b'{"id": "p2", "payload": {"prompt": "' + b"x" * 1_100_000 + b'"}}', r"row 2, column payload\.prompt: The text is longer than 1 MB"),
    "endless row": (GOOD + b'{"id": "' + b"x" * 9_000_000, r"row 2: The row is longer than 8 MB"),
    "no payload": (GOOD + b'{"id": "p2", "payload": {}}', r"row 2, column payload: The payload is missing"),
    "no prompt": (GOOD + b'{"id": "p2", "payload": {"responses": {"a": {"text": "x"}, "b": {"text": "y"}}}}', r"row 2, column payload\.prompt: This is missing"),
    "blank response": (GOOD + b'{"id": "p2", "payload": {"prompt": "?", "responses": {"a": {"text": "x"}, "b": {"text": " \\n\\u3000"}}}}', r"row 2, column payload\.responses\.b\.text: This text is white space only"),
    "blank prompt": (GOOD + orjson.dumps(pair("p2")) + b'\n{"payload": {"prompt": " ", "responses": {"a": {"text": "x"}, "b": {"text": "y"}}}}', r"row 3, column payload\.prompt: This text is white space only"),
    "one response": (GOOD + b'{"id": "p2", "payload": {"prompt": "?", "responses": {"a": {"text": "x"}}}}', r"row 2, column payload\.responses"),
    "unknown field": (GOOD + orjson.dumps(pair("p2", bacth="x")), r"row 2, column bacth: This field is not known"),
    "same id": (GOOD + GOOD, r"row 2, column id: The id 'p1' is used in row 1 already"),
    "bad tag": (GOOD + orjson.dumps(pair("p2", lang="English (US)")), r"row 2, column lang: Expected a language tag"),
    "bad overlap": (GOOD + orjson.dumps(pair("p2", overlap=0)), r"row 2, column overlap: Expected a whole number from 1 to 100"),
    "bad tags": (GOOD + orjson.dumps(pair("p2", tags="x")), r"row 2, column tags: Expected a list"),
    "bad gold": (GOOD + orjson.dumps(pair("p2", gold={"answer": {"preferred": "c"}})), r"row 2, column gold\.answer\.preferred: There is no response"),
    "bad gold use": (GOOD + orjson.dumps(pair("p2", gold={"answer": {"preferred": "a"}, "use": "x"})), r"row 2, column gold\.use: Expected check or reference"),
}  # fmt: skip
BAD_TABLES: dict[str, tuple[bytes, str]] = {
    "ragged": (b"id,prompt,response_a,response_b\n1,p,a,b\n2,p,a\n", r"rows\.csv, row 3: Cells in this row: 3; in the header: 4"),
    "open quote": (b'id,prompt\n1,"never closed\n', r"row 2: A quotation mark is opened and never closed"),
    "text after quote": (b'id,prompt\n1,"a"b\n', r"row 2: This is not CSV"),
    "huge cell": (b"id,prompt,response_a,response_b\n1," + b"x" * 1_200_000 + b",a,b\n", r"row 2: The text is longer than 1 MB"),
    "nul": (b"id,prompt,response_a,response_b\n1,p\0,a,b\n", r"row 2: The text has a NUL character"),
    "gbk": ("id,prompt,response_a,response_b\n1,天空为什么是蓝的,海,光\n".encode("gbk"), r"row 2: Byte 3 of the row .* GBK"),
    "nameless column": (b"id,,prompt\n1,2,3\n", r"row 1, column 2: Column 2 has no name"),
    "column twice": (b"id,prompt,prompt\n1,2,3\n", r"row 1, column prompt: The header has this column twice"),
    "blank cell": (b"id,prompt,response_a,response_b\n1,p,a,\" \"\n", r"row 2, column .*response.*b.*: This text is white space only"),
    "no number": (b"id,prompt,response_a,response_b,priority\n1,p,a,b,soon\n", r"row 2, column priority: Expected a number"),
    "deep cell": (b"id,prompt,response_a,response_b,meta\n1,p,a,b," + b"[" * 5000 + b"\n", r"row 2, column meta: The data nest deeper"),
}  # fmt: skip


@pytest.mark.parametrize("case", list(BAD_FILES))
def test_a_wrong_file_gets_one_clear_error_and_changes_nothing(case: str, sqlite_store: Any, tmp_path: Path) -> None:
    _refused(tmp_path / "rows.jsonl", *BAD_FILES[case])


@pytest.mark.parametrize("case", list(BAD_TABLES))
def test_a_wrong_table_gets_one_clear_error_and_changes_nothing(case: str, sqlite_store: Any, tmp_path: Path) -> None:
    _refused(tmp_path / "rows.csv", *BAD_TABLES[case])


def _refused(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with transaction() as session:
        a_project(session, "here")
    with pytest.raises(RefusedFile, match=message) as refusal, transaction() as session:
        take(session, "items", path)
    assert "\n" not in str(refusal.value)
    with reading() as session:
        assert items_of(session) == []
        assert session.scalar(select(func.count()).select_from(ImportJob)) == 0
    assert list((path.parent / "data" / "tmp").glob("*")) == []


def test_what_is_no_parquet_is_told_so(session: Session, tmp_path: Path) -> None:
    a_project(session, "here")
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1" + bytes(200))
    with pytest.raises(RefusedFile, match="The Parquet file cannot be read"):
        take(session, "items", path)


@pytest.mark.parametrize(
    "row", [pair("p\0"), pair("p1", prompt="a\0b"), pair("p1", meta={"k\0": "v"})], ids=["id", "prompt", "meta"]
)
def test_a_nul_in_a_parquet_file_is_told_with_its_place(row: Any, session: Session, tmp_path: Path) -> None:
    a_project(session, "here")
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist([row]), path)
    with pytest.raises(RefusedFile, match=r"row 1, column .*: The text has a NUL character"):
        take(session, "items", path)


def test_all_problems_are_listed_up_to_a_hundred(session: Session, jsonl: Callable[..., Path]) -> None:
    a_project(session, "here")
    with pytest.raises(RefusedFile, match=r"row 1, .*\(2 more\)") as few:
        take(
            session,
            "items",
            jsonl({"payload": {"prompt": 1}}, {"payload": {}}, pair("fine"), {"nothing": 1, "payload": {"x": 1}}),
        )
    assert [problem.row for problem in few.value.problems] == [1, 2, 4]
    with pytest.raises(RefusedFile) as many:
        take(session, "items", jsonl(*[{"payload": {}}] * 500))
    assert len(many.value.problems) == 100


def test_a_file_that_is_not_there_and_a_format_that_does_not_exist(
    session: Session, jsonl: Callable[..., Path], tmp_path: Path
) -> None:
    a_project(session, "here")
    with pytest.raises(InvalidInput, match="There is no file"):
        take(session, "items", tmp_path / "none.jsonl")
    with pytest.raises(InvalidInput, match="auto, jsonl, csv or parquet"):
        take(session, "items", jsonl(pair()), format="xml")


def test_only_who_manages_the_project_may_import(session: Session, jsonl: Callable[..., Path]) -> None:
    project = a_project(session, "here")
    for role in ("annotator", "reviewer", "viewer"):
        person = a_person(session, role=role)
        a_member(session, project, person, role=role)
        with pytest.raises(NotAllowed):
            importing.import_file(session, acting(person), "here", "items", jsonl(pair()), now=NOW, rng=Random(1))


def test_two_imports_that_meet_do_not_mix(store: Any, jsonl: Callable[..., Path]) -> None:
    with transaction() as session:
        a_project(session, "here")
    path = jsonl(pair("p1"))
    with reading() as session:
        first = importing.check(session, SYSTEM, "here", "items", path, rng=Random(1))
        second = importing.check(session, SYSTEM, "here", "items", path, rng=Random(2))
    with first, second:
        with transaction() as session:
            importing.take(session, SYSTEM, first, now=NOW)
        with pytest.raises(Conflict, match="Import it again"), transaction() as session:
            importing.take(session, SYSTEM, second, now=NOW)
    with reading() as session:
        assert len(items_of(session)) == 1


def test_a_dry_run_reports_and_changes_nothing(session: Session, jsonl: Callable[..., Path]) -> None:
    a_project(session, "here")
    with importing.check(session, SYSTEM, "here", "items", jsonl(pair("p1")), rng=Random(1)) as checked:
        report = importing.dry(checked)
    assert (report.dry_run, report.new) == (True, 1)
    assert items_of(session) == []


def _take_on_a_small_disk(session: Session, path: Path) -> None:
    connection = session.connection()
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")
    take(session, "items", path)


def test_a_full_disk_is_told_in_words_and_changes_nothing(sqlite_store: Any, jsonl: Callable[..., Path]) -> None:
    with transaction() as session:
        a_project(session, "here")
    path = jsonl(*[pair(f"p{n}", prompt=f"{n} " + "x" * 5000) for n in range(300)])
    with pytest.raises(StoreError, match=r"The disk is full\. Nothing was changed"), transaction() as session:
        _take_on_a_small_disk(session, path)
    with reading() as session:
        assert items_of(session) == []


# Labels and gold ------------------------------------------------------------------------------------------------------


def answers_of(session: Session) -> list[Answer]:
    return list(session.scalars(select(Answer).order_by(Answer.id)))  # type: ignore[arg-type]


def test_labels_are_translated_attributed_and_kept_apart(session: Session, jsonl: Callable[..., Path]) -> None:
    a_project(session, "here")
    take(session, "items", jsonl(pair("p1"), pair("p2", prompt="Two")))
    rows = [
        {"item": "p1", "annotator": "mei", "answer": {"preferred": "b"}, "at": "2026-01-31T09:30:00+08:00", "seconds": 4.5, "order": ["b", "a"], "extras": {"rationale": "clear"}},
        {"item": "p1", "annotator": "raj", "answer": {"preferred": "tie"}},
        {"item": "p1", "annotator": "mei", "answer": {"preferred": "a"}, "repeat": True},
    ]  # fmt: skip
    report = take(session, "labels", jsonl(*rows, name="labels.jsonl"))
    assert (report.new, report.annotators) == (3, 2)
    first, second, again = answers_of(session)
    item = items_of(session)[0]
    assert item.aliases is not None
    assert item.aliases[first.body["preferred"]] == "b"
    assert [item.aliases[name] for name in first.shown or ()] == ["b", "a"]
    assert (first.purpose, first.active_ms, first.at.isoformat(), first.extras) == (
        "imported",
        4500,
        "2026-01-31T01:30:00+00:00",
        {"rationale": "clear"},
    )
    assert (first.nth, again.nth, second.body) == (0, 1, {"preferred": "tie"})
    values = {row.answer_id: row.code for row in session.scalars(select(TargetValue))}
    assert values == {first.id: 1, second.id: 2, again.id: 0}
    assert {(p.name, p.kind, p.active, p.role) for p in session.scalars(select(Person))} == {
        ("mei", "imported", False, "annotator"),
        ("raj", "imported", False, "annotator"),
    }
    assert item.state == "open"
    assert first.seq is not None
    assert take(session, "labels", jsonl(*rows, name="labels.jsonl")).unchanged == 3
    assert len(answers_of(session)) == 3


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"item": "p9", "annotator": "m", "answer": {"preferred": "a"}}, r"row 1, column item: There is no item 'p9'"),
        ({"item": "p1", "annotator": "m", "answer": {"preferred": "c"}}, r"row 1, column answer\.preferred: There is no response “c”"),
        ({"item": "p1", "annotator": "m", "answer": {}}, r"row 1, column answer\.preferred: Choose"),
        ({"item": "p1", "annotator": "m"}, r"row 1, column answer: Expected an object"),
        ({"item": "p1", "answer": {"preferred": "a"}}, r"row 1, column annotator: Expected a text"),
        ({"item": "p1", "annotator": "m", "answer": {"preferred": "a"}, "at": "yesterday"}, r"row 1, column at: Expected a time"),
        ({"item": "p1", "annotator": "m", "answer": {"preferred": "a"}, "seconds": -1}, r"row 1, column seconds: Expected a number of seconds"),
        ({"item": "p1", "annotator": "m", "answer": {"preferred": "a"}, "extras": {"x": 1}}, r"row 1, column extras: Expected an object with any of"),
    ],
)  # fmt: skip
def test_a_wrong_label_is_refused_with_its_place(
    row: Any, message: str, session: Session, jsonl: Callable[..., Path]
) -> None:
    a_project(session, "here")
    take(session, "items", jsonl(pair("p1")))
    with pytest.raises(RefusedFile, match=message):
        take(session, "labels", jsonl(row, name="labels.jsonl"))
    assert answers_of(session) == []


def test_a_second_label_of_one_person_must_be_marked(session: Session, jsonl: Callable[..., Path]) -> None:
    a_project(session, "here")
    take(session, "items", jsonl(pair("p1")))
    rows = [{"item": "p1", "annotator": "mei", "answer": {"preferred": name}} for name in "ab"]
    with pytest.raises(
        RefusedFile, match=r'row 2, column annotator: .mei. has another label of item .p1.*"repeat": true'
    ):
        take(session, "labels", jsonl(*rows, name="labels.jsonl"))


def test_stubs_hold_labels_without_content(session: Session, jsonl: Callable[..., Path]) -> None:
    a_project(session, "here")
    rows = [
        {"item": f"x{n}", "annotator": who, "answer": {"preferred": name}}
        for n in range(3)
        for who, name in (("mei", "left"), ("raj", "right"))
    ]
    with pytest.raises(RefusedFile, match="--create-items"):
        take(session, "labels", jsonl(*rows, name="labels.jsonl"))
    report = take(session, "labels", jsonl(*rows, name="labels.jsonl"), create_items=True)
    assert (report.stubs, report.new) == (3, 6)
    assert {item.state for item in items_of(session)} == {"stub"}
    again = take(session, "labels", jsonl(*rows, name="labels.jsonl"), create_items=True)
    assert (again.stubs, again.unchanged) == (0, 6)
    with pytest.raises(RefusedFile, match="can't be a hidden check"):
        take(session, "gold", jsonl({"item": "x0", "answer": {"preferred": "left"}, "use": "check"}, name="gold.jsonl"))
    take(session, "gold", jsonl({"item": "x0", "answer": {"preferred": "left"}}, name="gold.jsonl"))
    assert session.scalars(select(Gold)).one().use == "reference"


def test_machines_and_people_never_share_a_name(session: Session, jsonl: Callable[..., Path]) -> None:
    a_project(session, "here")
    take(session, "items", jsonl(pair("p1")))
    take(
        session,
        "labels",
        jsonl({"item": "p1", "annotator": "judge", "answer": {"preferred": "a"}}, name="labels.jsonl"),
        machine=True,
    )
    assert session.scalars(select(Person)).one().kind == "machine"
    with pytest.raises(RefusedFile, match="known as a machine"):
        take(
            session,
            "labels",
            jsonl(
                {"item": "p1", "annotator": "judge", "answer": {"preferred": "b"}, "repeat": True}, name="more.jsonl"
            ),
        )


def test_gold_takes_checks_out_of_the_queue_unless_people_work_on_them(
    session: Session, jsonl: Callable[..., Path]
) -> None:
    a_project(session, "here")
    take(session, "items", jsonl(*[pair(f"p{n}", prompt=str(n)) for n in range(3)]))
    free, busy, other = items_of(session)
    an_assignment(session, busy, a_person(session))
    rows = [{"item": item.key, "answer": {"preferred": "a"}, "explanation": "Because."} for item in (free, busy)]
    report = take(session, "gold", jsonl(*rows, name="gold.jsonl"))
    session.expire_all()
    assert (report.new, report.checks_kept_in_work) == (2, 1)
    assert [item.state for item in (free, busy, other)] == ["gold", "open", "open"]
    assert take(session, "gold", jsonl(*rows, name="gold.jsonl")).unchanged == 2
    changed = take(
        session, "gold", jsonl({"item": free.key, "answer": {"preferred": "b"}, "use": "reference"}, name="gold.jsonl")
    )
    session.expire_all()
    assert (changed.changed, free.state) == (1, "open")
    with pytest.raises(RefusedFile, match="has gold in row 1 already"):
        take(session, "gold", jsonl(rows[0], rows[0], name="gold.jsonl"))


def test_labels_from_a_table(session: Session, jsonl: Callable[..., Path], tmp_path: Path) -> None:
    a_project(
        session, "here", task="rating", settings={"criteria": [{"id": "accuracy"}, {"id": "style", "allow_na": True}]}
    )
    take(session, "items", jsonl({"id": "r1", "payload": {"prompt": "?", "response": "!"}}))
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerows([["item_id", "worker", "accuracy", "scores.style", "duration"], ["r1", "mei", "4", "2", "12.5"]])
    path = tmp_path / "labels.csv"
    path.write_text(table.getvalue(), encoding="utf-8")
    report = take(session, "labels", path)
    assert report.mapping == {
        "item_id": "item",
        "worker": "annotator",
        "accuracy": "answer.scores.accuracy",
        "scores.style": "answer.scores.style",
        "duration": "seconds",
    }
    (answer,) = answers_of(session)
    assert (answer.body, answer.active_ms) == ({"scores": {"accuracy": 4, "style": 2}}, 12500)


def test_a_mapping_corrects_the_guess(session: Session, tmp_path: Path) -> None:
    a_project(session, "here")
    path = tmp_path / "rows.csv"
    path.write_text("nr;frage;links;rechts\n1;Warum?;So;Anders\n", encoding="utf-8")
    guess = importing.preview(session, SYSTEM, "here", "items", path)
    assert guess.mapping == {name: f"meta.{name}" for name in ("nr", "frage", "links", "rechts")}
    mapping = {
        "nr": "id",
        "frage": "payload.prompt",
        "links": "payload.responses.l.text",
        "rechts": "payload.responses.r.text",
    }
    shown = importing.preview(session, SYSTEM, "here", "items", path, mapping=mapping)
    assert shown.rows[0]["payload"]["prompt"] == "Warum?"
    assert take(session, "items", path, mapping=mapping).new == 1
    with pytest.raises(InvalidInput, match="no column nope"):
        take(session, "items", path, mapping={"nope": "id"})
    with pytest.raises(InvalidInput, match="There is no field wrong"):
        take(session, "items", path, mapping={"nr": "wrong"})


# Real sets ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "task", "items", "labels", "annotators"),
    [("pandalm-pairwise", "pairwise", 999, 2997, 3), ("squality-rubric", "rating", 300, 900, 4), ("sp-amt-crowd", "classification", 0, 10000, 143)],
)  # fmt: skip
def test_real_sets_import_whole_and_twice(
    name: str, task: str, items: int, labels: int, annotators: int, sqlite_store: Any
) -> None:
    folder = REAL / name / "rows"
    if not folder.is_dir():
        pytest.skip(f"the real set {name} is not on this machine")
    with transaction() as session:
        file = likeness.from_labels(task, name, folder / "labels.jsonl")
        project_changes.create(session, SYSTEM, now=NOW, slug="here", file=file, split_salt="s")
    for _ in range(2):
        with transaction() as session:
            if items:
                take(session, "items", folder / "items.jsonl")
            report = take(session, "labels", folder / "labels.jsonl", create_items=True)
    assert (report.unchanged, report.annotators) == (labels, annotators)
    with reading() as session:
        assert len(items_of(session)) == (items or 500)
        assert len(answers_of(session)) == labels
        assert audit.verify(session).broken_at is None


def test_an_answer_of_another_task_is_told_with_file_row_and_column(tmp_path: Path) -> None:
    """A project made like a file of labels says which of its rows does not fit."""
    rows = [{"item": "i", "annotator": "a", "answer": answer} for answer in ({"labels": ["x"]}, {"verdict": "safe"})]
    path = tmp_path / "labels.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    with pytest.raises(RefusedFile) as refused:
        likeness.from_labels("classification", "here", path)
    assert str(refused.value).startswith("labels.jsonl, row 2, column answer.")
