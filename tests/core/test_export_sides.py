"""Train or test: no prompt on both sides, in one export or across projects and deliveries, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from itertools import combinations
from pathlib import Path
from random import Random
from string import ascii_lowercase
from typing import Any

import numpy as np
import orjson
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sqlalchemy import Engine, text
from sqlmodel import Session

from core.config import ROOT
from core.interchange import near, sameness
from core.permissions import SYSTEM
from core.services import exporting, importing, likeness, project_changes, projects
from core.services.export_job import ExportOptions
from core.services.export_sides import Sides, sides
from core.services.export_training import PROVENANCE
from core.services.policies import ProjectFile
from core.store.engine import reading, transaction
from core.store.tables import Project
from tests.conftest import NOW
from tests.factories import a_person, a_project, an_answer, an_item

TESTED = ["Prompt 6", "Prompt 7", "Prompt 8"]
REAL = ROOT.parent / "shared" / "data"


def asking(prompt: Any) -> dict[str, Any]:
    return {"prompt": prompt, "responses": {"r1": {"text": "So."}, "r2": {"text": "Not so."}}}


def split(session: Session, project: Project, *, share: float = 0.5, near_too: bool = False) -> Sides:
    session.flush()
    assert project.id is not None
    return sides(session.connection(), project.id, project.split_salt, share, near_too=near_too)


def test_one_prompt_is_one_group_whatever_its_case_width_and_spaces(session: Session) -> None:
    project = a_project(session)
    same = (
        "Why is it so?",
        "why  is it so?",
        "ＷＨＹ\u3000is it so?\n",
        [{"role": "user", "content": "Why is it so?"}],
    )
    items = [an_item(session, project, payload=asking(one)) for one in same]
    other = an_item(session, project, payload=asking("Why is it not so?"))
    found = split(session, project)
    assert len({found.family[item.id] for item in items if item.id}) == 1
    assert found.family[other.id or 0] != found.family[items[0].id or 0]
    assert found.as_json(0.5) == {
        "by": "prompt and group", "test_share": 0.5, "groups": 2, "largest_group": 4, "same_prompt": 4, "near_duplicates": None,
        "near_duplicates_within": None, "newest_item": other.id, "moved": None,
    }  # fmt: skip


def test_a_system_turn_makes_another_prompt(session: Session) -> None:
    project = a_project(session)
    kind = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Why?"}]
    one, other = (an_item(session, project, payload=asking(prompt)) for prompt in ("Why?", kind))
    found = split(session, project)
    assert found.family[one.id or 0] != found.family[other.id or 0]


def test_prompts_hang_together_across_declared_groups(session: Session) -> None:
    """g1 and g2 share a prompt, g2 and g3 another: all of them are one."""
    project = a_project(session)
    rows = [("a", "g1"), ("b", "g1"), ("b", "g2"), ("c", "g2"), ("c", "g3"), ("d", "g3"), ("e", "g4"), ("f", None)]
    items = [an_item(session, project, payload=asking(prompt), group_key=group) for prompt, group in rows]
    found = split(session, project)
    families = [found.family[item.id or 0] for item in items]
    assert len(set(families[:6])) == 1
    assert len(set(families)) == 3
    assert len({found.of(item.id or 0) for item in items[:6]}) == 1


def test_an_item_falls_on_the_same_side_in_every_project_and_delivery(session: Session) -> None:
    first, second = a_project(session), a_project(session)
    prompts = [f"Prompt {n}" for n in range(200)]
    mine = [an_item(session, first, payload=asking(one)) for one in prompts]
    before = split(session, first, share=0.3)
    others = [an_item(session, second, payload=asking(one.upper())) for one in reversed(prompts)]
    more = [an_item(session, first, payload=asking(f"Later {n}")) for n in range(50)]
    after, there = split(session, first, share=0.3), split(session, second, share=0.3)
    sides_before = [before.of(item.id or 0) for item in mine]
    assert sides_before == [after.of(item.id or 0) for item in mine]
    assert sides_before == [there.of(item.id or 0) for item in reversed(others)]
    assert 30 <= sides_before.count("test") <= 90
    assert len({after.of(item.id or 0) for item in more}) == 2


def test_a_group_of_one_project_holds_its_prompts_together_in_another(session: Session) -> None:
    first, second = a_project(session), a_project(session)
    for n in range(40):
        for part in "ab":
            an_item(session, first, payload=asking(f"{n} {part}"), group_key=f"g{n}")
    there = {n: an_item(session, second, payload=asking(f"{n} b")) for n in range(40)}
    here, other = split(session, first), split(session, second)
    first_of = dict(zip(range(40), list(here.side.values())[::2], strict=True))
    assert {n: other.of(item.id or 0) for n, item in there.items()} == first_of


def test_every_project_has_the_salt_of_the_first(session: Session) -> None:
    for slug, salt in (("first", "one"), ("second", "two")):
        file = ProjectFile(title=slug, task="pairwise", settings={})
        project_changes.create(session, SYSTEM, now=NOW, slug=slug, file=file, split_salt=salt)
    assert {projects.get(session, SYSTEM, slug).split_salt for slug in ("first", "second")} == {"one"}


def test_near_duplicates_stay_together_on_request(session: Session) -> None:
    project = a_project(session)
    said = (
        "Explain to a ten-year-old why the sky is blue at noon and red in the evening, with an example from daily life"
    )
    chinese = "请向一个十岁的孩子解释为什么天空中午是蓝色的，傍晚是红色的，并举一个日常生活中的例子，尽量简短一些"
    near_ones = [(said + ".", said + "!"), (chinese + "。", "请" + chinese + "！")]
    pairs = [[an_item(session, project, payload=asking(one)) for one in two] for two in near_ones]
    other = an_item(session, project, payload=asking("Explain to a ten-year-old how a bicycle stays upright"))
    apart, together = split(session, project), split(session, project, near_too=True)
    for one, two in pairs:
        assert apart.family[one.id or 0] != apart.family[two.id or 0]
        assert together.family[one.id or 0] == together.family[two.id or 0]
    assert len(set(together.family.values())) == 3
    assert together.family[other.id or 0] not in {together.family[two.id or 0] for _, two in pairs}
    told = together.as_json(0.1)
    assert (told["near_duplicates"], told["near_duplicates_within"]) == (4, "project")


# Moved sides ----------------------------------------------------------------------------------------------------------


LATER = NOW + timedelta(days=1)


def deliver(
    session: Session, slug: str, out: Path, *, share: float = 0.5, near_too: bool = False, at: Any = NOW
) -> Any:
    """Export and keep; the report."""
    options = ExportOptions(near_duplicates=near_too)
    report = exporting.export(session, SYSTEM, slug, "trl-preference", out, now=at, test_share=share, options=options)
    exporting.keep(session, SYSTEM, slug, report, out, now=at)
    return report


def sides_of(out: Path) -> dict[str, str]:
    """Item to side, as the delivered rows have it."""
    return {row["item"]: row["split"] for row in map(orjson.loads, (out / PROVENANCE).read_bytes().splitlines())}


@pytest.fixture
def asked(session: Session) -> Callable[..., Any]:
    """An item that somebody has answered."""
    person = a_person(session)

    def make(project: Project, prompt: str, **fields: Any) -> Any:
        item = an_item(session, project, payload=asking(prompt), **fields)
        an_answer(session, item, person, {"preferred": "r1"})
        return item

    return make


def test_the_report_counts_prompts_that_a_later_import_moved(session: Session, tmp_path: Path, asked: Any) -> None:
    here, there = a_project(session, "here"), a_project(session, "there")
    for n in range(40):
        asked(here, f"Prompt {n}", key=f"i{n}")
    first = deliver(session, "here", tmp_path / "first")
    assert first["split"]["moved"] is None
    for n in range(0, 20, 2):
        for k in (n, n + 1):
            an_item(session, there, payload=asking(f"Prompt {k}"), group_key=f"g{n}", created_at=LATER)
    second = deliver(session, "here", tmp_path / "second", at=LATER)
    before, after = sides_of(tmp_path / "first"), sides_of(tmp_path / "second")
    moved = [item for item in before if before[item] != after[item]]
    assert moved
    assert all(int(item[1:]) < 20 and int(item[1:]) % 2 for item in moved)  # to the side of the older of two
    assert second["split"]["moved"] == {"prompts": len(moved), "since": NOW.isoformat()}
    assert {"warning": "moved_sides", "prompts": len(moved), "since": NOW.isoformat()} in second["warnings"]
    card = (tmp_path / "second" / "README.md").read_text("utf-8")
    assert f"than in the last export ({NOW:%Y-%m-%d}): {len(moved)}." in card
    third = deliver(session, "here", tmp_path / "third", at=LATER + timedelta(hours=1))
    assert third["split"]["moved"] == {"prompts": 0, "since": LATER.isoformat()}
    assert "moved_sides" not in {one["warning"] for one in third["warnings"]}


def test_an_import_that_began_before_a_delivery_and_ended_after_it_was_not_there(
    session: Session, tmp_path: Path, asked: Any
) -> None:
    """Its items say when it began; the delivery could not see them."""
    here, there = a_project(session, "here"), a_project(session, "there")
    for n in range(40):
        asked(here, f"Prompt {n}", key=f"i{n}")
    first = deliver(session, "here", tmp_path / "first", at=LATER)
    for n in range(0, 20, 2):
        for k in (n, n + 1):
            an_item(session, there, payload=asking(f"Prompt {k}"), group_key=f"g{n}", created_at=NOW)
    second = deliver(session, "here", tmp_path / "second", at=LATER + timedelta(hours=1))
    before, after = sides_of(tmp_path / "first"), sides_of(tmp_path / "second")
    moved = sum(before[item] != after[item] for item in before)
    assert moved
    assert second["split"]["moved"]["prompts"] == moved
    assert second["split"]["newest_item"] == first["split"]["newest_item"] + 20


def test_a_report_that_does_not_say_its_newest_item_is_held_against_the_time(
    session: Session, tmp_path: Path, asked: Any
) -> None:
    here = a_project(session, "here")
    for n in range(30):
        asked(here, f"Prompt {n}", key=f"i{n}")
    report = deliver(session, "here", tmp_path / "first")
    old = {**report, "split": {key: value for key, value in report["split"].items() if key != "newest_item"}}
    session.execute(text("UPDATE export_job SET report = :report"), {"report": orjson.dumps(old).decode()})
    turned = deliver(session, "here", tmp_path / "second", share=0.0, at=LATER)
    assert turned["split"]["moved"]["prompts"] == list(sides_of(tmp_path / "first").values()).count("test") > 0


def test_an_export_without_rows_moves_nothing(session: Session, tmp_path: Path, asked: Any) -> None:
    """Nobody has trained on it, and it tests nothing."""
    here = a_project(session, "here")
    for n in range(30):
        an_item(session, here, payload=asking(f"Prompt {n}"))
    for day, share in enumerate((0.0, 0.9)):
        empty = deliver(session, "here", tmp_path / f"empty-{day}", share=share, at=NOW + timedelta(days=day))
        assert (empty["rows_total"], empty["split"]["moved"]) == (0, None)
    for n in range(30):
        asked(here, f"Answered {n}")
    first = deliver(session, "here", tmp_path / "first", share=0.0, at=NOW + timedelta(days=2))
    assert first["split"]["moved"] is None
    deliver(session, a_project(session, "there").slug, tmp_path / "there", at=NOW + timedelta(days=3))
    last = deliver(session, "here", tmp_path / "last", share=0.9, at=NOW + timedelta(days=4))
    assert last["split"]["moved"]["since"] == (NOW + timedelta(days=2)).isoformat()
    assert "moved_sides" in {one["warning"] for one in last["warnings"]}


def test_prompts_are_counted_once_and_new_ones_move_nothing(session: Session, tmp_path: Path, asked: Any) -> None:
    here = a_project(session, "here")
    for n in range(30):
        asked(here, f"Prompt {n % 10}", key=f"i{n}")
    deliver(session, "here", tmp_path / "first")
    for n in range(30):
        asked(here, f"Later {n}", created_at=LATER)
    assert deliver(session, "here", tmp_path / "second", at=LATER)["split"]["moved"]["prompts"] == 0
    turned = deliver(session, "here", tmp_path / "third", share=0.0, at=LATER + timedelta(hours=1))
    before = sides_of(tmp_path / "second")
    prompts = {
        row["prompt"] for row in map(orjson.loads, (tmp_path / "second" / "test.jsonl").read_bytes().splitlines())
    }
    assert turned["split"]["moved"]["prompts"] == len(prompts) < list(before.values()).count("test")


def test_sides_moved_by_similar_prompts_are_counted(session: Session, tmp_path: Path, asked: Any) -> None:
    here = a_project(session, "here")
    for n in range(20):
        said = (
            f"Explain to somebody of ten years why the sky looks blue at noon and red in the evening of day {n:03} and "
        )
        asked(here, f"{said} so {n * 7919}." * 2, key=f"i{n}a")
        asked(here, f"{said} so {n * 7919}." * 2 + "!!", key=f"i{n}b")
    deliver(session, "here", tmp_path / "first")
    joined = deliver(session, "here", tmp_path / "second", near_too=True, at=LATER)
    before, after = sides_of(tmp_path / "first"), sides_of(tmp_path / "second")
    moved = sum(before[item] != after[item] for item in before)
    assert moved
    assert joined["split"]["moved"]["prompts"] == moved
    again = deliver(session, "here", tmp_path / "third", near_too=True, at=LATER + timedelta(hours=1))
    assert again["split"]["moved"]["prompts"] == 0
    apart = deliver(session, "here", tmp_path / "fourth", at=LATER + timedelta(hours=2))
    assert apart["split"]["moved"]["prompts"] == moved
    assert f"({joined['split']['near_duplicates']} items) were joined within this project only" in (
        tmp_path / "second" / "README.md"
    ).read_text("utf-8")


def test_near_pairs_are_found_among_thousands_and_nothing_else_is() -> None:
    rng = Random(7)
    words = [f"word{n}" for n in range(3000)]
    texts = [" ".join(rng.choices(words, k=30)) for _ in range(1500)]
    copies = [text + " indeed" for text in texts[:100]]
    assert set(near.near_pairs([*texts, *copies])) == {(n, 1500 + n) for n in range(100)}


@pytest.mark.parametrize("template", [0, 60, 120, 180])
def test_near_pairs_join_what_the_exact_comparison_does(template: int) -> None:
    """Docs promise 95 in 100 of those that have 90 % in common, and none below 80 %, also within one template."""
    rng = Random(template)
    frame = "".join(rng.choices(ascii_lowercase + " ", k=template))
    texts = [frame + "".join(rng.choices(ascii_lowercase + " ", k=240 - template)) for _ in range(200)]
    for one in texts[:100]:
        at = rng.randrange(240)
        texts.append(one[:at] + "#" * rng.randint(1, 12) + one[at + rng.randint(0, 12) :])
    pieces = [{text[at : at + 5] for at in range(len(text) - 4)} for text in texts]
    common = {
        (one, two): len(pieces[one] & pieces[two]) / len(pieces[one] | pieces[two])
        for one, two in combinations(range(len(texts)), 2)
    }
    pairs = set(near.near_pairs(texts))
    ends = np.array(list(pairs)).T
    links = coo_array((np.ones(len(pairs)), ends), shape=(len(texts), len(texts)))
    together = connected_components(links, directed=False)[1]
    certain = [pair for pair, share in common.items() if share >= 0.9]
    assert len(certain) > 30
    assert sum(together[one] == together[two] for one, two in certain) >= 0.95 * len(certain)
    assert min(common[pair] for pair in pairs) >= near.LIKE


def test_every_link_among_many_prompts_of_one_template_is_checked_piece_by_piece() -> None:
    """Of 20 million pairs with 50 to 80 % in common many look alike by 64 hashes."""
    rng = Random(7)
    words = ["".join(rng.choices(ascii_lowercase, k=rng.randint(4, 9))) for _ in range(3000)]
    frame = "Rewrite the following sentence so that it is polite and short, and give two versions of it: "
    texts = [frame + " ".join(rng.choices(words, k=rng.randint(4, 9))) for _ in range(6000)]
    close = [text + "!" for text in texts[:100]]
    linked = list(near.near_pairs([*texts, *close]))
    assert len(linked) >= 100
    assert min(in_common(*([*texts, *close][place] for place in pair)) for pair in linked) >= near.LIKE


def in_common(one: str, other: str) -> float:
    """Pieces of five characters in both as a share of those in either."""
    pieces, others = ({text[at : at + 5] for at in range(len(text) - 4)} for text in (one, other))
    return len(pieces & others) / len(pieces | others)


def test_prompts_of_one_template_are_each_compared_with_few(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(3)
    words = [f"word{n}" for n in range(3000)]
    frame = " ".join(rng.choices(words, k=20))
    texts = [f"{frame} {' '.join(rng.choices(words, k=10))}" for _ in range(4000)]
    looked: list[int] = []
    kept = near._ways

    def counted(*given: Any) -> Any:
        ways = list(kept(*given))
        looked.append(sum(len(bucket) for way in ways for bucket in way))
        return ways

    monkeypatch.setattr(near, "_ways", counted)
    assert len(list(near.near_pairs([*texts, *(text + " indeed" for text in texts[:100])]))) >= 95
    early, late = (sum(part) / len(part) for part in (looked[1000:1500], looked[-500:]))
    assert late < 1.5 * early


def test_a_prompt_may_be_empty_short_or_a_book() -> None:
    book = "".join(Random(1).choices(ascii_lowercase, k=20_000))
    texts = ["", "a", "\ud800", book, "b", book + "!"]
    assert list(near.near_pairs(texts)) == [(3, 5)]


def test_both_databases_split_alike(store: Engine) -> None:
    with transaction() as session:
        project = a_project(session)
        items = [an_item(session, project, payload=asking(f"Prompt {n % 20}"), group_key=f"g{n % 7}" if n % 3 == 0 else None) for n in range(60)]  # fmt: skip
        found = split(session, project)
        assert len(set(found.side.values())) == 2
        sides_by_prompt = {item.payload["prompt"]: found.of(item.id or 0) for item in items}
    assert sorted(prompt for prompt, side in sides_by_prompt.items() if side == "test") == TESTED


def test_projects_of_before_get_the_prompts_and_one_salt(store: Engine) -> None:
    with transaction() as session:
        projects_made = [a_project(session) for _ in range(2)]
        for project, salt in zip(projects_made, ("one", "two"), strict=True):
            project.split_salt = salt
        wanted = {item.id: item.prompt_key for item in (an_item(session, projects_made[0]) for _ in range(5))}
    with store.begin() as connection:
        connection.execute(text("DROP INDEX ix_item_prompt"))
        connection.execute(text("ALTER TABLE item DROP COLUMN prompt_key"))
        with Operations.context(MigrationContext.configure(connection)):
            import_module("core.store.migrations.versions.0005_prompts_and_one_salt").upgrade()
        found = {row.id: row.prompt_key for row in connection.execute(text("SELECT id, prompt_key FROM item"))}
        assert found == wanted
        assert connection.execute(text("SELECT DISTINCT split_salt FROM project")).scalars().all() == ["one"]


def test_sixty_items_with_one_prompt_stay_on_one_side_and_the_import_says_so(session: Session, tmp_path: Path) -> None:
    project = a_project(session, "here")
    rows = [
        {"id": f"i{n}", "payload": asking("Write a poem about rain." if n < 60 else f"Poem {n}")} for n in range(80)
    ]
    path = tmp_path / "items.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, rows[:70])))
    assert importing.import_file(session, SYSTEM, "here", "items", path, now=NOW, rng=Random(1)).same_prompt == 60
    path.write_bytes(b"\n".join(map(orjson.dumps, [*rows[70:], {"id": "again", "payload": asking("poem 65")}])))
    assert importing.import_file(session, SYSTEM, "here", "items", path, now=NOW, rng=Random(1)).same_prompt == 1
    found = split(session, project)
    assert found.as_json(0.5)["largest_group"] == 60


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_no_prompt_of_a_real_set_is_in_train_and_test(share: float, sqlite_store: Engine, tmp_path: Path) -> None:
    folder = REAL / "pandalm-pairwise" / "rows"
    if not folder.is_dir():
        pytest.skip("the real set is not on this machine")
    with transaction() as session:
        file = likeness.from_labels("pairwise", "real", folder / "labels.jsonl")
        project_changes.create(session, SYSTEM, now=NOW, slug="here", file=file, split_salt="s")
        for kind in ("items", "labels"):
            importing.import_file(session, SYSTEM, "here", kind, folder / f"{kind}.jsonl", now=NOW, rng=Random(1))  # type: ignore[arg-type]
    with reading() as session:
        out = tmp_path / "out"
        report = exporting.export(session, SYSTEM, "here", "trl-preference", out, now=NOW, test_share=share)
    by_side = {side: _prompts(out / f"{side}.jsonl") for side in ("train", "test")}
    assert min(len(prompts) for prompts in by_side.values()) > 5
    assert not by_side["train"] & by_side["test"]
    assert report["split"]["same_prompt"] > 500


def _prompts(path: Path) -> set[str]:
    return {sameness.prompt_text(orjson.loads(line)) for line in path.read_bytes().splitlines()}
