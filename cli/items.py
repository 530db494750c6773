"""Commands on items: withdrawing them from the work, and restoring them."""

from typing import Annotated, Any

import typer

from cli import show
from cli.store import looking, now, writing
from core.permissions import SYSTEM
from core.services import withdrawals
from core.services.routing import Whole

app = typer.Typer(no_args_is_help=True, help="Items: withdraw, restore, list withdrawn ones.")

Slug = Annotated[str, typer.Argument(help="The project's short name.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Item ids.")]
Batches = Annotated[list[str] | None, typer.Option("--batch", help="Every item of this batch.")]
Groups = Annotated[list[str] | None, typer.Option("--group", help="Every item of this group.")]


@app.command()
def withdraw(
    slug: Slug, ids: Ids = None, *, batch: Batches = None, group: Groups = None,
    reason: Annotated[str, typer.Option(help="Reason, kept with the items.")] = "",
) -> None:  # fmt: skip
    """Withdraw items from the queue, review and training data; their answers are kept."""
    whole, names = _chosen(ids, batch, group)
    with writing() as session:
        n = withdrawals.withdraw(session, SYSTEM, slug, now=now(), whole=whole, names=names, reason=reason)
    show.say(f"{show.counted(n, 'item', 'items')} withdrawn.")


@app.command()
def restore(slug: Slug, ids: Ids = None, *, batch: Batches = None, group: Groups = None) -> None:
    """Restore withdrawn items to their earlier state."""
    whole, names = _chosen(ids, batch, group)
    with writing() as session:
        n = withdrawals.restore(session, SYSTEM, slug, now=now(), whole=whole, names=names)
    show.say(f"{show.counted(n, 'item', 'items')} restored.")


@app.command()
def withdrawn(slug: Slug, *, as_json: show.AsJson = False) -> None:
    """List withdrawn items, newest first."""
    with looking() as session:
        found, count = withdrawals.listed(session, SYSTEM, slug)
    if as_json:
        show.document({"count": count, "items": [_row(one) for one in found]})
        return
    rows = [(one.key, show.moment(one.at), one.by or "–", one.answers, one.reason) for one in found]
    show.table(("item", "at (UTC)", "by", "answers", "reason"), rows, empty="No item is withdrawn.")
    if count > len(found):
        show.say(f"The last {len(found):,} of {count:,}.")


def _row(one: withdrawals.Withdrawn) -> dict[str, Any]:
    return {"item": one.key, "reason": one.reason, "by": one.by, "at": one.at.isoformat(), "answers": one.answers}


def _chosen(ids: list[str] | None, batches: list[str] | None, groups: list[str] | None) -> tuple[Whole, list[str]]:
    given: list[tuple[Whole, list[str]]] = [("item", ids or []), ("batch", batches or []), ("group", groups or [])]
    chosen = [(whole, names) for whole, names in given if names]
    if len(chosen) != 1:
        raise typer.BadParameter("give ids, --batch or --group")
    return chosen[0]
