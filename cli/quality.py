"""The command that tells what a project's answers are worth."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from cli import show
from cli.bar import bar
from cli.data import Slug
from cli.store import looking
from core.errors import InvalidInput
from core.permissions import SYSTEM
from core.services.quality import reporting as qualities
from core.services.quality.scopes import Scope

app = typer.Typer()


@app.command()
def quality(
    slug: Slug, *, as_json: show.AsJson = False,
    predictions: Annotated[Path | None, typer.Option(help="Also write each item's consensus, as JSON Lines.")] = None,
    scale: Annotated[list[str] | None, typer.Option(help="TARGET=SCALE, such as overall=interval.")] = None,
    batch: Annotated[str | None, typer.Option(help="Only items of this batch.")] = None,
    lang: Annotated[str | None, typer.Option(help="Only items in this language.")] = None,
    guidelines: Annotated[int | None, typer.Option(help="Only answers under this guideline version.")] = None,
    settings: Annotated[int | None, typer.Option(help="Only answers under this settings version.")] = None,
) -> None:  # fmt: skip
    """Data quality: agreement, accuracy on gold items, models, bias."""
    scope = Scope(batch, lang, guidelines, settings)
    with bar() as tell, looking() as session:
        found = qualities.assess(
            session, SYSTEM, slug, scales=_scales(scale), scope=scope, tell=partial(tell, "measuring")
        )
        if predictions is not None:
            many = len(found.evidence.items) * len(found.targets)
            rows = _counted(qualities.predictions(session, found), many, partial(tell, "writing"))
            _write_predictions(predictions, rows)
    if as_json:
        show.document(found.report)
    else:
        _tell_quality(found.report)


def _scales(pairs: list[str] | None) -> dict[str, str]:
    found = {}
    for pair in pairs or ():
        target, equals, scale = pair.rpartition("=")
        if not equals or not target or not scale:
            raise typer.BadParameter(f"--scale expects TARGET=SCALE, not {pair!r}")
        found[target] = scale
    return found


def _counted(rows: Iterator[dict[str, Any]], many: int, tell: Callable[[float], None]) -> Iterator[dict[str, Any]]:
    for n, row in enumerate(rows):
        if n % 10_000 == 0:
            tell(n / max(many, 1))
        yield row


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
        f"{found['project']}: {show.counted(found['labels'], 'label', 'labels')} by "
        f"{show.counted(found['annotators'], 'annotator', 'annotators')}; "
        f"{show.counted(found['items'], 'item', 'items')}, {found['gold_items']:,} with gold."
    )
    columns = ("target", "scale", "alike", "alpha", "AC1", "pairs")
    show.table(columns, [_target(*pair) for pair in found["targets"].items()], empty="There is nothing to measure.")
    for name, target in found["targets"].items():
        if target["recommended"]:
            show.line(f"{name}: recommended method {target['recommended']}{_right(target)}. {target['why']}")
    people = [(name, *_person(one)) for name, one in {**found["annotators_detail"], **found["machines_detail"]}.items()]
    show.table(("annotator", "labels", "gold", "accuracy", "peers", "seconds"), people, empty="No answers yet.")
    if found["models"]:
        models = [
            (one["model"], one["rank"], _between(one["score"], one["low"], one["high"])) for one in found["models"]
        ]
        show.table(("model", "rank", "score"), models, empty="")
    for name in ("first_position", "longer"):
        one = found["bias"].get(name, {"n": 0})
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
    return f", correct on {_shares(known['accuracy'], known['low'], known['high'])} of {known['n']:,} gold items"


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
    if many := found["labels_of_other_settings"]:
        yield f"Answers left out, since their settings had another meaning: {many:,}."
    if many := found["labels_given_twice"]:
        yield f"Labels left out, since their author had labelled the item already: {many:,}."


def _between(value: float | None, low: float | None, high: float | None) -> str:
    return _number(value, 3) if low is None else f"{_number(value, 3)} ({_number(low, 3)} to {_number(high, 3)})"


def _shares(value: float | None, low: float | None, high: float | None) -> str:
    return _percent(value) if low is None else f"{_percent(value)} ({_percent(low)} to {_percent(high)})"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
