"""Commands that move data: import, export, quality, hours."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from random import SystemRandom
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress as Bar, TextColumn, TimeElapsedColumn

from cli import show
from cli.store import looking, now, writing
from core.errors import InvalidInput
from core.interchange.columns import Kind
from core.permissions import SYSTEM
from core.services import activity, exporting, importing, quality as qualities
from core.services.importing import ImportReport, Progress

app = typer.Typer()
imports = typer.Typer(no_args_is_help=True, help="Import items, labels or gold: the whole file or nothing.")
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
    """Items to be labelled."""
    _run("items", slug, file, dry_run=dry_run, as_json=as_json, format=format.value, mapping=_mapping(map))


@imports.command()
def labels(
    slug: Slug, file: File, *, format: FormatName = FormatName.AUTO, map: Mapped = None, dry_run: DryRun = False,  # noqa: A002
    as_json: show.AsJson = False,
    create_items: Annotated[bool, typer.Option("--create-items", help="Keep labels of unknown items too.")] = False,
    machine: Annotated[bool, typer.Option("--machine", help="The annotators are machine judges.")] = False,
) -> None:  # fmt: skip
    """Labels collected elsewhere."""
    _run(
        "labels", slug, file, dry_run=dry_run, as_json=as_json, format=format.value, mapping=_mapping(map), create_items=create_items,
        machine=machine,
    )  # fmt: skip


@imports.command()
def gold(
    slug: Slug, file: File, *, format: FormatName = FormatName.AUTO, map: Mapped = None, dry_run: DryRun = False, as_json: show.AsJson = False  # noqa: A002
) -> None:  # fmt: skip
    """Known answers of items in the project."""
    _run("gold", slug, file, dry_run=dry_run, as_json=as_json, format=format.value, mapping=_mapping(map))


def _mapping(pairs: list[str] | None) -> dict[str, str]:
    found = {}
    for pair in pairs or ():
        column, equals, target = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"--map takes COLUMN=FIELD, not {pair!r}")
        found[column] = target
    return found


def _run(kind: Kind, slug: str, file: Path, *, dry_run: bool, as_json: bool, **options: Any) -> None:
    with _bar() as tell, looking() as session:
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


@contextmanager
def _bar() -> Iterator[Progress]:
    """A progress bar on stderr when somebody looks at it."""
    console = Console(stderr=True)
    with Bar(
        TextColumn("{task.description:<9}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        running: dict[str, Any] = {}

        def tell(stage: str, share: float) -> None:
            if stage not in running:
                running[stage] = bar.add_task(stage, total=1.0)
            bar.update(running[stage], completed=share)

        yield tell


def _tell(report: ImportReport) -> None:
    verb = "would be" if report.dry_run else "were"
    show.say(
        f"{report.file} ({report.format}): {report.rows:,} rows; {report.new:,} {verb} new, {report.changed:,} changed, {report.unchanged:,} unchanged."
    )
    if report.duplicates_exact or report.duplicates_near:
        show.say(
            f"Duplicates: {report.duplicates_exact:,} exact, {report.duplicates_near:,} near. They were kept; the first:"
        )
        for twin in report.duplicates[:5]:
            show.say(f"  row {twin.row}: {twin.key} is {'the same as' if twin.exact else 'nearly'} {twin.other}")
    _tell_counts(report)


def _tell_counts(report: ImportReport) -> None:
    for name, counts in (("Batches", report.batches), ("Languages", report.languages)):
        if len(counts) > 1 or any(counts):
            show.say(f"{name}: " + ", ".join(f"{key or '–'} {count:,}" for key, count in counts.items()))
    for count, what in (
        (report.gold, "with gold"),
        (report.stubs, "items without content made"),
        (report.annotators, "annotators"),
    ):
        if count:
            show.say(f"{count:,} {what}.")
    if report.checks_kept_in_work:
        show.say(f"{report.checks_kept_in_work:,} checks stay in the queue: people have worked on them.")
    if ignored := [column for column, target in report.mapping.items() if not target]:
        show.say(f"Ignored columns: {', '.join(ignored)}. Use --map to place them.")


@app.command()
def export(
    slug: Slug, *, format: Annotated[str, typer.Option(help="Such as trl-preference or answers-csv.")],  # noqa: A002
    out: Annotated[Path, typer.Option(help="The folder to write; an earlier export there is replaced.")],
    test_share: Annotated[float, typer.Option(help="Share of groups that go to the test file.")] = exporting.TEST_SHARE,
    as_json: show.AsJson = False,
) -> None:  # fmt: skip
    """Write verdicts as training data, or all answers, with a card and a report."""
    at = now()
    with looking() as session:
        report = exporting.export(session, SYSTEM, slug, format, out, now=at, test_share=test_share)
    with writing() as session:
        exporting.keep(session, SYSTEM, slug, report, out, now=at)
    if as_json:
        show.document(report)
    else:
        _tell_export(report, out)


def _tell_export(report: dict[str, Any], out: Path) -> None:
    show.say(f"{out}: {report['rows_total']:,} rows as {report['format']}.")
    for path, count in report["rows"].items():
        show.say(f"  {path}: {count:,}")
    for reason, count in report["left_out"].items():
        show.say(f"Left out, {reason}: {count:,}")
    if report["simulated"]:
        show.say("These answers are simulated.")


@app.command()
def quality(
    slug: Slug, *, as_json: show.AsJson = False,
    predictions: Annotated[Path | None, typer.Option(help="Also write what each item comes to, as JSON Lines.")] = None,
    scale: Annotated[list[str] | None, typer.Option(help="TARGET=SCALE, such as overall=interval.")] = None,
) -> None:  # fmt: skip
    """What is known of the answers' quality: agreement, accuracy against gold, models, bias."""
    with looking() as session:
        found = qualities.assess(session, SYSTEM, slug, scales=_scales(scale))
        if predictions is not None:
            _write_predictions(predictions, qualities.predictions(session, found))
    if as_json:
        show.document(found.report)
    else:
        _tell_quality(found.report)


def _scales(pairs: list[str] | None) -> dict[str, str]:
    found = {}
    for pair in pairs or ():
        target, equals, scale = pair.rpartition("=")
        if not equals or not target or not scale:
            raise typer.BadParameter(f"--scale takes TARGET=SCALE, not {pair!r}")
        found[target] = scale
    return found


def _write_predictions(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(orjson.dumps(row) + b"\n" for row in rows)
    except OSError as error:
        raise InvalidInput(
            "{file} cannot be written: {reason}", file=str(path), reason=error.strerror or error
        ) from None


def _tell_quality(found: dict[str, Any]) -> None:
    show.line(
        f"{found['project']}: {found['labels']:,} labels by {found['annotators']:,} annotators; {found['items']:,} items, {found['gold_items']:,} with gold."
    )
    columns = ("target", "scale", "alike", "alpha", "AC1", "pairs")
    show.table(columns, [_target(*pair) for pair in found["targets"].items()], empty="Nothing is measured here.")
    for name, target in found["targets"].items():
        if target["recommended"]:
            show.line(f"{name}: best settled by {target['recommended']}{_right(target)}. {target['why']}")
    people = [(name, *_person(one)) for name, one in {**found["annotators_detail"], **found["machines_detail"]}.items()]
    show.table(
        ("annotator", "labels", "gold", "accuracy", "peers", "seconds"), people, empty="Nobody has answered yet."
    )
    if found["models"]:
        models = [
            (one["model"], one["rank"], _between(one["score"], one["low"], one["high"])) for one in found["models"]
        ]
        show.table(("model", "rank", "score"), models, empty="")
    for name, one in found["bias"].items():
        if one["n"]:
            show.line(f"{name}: won {_shares(one['share'], one['low'], one['high'])} of {one['n']:,}")
    for why in _reasons(found):
        show.say(why)


def _target(name: str, target: dict[str, Any]) -> tuple[str, ...]:
    agreed = target["agreement"]
    alpha = _between(agreed["alpha"], agreed["alpha_low"], agreed["alpha_high"])
    return name, target["scale"], _percent(agreed["percent"]), alpha, _number(agreed["ac1"], 3), f"{agreed['pairs']:,}"


def _right(target: dict[str, Any]) -> str:
    known = target["consensus"].get(target["recommended"], {"n": 0})
    if not known["n"]:
        return ""
    return f", right on {_shares(known['accuracy'], known['low'], known['high'])} of {known['n']:,} gold items"


def _person(one: dict[str, Any]) -> tuple[object, ...]:
    gold = one["gold"]
    accuracy = _shares(gold["accuracy"], gold["low"], gold["high"])
    return one["labels"], gold["n"], accuracy, _percent(one["peer"]["agreement"]), _number(one["seconds_median"])


def _reasons(found: dict[str, Any]) -> Iterator[str]:
    for name, target in found["targets"].items():
        reasons = (target["agreement"].get("why"), target["why"] if not target["recommended"] else None)
        yield from (f"{name}: {why}" for why in dict.fromkeys(reasons) if why)
    if why := found.get("models_why"):
        yield f"models: {why}"


def _between(value: float | None, low: float | None, high: float | None) -> str:
    return _number(value, 3) if low is None else f"{_number(value, 3)} ({_number(low, 3)} to {_number(high, 3)})"


def _shares(value: float | None, low: float | None, high: float | None) -> str:
    return _percent(value) if low is None else f"{_percent(value)} ({_percent(low)} to {_percent(high)})"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


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
    """Counted time a person, day and category."""
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
        show.table(("person", "day", "project", "category", "hours"), rows, empty="No time was counted in these days.")


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
        [one.person, one.day.isoformat(), one.project or "", one.category, round(one.seconds)] for one in found
    )
