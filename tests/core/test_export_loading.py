"""What `datasets` makes of exported folders: the right rows whatever the cache holds, one shape, every value as it was given."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import datasets
import orjson
import pytest
from sqlalchemy import select
from sqlmodel import Session

from core.errors import InvalidInput, NotAllowed
from core.interchange import outputs
from core.interchange.features import features
from core.interchange.training_rows import TRAINING_FORMATS
from core.permissions import RIGHTS, SYSTEM, Right, Role
from core.services import exporting, project_files, projects
from core.services.export_answers import ANSWER_FORMATS
from core.services.export_job import ADDITIONS, ExportOptions
from core.services.pseudonyms import pseudonyms
from core.store.tables import GuidelineVersion, Probability
from core.tasks import TASK_TYPES, load_task
from tests.clock import NOW
from tests.exporting import CHAT, World, header, lines, loaded, pair, prefer
from tests.factories import a_person, acting, an_answer, an_item

REPLY = [{"role": "assistant", "content": "您好"}]
SEVERAL = [*REPLY, {"role": "user", "content": "?"}, *REPLY]


@pytest.fixture
def world(session: Session, tmp_path: Path) -> Callable[..., World]:
    return lambda *args, **fields: World(session, tmp_path, *args, **fields)


# The cache --------------------------------------------------------------------------------------------------------------


def test_a_folder_of_the_same_name_and_size_loads_its_own_rows(world: Callable[..., World], tmp_path: Path) -> None:
    made = world()
    made.items(pair("p1", a="One.", b="Two."))
    made.labels(p1={"mei": prefer("left")})
    first, second = tmp_path / "first" / "data", tmp_path / "second" / "data"
    exporting.export(made.session, SYSTEM, "here", "trl-preference", first, now=NOW, test_share=0.0)
    made.labels(p1={"raj": prefer("right"), "tan": prefer("right")})
    exporting.export(made.session, SYSTEM, "here", "trl-preference", second, now=NOW, test_share=0.0)
    cache = tmp_path / "cache"
    assert loaded(first, cache)["chosen"] == ["One."]
    assert loaded(second, cache)["chosen"] == ["Two."]
    assert loaded(first, cache)["chosen"] == ["One."]


def test_every_split_is_declared_with_its_columns_and_sizes(world: Callable[..., World], tmp_path: Path) -> None:
    made = world()
    made.items(*[pair(f"p{n}", prompt=f"{n}?") for n in range(40)])
    made.labels(**{f"p{n}": {"mei": prefer("left")} for n in range(40)})
    out, report = made.export("trl-preference", test_share=0.4)
    (info,) = header(out)["dataset_info"]
    assert {split["name"]: split["num_examples"] for split in info["splits"]} == {
        "train": report["rows"]["train.jsonl"],
        "test": report["rows"]["test.jsonl"],
    }
    assert all(split["num_bytes"] > 0 for split in info["splits"])
    for split in ("train", "test"):
        rows = loaded(out, tmp_path / "cache", split)
        assert list(rows) == lines(out / f"{split}.jsonl")
        assert rows.features == datasets.Features._from_yaml_list(info["features"])


@pytest.mark.parametrize("shape", ["plain", "conversational"])
@pytest.mark.parametrize("name", list(TRAINING_FORMATS))
def test_declared_columns_are_those_of_the_datasets_library(name: str, shape: Any) -> None:
    schema = TRAINING_FORMATS[name].schema(shape)
    assert datasets.Features._from_yaml_list(features(schema)).arrow_schema.remove_metadata() == schema


# Shapes -----------------------------------------------------------------------------------------------------------------


def mixed(world: Callable[..., World]) -> World:
    made = world()
    made.items(pair("p1"), pair("p2", prompt=CHAT, a="嗨", b=REPLY), pair("p3", b=SEVERAL))
    made.labels(p1={"mei": prefer("left")}, p2={"mei": prefer("right")}, p3={"mei": prefer("right")})
    return made


def test_all_rows_are_conversations_as_soon_as_one_is(world: Callable[..., World], tmp_path: Path) -> None:
    out, report = mixed(world).export("trl-preference")
    assert (report["rows"], report["shape"], report["left_out"]) == ({"train.jsonl": 3}, "conversational", {})
    plain, chat, several = loaded(out, tmp_path / "cache")
    assert plain["prompt"] == [{"role": "user", "content": "Why?"}]
    assert plain["chosen"] == [{"role": "assistant", "content": "So."}]
    assert (chat["prompt"], chat["chosen"]) == (CHAT, REPLY)
    assert several["chosen"] == SEVERAL
    assert [row["item"] for row in lines(out / "side/provenance.jsonl")] == ["p1", "p2", "p3"]


def test_what_plain_texts_cannot_hold_is_counted(world: Callable[..., World]) -> None:
    made = mixed(world)
    made.items(pair("p4", prompt=[{"role": "user", "content": "Four?"}], a="4", b=REPLY))
    made.labels(p4={"mei": prefer("right")})
    out, report = made.export("trl-preference", options=ExportOptions(shape="plain"))
    assert (report["rows_total"], report["shape"], report["left_out"]) == (2, "plain", {"not_plain": 2})
    assert [(row["prompt"], row["chosen"]) for row in lines(out / "train.jsonl")] == [
        ("Why?", "So."),
        ("Four?", "您好"),
    ]


def test_plain_rows_alone_stay_plain_unless_conversations_are_asked_for(world: Callable[..., World]) -> None:
    made = world()
    made.items(pair("p1"))
    made.labels(p1={"mei": prefer("left")})
    assert made.rows("trl-preference")[0]["prompt"] == "Why?"
    (row,) = made.rows("trl-preference", options=ExportOptions(shape="conversational"))
    assert row["prompt"] == [{"role": "user", "content": "Why?"}]
    with pytest.raises(InvalidInput, match="conversations only"):
        made.export("openai-dpo", options=ExportOptions(shape="plain"))


# OpenAI -----------------------------------------------------------------------------------------------------------------


def test_openai_refuses_empty_and_identical_outputs_and_few_lines(world: Callable[..., World]) -> None:
    made = world()
    made.items(pair("good"), pair("empty", b=""), pair("same", a="So.", b="So."))
    made.labels(**{key: {"mei": prefer("left")} for key in ("good", "empty", "same")})
    out, report = made.export("openai-dpo")
    assert report["left_out"] == {"empty_output": 1, "identical_outputs": 1}
    assert report["warnings"] == [{"warning": "too_few_rows", "file": "train.jsonl", "rows": 1, "least": 10}]
    assert "train.jsonl has too few rows (1)" in (out / "README.md").read_text(encoding="utf-8")
    assert made.export("trl-preference")[1]["warnings"] == []


def test_tool_turns_name_the_call_that_they_answer(world: Callable[..., World], tmp_path: Path) -> None:
    made = world("demonstration")
    asked = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": "Looking."},
        {"role": "tool", "content": "31°"},
        {"role": "tool", "content": "wet"},
    ]
    made.items({"id": "d1", "payload": {"prompt": asked}})
    made.labels(d1={"mei": {"text": "Hot and wet."}})
    out, _ = made.export("openai-sft")
    (row,) = lines(out / "train.jsonl")
    user, caller, first, second, reply = row["messages"]
    assert [call["id"] for call in caller["tool_calls"]] == ["call_1", "call_2"]
    assert [first["tool_call_id"], second["tool_call_id"]] == ["call_1", "call_2"]
    assert (user, reply) == (asked[0], {"role": "assistant", "content": "Hot and wet."})
    assert loaded(out, tmp_path / "cache")[0]["messages"][3]["tool_call_id"] == "call_2"


# All answers ------------------------------------------------------------------------------------------------------------

ODD = ("NA", "None", "null", "nan", '"NA"', "yes")


def odd_labels(world: Callable[..., World]) -> World:
    made = world("classification", settings={"labels": [{"id": name} for name in ODD]})
    made.items(*[{"id": name, "payload": {"text": f"It is {name}."}} for name in ODD])
    made.labels(**{name: {name: {"labels": [name]}} for name in ODD})
    return made


@pytest.mark.parametrize("name", list(ANSWER_FORMATS))
def test_labels_that_look_like_missing_values_are_loaded(
    name: str, world: Callable[..., World], tmp_path: Path
) -> None:
    out, _ = odd_labels(world).export(name, options=ExportOptions(names=True))
    rows = list(loaded(out, tmp_path / "cache"))
    assert [row["item"] for row in rows] == list(ODD)
    assert [row["annotator"] for row in rows] == list(ODD)
    assert [row["answer"]["labels"] for row in rows] == [[label] for label in ODD]
    if name != "answers-jsonl":
        assert [row["answer.labels.0"] for row in rows] == list(ODD)
    if name == "answers-csv":
        bare = datasets.load_dataset(
            "csv", data_files=str(out / "answers.csv"), split="train", cache_dir=str(tmp_path / "bare")
        )
        assert None not in [*bare["item"], *bare["annotator"], *bare["answer.labels.0"]]
        assert [outputs.unguarded(cell) for cell in bare["answer.labels.0"]] == list(ODD)


@pytest.mark.parametrize(
    "text", ["=1", "'=1", "''-x", "plain", "'quoted'", *ODD, '""NA""', "", "'", '"', "'NA", "-NaN"]
)
def test_guarded_cells_give_their_text_back(text: str) -> None:
    cell = outputs.guarded(text)
    assert outputs.unguarded(cell) == text
    assert cell == text or cell[0] in "'\""


@pytest.mark.parametrize("name", list(ANSWER_FORMATS))
def test_columns_that_fill_late_are_loaded_with_their_types(
    name: str, world: Callable[..., World], tmp_path: Path
) -> None:
    """`datasets` reads 10 MB at a time and would take the first piece's empty columns for empty ones."""
    made = world("demonstration")
    made.items({"id": "d1", "payload": {"prompt": "?"}})
    item, long = made.item("d1"), {"text": "word " * 2000}
    for n in range(1400):
        an_answer(made.session, item, a_person(made.session), long, nth=n, at=NOW)
    late = {"active_ms": 1500, "extras": {"rationale": "late", "confidence": 3}}
    an_answer(made.session, item, a_person(made.session), long, **late)
    made.session.flush()
    out, report = made.export(name)
    assert sum((out / path).stat().st_size for path in report["rows"]) > (10 << 20 if name != "answers-parquet" else 0)
    rows = loaded(out, tmp_path / "cache")
    assert len(rows) == 1401
    assert (rows[0]["active_s"], rows[1400]["active_s"]) == (None, 1.5)
    assert rows[1400]["extras"] == late["extras"]
    assert rows[0]["at"] == NOW
    if name == "answers-jsonl":  # with what the card declares, JSON Lines are read as well
        declared = datasets.Features._from_yaml_list(header(out)["dataset_info"][0]["features"])
        lines_read = datasets.load_dataset(
            "json",
            data_files=str(out / "answers.jsonl"),
            features=declared,
            split="train",
            cache_dir=str(tmp_path / "l"),
        )
        assert list(lines_read) == list(rows)


# Every task type --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", list(TASK_TYPES))
def test_every_export_has_a_typed_twin_of_every_file(key: str, world: Callable[..., World], tmp_path: Path) -> None:
    rng, task = Random(key), load_task(key, {})
    made = world(key)
    people = [a_person(made.session) for _ in range(3)]
    for _ in range(12):
        payload = task.sample_payload(rng)
        item = an_item(made.session, made.project, payload=payload.as_json())
        for person in people[: rng.randint(1, 3)]:
            an_answer(made.session, item, person, task.sample_answer(payload, rng).as_json(), purpose="imported")
    for offer in exporting.offered(task):
        out, report = made.export(offer.name, test_share=0.3)
        for path, count in report["rows"].items():
            twin = Path(path).with_suffix(".parquet")
            if count:
                rows = loaded(out, tmp_path / "cache", twin.stem if twin.stem in ("train", "test") else "train")
                assert len(rows) == count
                if path.endswith(".jsonl") and offer.name.startswith("trl"):
                    assert list(rows) == lines(out / path)
        assert orjson.loads((out / "report.json").read_bytes()) == orjson.loads(orjson.dumps(report))


# People and the card ------------------------------------------------------------------------------------------------------


def test_people_have_pseudonyms_of_their_project_and_machines_their_names(world: Callable[..., World]) -> None:
    made = world()
    made.items(pair("p1"), pair("p2"))
    made.labels(p1={"Mei Lin": prefer("left")}, p2={"Mei Lin": prefer("left"), "person-0123456789ab": prefer("left")})
    made.people["judge-1"] = a_person(made.session, "judge-1", kind="machine")
    judged = made.answer("p1", "judge-1", prefer("left"), purpose="imported")
    for code, value in enumerate((0.7, 0.2, 0.1, 0)):
        made.session.add(Probability(answer_id=judged.id, target="preferred", code=code, value=value))
    made.session.flush()
    out, _ = made.export("answers-jsonl")
    first, machine, second, kept = lines(out / "answers.jsonl")
    assert first["annotator"] == second["annotator"] != "Mei Lin"
    assert kept["annotator"] == "person-0123456789ab"
    assert "Mei Lin" not in "".join(path.read_text("utf-8") for path in out.rglob("*.*") if path.suffix != ".parquet")
    assert (machine["annotator"], machine["kind"]) == ("judge-1", "machine")
    assert machine["probabilities"] == {"preferred": {"left": 0.7, "right": 0.2, "tie": 0.1, "both_bad": 0}}
    assert lines(made.export("answers-jsonl")[0] / "answers.jsonl")[0]["annotator"] == first["annotator"]
    one, other = pseudonyms("here"), pseudonyms("elsewhere")
    assert one(1, "mei", "member") == one(1, "Mei Lin", "member") != other(1, "mei", "member")


def test_names_are_for_those_who_may_see_people(world: Callable[..., World], monkeypatch: pytest.MonkeyPatch) -> None:
    made = world()
    lead = acting(a_person(made.session, role="lead"))
    without_names = {**RIGHTS, Role.LEAD: RIGHTS[Role.LEAD] - {Right.SEE_PEOPLE}}
    monkeypatch.setattr(projects, "RIGHTS", without_names)
    out = made.folder / "out"
    with pytest.raises(NotAllowed):
        exporting.export(made.session, lead, "here", "answers-jsonl", out, now=NOW, options=ExportOptions(names=True))
    assert not out.exists()
    exporting.export(made.session, lead, "here", "answers-jsonl", out, now=NOW)


def test_texts_languages_and_models_come_on_request(world: Callable[..., World], tmp_path: Path) -> None:
    made = world()
    made.items(pair("p1", lang="en-SG"))
    made.labels(p1={"mei": prefer("left")})
    out, _ = made.export("answers-jsonl")
    assert not {"payload", "lang", "models"} & set(lines(out / "answers.jsonl")[0])
    everything = ExportOptions(additions=frozenset(ADDITIONS))
    for name in ANSWER_FORMATS:
        out, _ = made.export(name, options=everything)
        (row,) = loaded(out, tmp_path / "cache")
        assert row["payload"]["responses"] == {"left": {"text": "So."}, "right": {"text": "Not so."}}
        assert (row["lang"], row["models"]) == ("en-SG", {"left": "m1"})


@pytest.mark.parametrize(
    ("kinds", "options", "creators"),
    [
        (["imported"], ExportOptions(), ["other"]),
        (["member"], ExportOptions(), ["other"]),
        (["member"], ExportOptions(annotators="expert-generated"), ["expert-generated"]),
        (["machine"], ExportOptions(annotators="expert-generated"), ["machine-generated"]),
        (["member", "machine"], ExportOptions(annotators="crowdsourced"), ["crowdsourced", "machine-generated"]),
        ([], ExportOptions(), ["no-annotation"]),
    ],
)
def test_the_card_claims_of_annotators_what_is_known(
    kinds: list[str], options: ExportOptions, creators: list[str], world: Callable[..., World]
) -> None:
    made = world()
    made.items(pair("p1"))
    for kind in kinds:
        made.people[kind] = a_person(made.session, kind, kind=kind)
        made.answer("p1", kind, prefer("left"))
    assert header(made.export("answers-jsonl", options=options)[0])["annotations_creators"] == creators
    if kinds == ["member", "machine"]:  # a judge's answers are in no training row
        assert header(made.export("trl-preference", options=options)[0])["annotations_creators"] == ["crowdsourced"]


def test_the_card_has_license_question_and_guidelines_in_both_languages(world: Callable[..., World]) -> None:
    made = world()
    made.items(pair("p1"))
    made.answer("p1", "mei", prefer("left"))
    made.answer("p1", "raj", prefer("left"))
    guideline = made.session.scalars(select(GuidelineVersion)).one()
    guideline.text = {"en": "Decide with care.", "zh": "请谨慎判断。"}
    made.session.flush()
    out, _ = made.export("trl-preference", options=ExportOptions(license="cc-by-4.0"))
    text = (out / "README.md").read_text(encoding="utf-8")
    assert header(out)["license"] == "cc-by-4.0"
    for words in (
        "Which response is better? · 哪个回答更好？",
        "### English\n\n> Decide with care.",
        "### 中文\n\n> 请谨慎判断。",
        "2 annotators",
    ):
        assert words in text
    assert "2 member" not in text
    ours = header(made.export("trl-preference", options=ExportOptions(license="Client terms 2026"))[0])
    assert (ours["license"], ours["license_name"]) == ("other", "Client terms 2026")
    assert header(made.export("trl-preference")[0])["license"] == "unknown"
    with pytest.raises(InvalidInput, match="in one line"):
        made.export("trl-preference", options=ExportOptions(license="a\nb"))


def test_the_license_of_a_kept_export_is_the_next_ones(world: Callable[..., World]) -> None:
    made = world()
    made.items(pair("p1"))

    def kept(license_: str | None) -> str:
        out, report = made.export("answers-jsonl", options=ExportOptions(license=license_))
        exporting.keep(made.session, SYSTEM, made.slug, report, out, now=NOW)
        assert report["license"] == (header(out).get("license_name") or header(out)["license"]).replace("unknown", "")
        return str(report["license"])

    assert [kept(one) for one in (None, "cc-by-4.0", None, "Ours", "cc-by-4.0", None, "", None)] == [
        "", "cc-by-4.0", "cc-by-4.0", "Ours", "cc-by-4.0", "cc-by-4.0", "", "",
    ]  # fmt: skip
    kept("mit")
    file = project_files.as_file(made.session, SYSTEM, made.slug)
    assert file.license == "mit"
    assert file.model_copy(update={"license": ""}).policy().license == ""


@pytest.mark.parametrize(("name", "needs"), [("answers-csv", True), ("answers-jsonl", True), ("trl-preference", False)])
def test_the_card_names_the_version_that_loads_it(name: str, needs: bool, world: Callable[..., World]) -> None:
    made = world()
    made.items(pair("p1"))
    made.answer("p1", "mei", prefer("left"))
    text = (made.export(name)[0] / "README.md").read_text(encoding="utf-8")
    assert ("with `datasets` 4.7 or later." in text) == needs
