"""Cards of hostile words, and places, names and folders that somebody tampered with."""

import shutil
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import DatasetCard
from hypothesis import given, strategies as st
from markdown_it import MarkdownIt
from sqlalchemy import Engine
from sqlmodel import Session, select

from core.errors import Conflict, InvalidInput, RefusedFile, TouchstoneError
from core.interchange import markdown
from core.permissions import SYSTEM
from core.services import export_files, exporting, project_changes
from core.services.export_job import ExportOptions
from core.services.policies import ProjectFile
from core.store.engine import reading, transaction
from core.store.tables import GuidelineVersion, SettingsVersion
from tests.clock import NOW
from tests.exporting import World, header, loaded, pair, prefer
from tests.factories import a_person, a_project, an_answer, an_item

HOSTILE = [
    "x\n---\nlicense: mit\n---\n", "---", "a: b # c", "'\"{[&*!|>%@`", "- x\n- y", "\x85---\x85", "one\u2028---\u2028two",
    "# Load\n\n## Load", "x\n===", "```python\nimport os\n```", "~~~\n", "`", "``` ", "<script>alert(1)</script>", "<!-- ", "</blockquote>\n# Out",
    "![seen](https://evil.example/p.png)", "[![x](y)](z)", "<img src=x onerror=alert(1)>", "| a | b |\n|---|---|\n| c | d |",
    "[report.json]: https://evil.example", "1. one", "+ two", "    code", "> quote", "\u202eevil\u202d", "\u2066x", "مرحبا", "$$x$$", "&lt;b&gt;", "\\",
    "<details><summary>", "* * *", "_x_ **y** ~~z~~", "\t", "\n\n", "null", "~", "=x", "#", "7)", "text\r\n\r\n# Own\r\n",
]  # fmt: skip
HEADINGS = ["h1", "Load", "How it was made", "Files", "Question", "Guidelines (version 1)"]


def outline(card: str) -> tuple[list[tuple[str, str]], list[str], set[str]]:
    """Headings of the page itself, languages of its own code blocks, and what kinds of tokens it has anywhere."""
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(card.split("---\n", 2)[2])
    headings, blocks, depth = [], [], 0
    for at, token in enumerate(tokens):
        depth += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if not depth and token.type == "heading_open":
            headings.append((token.tag, tokens[at + 1].content))
        if not depth and token.type in ("fence", "code_block"):
            blocks.append(token.info)
    kinds = {token.type for token in tokens} | {one.type for token in tokens for one in token.children or ()}
    return headings, blocks, kinds


def check_card(out: Path) -> None:
    """Whatever people wrote, the page is ours: its outline, its one piece of code, its header."""
    text = (out / "README.md").read_text("utf-8")
    headings, blocks, kinds = outline(text)
    assert [tag for tag, _ in headings[:1]] == ["h1"]
    assert [said for tag, said in headings if tag == "h2"] == HEADINGS[1:]
    assert {tag for tag, _ in headings[1:]} <= {"h2", "h3"}
    assert blocks == ["python"]
    assert not kinds & {"html_block", "html_inline", "image"}
    assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    told = header(out)
    assert told["license"] in ("unknown", "other")
    assert DatasetCard.load(out / "README.md").data.to_dict() == told


def test_a_card_keeps_its_outline_whatever_people_wrote(sqlite_store: Engine, tmp_path: Path) -> None:
    with Session(sqlite_store) as session:
        made = World(session, tmp_path)
        made.items(pair("p1"))
        made.labels(p1={"mei": prefer("left")})
        guideline, settings = session.exec(select(GuidelineVersion)).one(), session.exec(select(SettingsVersion)).one()
        for n, text in enumerate(HOSTILE):
            made.project.title = {"en": text, "zh": f"{text} 标题"}  # type: ignore[assignment]
            guideline.text = (text, {"en": text, "zh": text}, {text: text, "zh": "请谨慎判断。"})[n % 3]  # type: ignore[assignment]
            settings.settings = {"question": {"en": text, "zh": text}}
            session.flush()
            license_name = text if text.isprintable() else ""
            out, _ = made.export("trl-preference", options=ExportOptions(license=license_name))
            check_card(out)
            assert header(out).get("pretty_name", "") == markdown.one_line(text)
            assert header(out).get("license_name", "") == license_name
            assert len(loaded(out, tmp_path / "cache")) == 1


@given(text=st.lists(st.sampled_from([*HOSTILE, " ", "\n", "x", "中"]), max_size=5).map("".join))
def test_any_text_stays_within_its_line_or_quotation(text: str) -> None:
    page = f"# {markdown.line(text)}\n\n- {markdown.line(text)}\n\n{markdown.code(text)}\n\n"
    page += "\n".join(markdown.quote(text)) + "\n\n## End\n"
    headings, blocks, kinds = outline(f"---\n---\n{page}")
    assert [tag for tag, _ in headings] == ["h1", "h2"]
    assert not blocks
    assert not kinds & {"html_block", "html_inline", "image"}


def test_words_read_as_they_were_written() -> None:
    said = "Which of *these* is <b>better</b>, snake_case or 1. `code`? [a](b) | c & d"
    (paragraph,) = [
        token for token in MarkdownIt("gfm-like", {"linkify": False}).parse(markdown.line(said)) if token.children
    ]
    assert "".join(one.content for one in paragraph.children or ()) == said
    assert markdown.quote("# Care\n\n- one\n- two") == ["> # Care", ">", "> - one", "> - two"]
    assert markdown.code("a`b") == "`` a`b ``"


# Names and places -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["..", "../x", "a/b", "a\\b", "a\n", "/etc", "x" * 64, "Å", "\u202ex", "مر", "a b", "a.b", "-a", "", "CON", "a\0b"])  # fmt: skip
def test_no_project_has_a_name_that_is_a_place(slug: str, session: Session) -> None:
    file = ProjectFile(title="x", task="pairwise")
    with pytest.raises(InvalidInput, match="short name"):
        project_changes.create(session, SYSTEM, now=NOW, slug=slug, file=file, split_salt="s")


@pytest.mark.parametrize("lang", ["en\n", "en\n---", "../en", "en: x", "\u202een"])
def test_no_item_has_a_language_that_is_anything_else(lang: str, session: Session, tmp_path: Path) -> None:
    made = World(session, tmp_path)
    with pytest.raises(RefusedFile, match="Expected a language tag"):
        made.items(pair("p1", lang=lang))


@pytest.fixture
def answered(session: Session) -> Any:
    project = a_project(session, "here")
    an_answer(session, an_item(session, project), a_person(session), {"preferred": "tie"})
    return project


def export(session: Session, out: Path) -> dict[str, Any]:
    return exporting.export(session, SYSTEM, "here", "answers-jsonl", out, now=NOW)


def a_file(folder: Path) -> Path:
    (folder / "file").write_text("mine")
    return folder / "file" / "below"


def a_circle(folder: Path) -> Path:
    (folder / "a").symlink_to(folder / "b")
    (folder / "b").symlink_to(folder / "a")
    return folder / "a"


@pytest.mark.parametrize(
    "place", [lambda folder: folder / ("x" * 300), a_file, a_circle], ids=["long", "file", "circle"]
)
def test_a_place_that_cannot_be_written_is_told(
    place: Callable[[Path], Path], answered: Any, session: Session, tmp_path: Path
) -> None:
    del answered
    out = place(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InvalidInput, match=r"cannot be written \(.+\)\. Choose another folder"):
        export(session, out)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_to_a_folder_is_followed_and_what_is_in_it_stays(
    exists: bool, answered: Any, session: Session, tmp_path: Path
) -> None:
    del answered
    target, out = tmp_path / "target", tmp_path / "link"
    out.symlink_to(target)
    if exists:
        target.mkdir()
    export(session, out)
    assert out.is_symlink()
    assert (target / "answers.jsonl").is_file()
    before = {path: path.read_bytes() for path in target.iterdir()}
    with pytest.raises(InvalidInput, match="exports never change"):
        export(session, out)
    assert {path: path.read_bytes() for path in target.iterdir()} == before


def test_of_exports_into_one_folder_at_once_one_is_whole_and_the_others_say_so(
    sqlite_store: Engine, tmp_path: Path
) -> None:
    del sqlite_store
    with transaction() as session:
        project = a_project(session, "here")
        an_answer(session, an_item(session, project), a_person(session), {"preferred": "tie"})

    def one(_: int) -> str:
        try:
            with reading() as session:
                export(session, tmp_path / "out")
        except TouchstoneError as error:
            return error.template
        return "written"

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(one, range(6)))
    assert found.count("written") == 1
    assert all("Choose a" in said for said in found if said != "written")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".export", "out"))) == ["out"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "README.md",
        "answers.jsonl",
        "answers.parquet",
        "report.json",
    }


# Tampered folders -----------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(answered: Any, session: Session, own_workspace: Path) -> tuple[str, Path]:
    """An export's id and its folder."""
    del answered, own_workspace
    out = exporting.new_path()
    report = export(session, out)
    return exporting.keep(session, SYSTEM, "here", report, out, now=NOW), out


def linked_away(out: Path, secret: Path) -> None:
    (out / "answers.jsonl").unlink()
    (out / "answers.jsonl").symlink_to(secret)


def folder_linked_away(out: Path, secret: Path) -> None:
    shutil.move(out, out.with_name("moved"))
    secret.with_name("there").mkdir()
    shutil.copy(secret, secret.with_name("there") / "answers.jsonl")
    out.symlink_to(secret.with_name("there"))


def report_changed(out: Path, secret: Path) -> None:
    """The digests on the disk are not what files are held against."""
    (out / "answers.jsonl").write_bytes(secret.read_bytes())
    (out / "report.json").write_text("{}")


@pytest.mark.parametrize("tamper", [linked_away, folder_linked_away, report_changed])
def test_a_tampered_folder_gives_nothing_away(
    tamper: Callable[[Path, Path], None], kept: tuple[str, Path], session: Session, tmp_path: Path
) -> None:
    made, out = kept
    (tmp_path / "secret").write_text("another project's rows")
    tamper(out, tmp_path / "secret")
    for name in ("answers.jsonl", export_files.ARCHIVE):
        with pytest.raises(Conflict, match="is not what was exported"):
            export_files.file_of(session, SYSTEM, made, name)


@pytest.mark.parametrize("more", ["planted.exe", "report.json", "README.md", "../up"])
def test_an_archive_with_anything_else_in_it_is_packed_anew(
    more: str, kept: tuple[str, Path], session: Session
) -> None:
    made, out = kept
    packed = export_files.file_of(session, SYSTEM, made, export_files.ARCHIVE).path
    names = sorted(path.name for path in out.iterdir())
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, b"forged" if name == more else (out / name).read_bytes())
        if more not in names:
            archive.writestr(more, "forged")
    with zipfile.ZipFile(export_files.file_of(session, SYSTEM, made, export_files.ARCHIVE).path) as archive:
        assert sorted(archive.namelist()) == names
        assert {name: archive.read(name) for name in names} == {name: (out / name).read_bytes() for name in names}


def test_two_deliveries_with_the_same_rows_are_two_exports(answered: Any, session: Session, tmp_path: Path) -> None:
    del answered
    ids = set()
    for n in range(2):
        at = NOW.replace(minute=n)
        report = exporting.export(session, SYSTEM, "here", "answers-jsonl", tmp_path / str(n), now=at)
        ids.add(exporting.keep(session, SYSTEM, "here", report, tmp_path / str(n), now=at))
    assert len(ids) == 2
    first, second = (yaml.safe_load((tmp_path / n / "README.md").read_text().split("---\n")[1]) for n in "01")
    assert first["configs"] == second["configs"]  # the same rows: whichever the cache holds is right
