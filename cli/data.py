"""Commands that move data: import, export, hours."""

import csv
import sys
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from random import SystemRandom
from typing import Annotated, Any

import typer

from cli import show
from cli.bar import bar
from cli.store import looking, now, writing
from core.interchange.cards import warning_text
from core.interchange.columns import Kind
from core.interchange.outputs import without_formula
from core.interchange.training_rows import Shape
from core.permissions import SYSTEM
from core.services import activity, exporting, import_undo, importing
from core.services.export_job import ADDITIONS, ExportOptions, Labour
from core.services.export_quality import Choice
from core.services.importing import ImportReport

app = typer.Typer()
imports = typer.Typer(
    no_args_is_help=True, help="Import items, labels or gold: the whole file or nothing; list and undo imports."
)
app.add_typer(imports, name="import")

Slug = Annotated[str, typer.Argument(help="The project's short name.")]
File = Annotated[Path, typer.Argument(help="JSON Lines, CSV or Parquet.")]
Mapped = Annotated[
    list[str] | None, typer.Option("--map", help="COLUMN=FIELD, such as question=payload.prompt; COLUMN= ignores it.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, change nothing.")]


class FormatName(StrEnum):
    AUTO = "auto"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


@imports.command()
def items(
    slug: Slug, file: File, *, format: FormatName = FormatName.AUTO, map: Mapped = None, dry_run: DryRun = False, as_json: show.AsJson = False  # noqa: A002
) -> None:  # fmt: skip
    """Import items to label."""
    _run("items", slug, file, dry_run=dry_run, as_json=as_json, format=format.value, mapping=_mapping(map))


@imports.command()
def labels(
    slug: Slug, file: File, *, format: FormatName = FormatName.AUTO, map: Mapped = None, dry_run: DryRun = False,  # noqa: A002
    as_json: show.AsJson = False,
    create_items: Annotated[bool, typer.Option("--create-items", help="Keep labels of items that are not in the project; they count in figures only.")] = False,
    machine: Annotated[bool, typer.Option("--machine", help="The annotators are machine judges.")] = False,
) -> None:  # fmt: skip
    """Import labels collected elsewhere."""
    _run(
        "labels", slug, file, dry_run=dry_run, as_json=as_json, format=format.value, mapping=_mapping(map), create_items=create_items,
        machine=machine,
    )  # fmt: skip


@imports.command()
def gold(
    slug: Slug, file: File, *, format: FormatName = FormatName.AUTO, map: Mapped = None, dry_run: DryRun = False, as_json: show.AsJson = False  # noqa: A002
) -> None:  # fmt: skip
    """Import gold answers of items in the project."""
    _run("gold", slug, file, dry_run=dry_run, as_json=as_json, format=format.value, mapping=_mapping(map))


@imports.command("list")
def list_(slug: Slug, *, as_json: show.AsJson = False) -> None:
    """List imports, newest first, with what each added."""
    with looking() as session:
        past = importing.history(session, SYSTEM, slug)
    if as_json:
        show.document([_past(one) for one in past])
        return
    rows = [
        (one.id, show.moment(one.at), one.kind, one.filename, one.report.get("new", 0), one.by or "–",
         "undone" if one.undone_at else "")
        for one in past
    ]  # fmt: skip
    show.table(("import", "at (UTC)", "kind", "file", "new", "by", ""), rows, empty="No imports yet.")


def _past(one: importing.ImportView) -> dict[str, Any]:
    undone = one.undone_at.isoformat() if one.undone_at else None
    return {**vars(one), "at": one.at.isoformat(), "undone_at": undone}


@imports.command()
def undo(
    slug: Slug, job: Annotated[int, typer.Argument(help="The import's number, as `import list` shows it.")]
) -> None:
    """Undo an import: remove its items, if none has been answered or started."""
    with writing() as session:
        done = import_undo.undo(session, SYSTEM, slug, job, now=now())
    show.say(
        f"{done.filename} is undone: {show.counted(done.items, 'item', 'items')} removed, {done.gold:,} with gold."
    )


def _mapping(pairs: list[str] | None) -> dict[str, str]:
    found = {}
    for pair in pairs or ():
        column, equals, target = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"--map expects COLUMN=FIELD, not {pair!r}")
        found[column] = target
    return found


def _run(kind: Kind, slug: str, file: Path, *, dry_run: bool, as_json: bool, **options: Any) -> None:
    with bar() as tell, looking() as session:
        checked = importing.check(session, SYSTEM, slug, kind, file, rng=SystemRandom(), on_progress=tell, **options)
        with checked:
            report = importing.dry(checked) if dry_run else _take(checked)
    if as_json:
        show.document(report.as_json())
    else:
        _tell(report)


def _take(checked: importing.Checked) -> ImportReport:
    with writing() as session:
        return importing.take(session, SYSTEM, checked, now=now())


def _tell(report: ImportReport) -> None:
    verb = "would be" if report.dry_run else "was" if report.new == 1 else "were"
    show.say(
        f"{report.file} ({report.format}): {show.counted(report.rows, 'row', 'rows')}; {report.new:,} {verb} new, "
        f"{report.changed:,} changed, {report.unchanged:,} unchanged."
    )
    if report.duplicates_exact or report.duplicates_near:
        show.say(
            f"Duplicates: {report.duplicates_exact:,} exact, {report.duplicates_near:,} near. They were kept; the first:"
        )
        for twin in report.duplicates[:5]:
            show.say(f"  row {twin.row}: {twin.key} is {'the same as' if twin.exact else 'nearly'} {twin.other}")
    if report.same_prompt:
        show.say(
            f"Items that share their prompt with another item: {report.same_prompt:,}. In exports they stay together: all train or all test."
        )
    _tell_counts(report)


def _tell_counts(report: ImportReport) -> None:
    for name, counts in (("Batches", report.batches), ("Languages", report.languages)):
        if len(counts) > 1 or any(counts):
            show.say(f"{name}: " + ", ".join(f"{key or '–'} {count:,}" for key, count in counts.items()))
    for count, what in (
        (report.gold, "With gold"),
        (report.stubs, "Items created without content"),
        (report.annotators, "Annotators"),
        (report.checks_kept_in_work, "Hidden checks that stay in the queue, since annotators have worked on them"),
    ):
        if count:
            show.say(f"{what}: {count:,}.")
    if report.left_out:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in report.left_out.items())
        show.say(f"Rows of the export that are not labels: {reasons}.")
    if ignored := [column for column, target in report.mapping.items() if not target]:
        show.say(f"Ignored columns: {', '.join(ignored)}. Use --map to place them.")


@app.command()
def export(
    slug: Slug, *, format: Annotated[str, typer.Option(help="Format, such as trl-preference or answers-csv.")],  # noqa: A002
    out: Annotated[Path, typer.Option(help="A new or an empty folder.")],
    test_share: Annotated[float, typer.Option(help="Hold-out (test) set, share of prompts.")] = exporting.TEST_SHARE,
    shape: Annotated[Shape | None, typer.Option(help="Shape of training rows; by default conversational if any row is.")] = None,
    names: Annotated[bool, typer.Option("--names", help="Annotators by name, not by pseudonym.")] = False,
    additions: Annotated[str, typer.Option("--with", help="With all answers: texts,lang,models of the items.")] = "",
    license: Annotated[str | None, typer.Option(help="License on the dataset card, such as cc-by-4.0; by default that of the last export.")] = None,  # noqa: A002
    annotators: Annotated[Labour | None, typer.Option(help="Who annotated, as the dataset card states it.")] = None,
    verdict: Annotated[Choice | None, typer.Option(help="By default the recommended method if gold supports it, else majority.")] = None,
    near_duplicates: Annotated[bool, typer.Option("--near-duplicates", help="Keep similar prompts on one side of train and test, too.")] = False,
    as_json: show.AsJson = False,
) -> None:  # fmt: skip
    """Export verdicts as training data, or all answers, with a dataset card and a report."""
    at = now()
    options = ExportOptions(shape, names, _additions(additions), license, annotators, verdict, near_duplicates)
    with looking() as session:
        report = exporting.export(session, SYSTEM, slug, format, out, now=at, test_share=test_share, options=options)
    with writing() as session:
        exporting.keep(session, SYSTEM, slug, report, out, now=at)
    if as_json:
        show.document(report)
    else:
        _tell_export(report, out)


def _additions(listed: str) -> frozenset[Any]:
    chosen = frozenset(part.strip() for part in listed.split(",") if part.strip())
    if unknown := chosen - set(ADDITIONS):
        raise typer.BadParameter(f"--with expects {', '.join(ADDITIONS)}, not {', '.join(sorted(unknown))}")
    return chosen


def _tell_export(report: dict[str, Any], out: Path) -> None:
    show.say(f"{out}: {show.counted(report['rows_total'], 'row', 'rows')} as {report['format']}.")
    for path, count in report["rows"].items():
        show.say(f"  {path}: {count:,}")
    for reason, count in report["left_out"].items():
        show.say(f"Left out, {reason}: {count:,}")
    for warning in report.get("warnings", ()):
        show.say(f"Warning: {warning_text(warning)}")
    if report["simulated"]:
        show.say("These answers are simulated.")


@app.command()
def hours(
    slug: Annotated[str | None, typer.Argument(help="One project only.")] = None,
    *,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; four weeks ago by default.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; today by default.")
    ] = None,
    as_json: show.AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Active time per person, day and category."""
    last = until.date() if until else now().date()
    first = since.date() if since else last - timedelta(days=27)
    if first > last:
        raise typer.BadParameter("--from is after --to")
    with looking() as session:
        found = activity.by_day(session, SYSTEM, since=first, until=last, slug=slug)
    if as_json:
        show.document(_hours(found, first, last))
    elif as_csv:
        _hours_csv(found)
    else:
        rows = [(one.person, one.day, one.project or "–", one.category, f"{one.seconds / 3600:.2f}") for one in found]
        show.table(("person", "day", "project", "category", "hours"), rows, empty="No active time in these days.")


def _hours(found: list[activity.DaySeconds], first: date, last: date) -> dict[str, Any]:
    people: dict[str, dict[str, Any]] = {}
    for one in found:
        person = people.setdefault(one.person, {"days": {}, "counted_s": 0})
        day = person["days"].setdefault(one.day.isoformat(), {})
        day[one.category] = day.get(one.category, 0) + round(one.seconds)
        person["counted_s"] += round(one.seconds)
    return {"from": first.isoformat(), "to": last.isoformat(), "people": people}


def _hours_csv(found: list[activity.DaySeconds]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["person", "day", "project", "category", "seconds"])
    writer.writerows(
        [without_formula(one.person), one.day.isoformat(), one.project or "", one.category, round(one.seconds)]
        for one in found
    )
