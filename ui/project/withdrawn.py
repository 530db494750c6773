"""Withdrawing items by id, group or batch, and restoring those that are withdrawn."""

import pandas as pd
import streamlit as st

from core.permissions import Actor
from core.services import withdrawals
from core.services.projects import ProjectView
from core.services.routing import BatchView, Whole
from core.services.withdrawals import Withdrawn
from core.store.engine import reading, transaction
from ui import auth, figures, headings, state
from ui.frame import show_errors
from ui.project.words import WHOLES
from ui.text import _, _n

_EPOCH = "withdrawn_epoch"


def epoch() -> int:
    """For keys of what is chosen on a page: something else is chosen after each withdrawal."""
    return state.recall(_EPOCH, 0)


def show(actor: Actor, project: ProjectView, batches: list[BatchView]) -> None:
    headings.section(_("Withdrawn items"))
    st.caption(
        _("Withdrawn items leave the queue, review and training data. Their answers are kept and exports count them.")
    )
    _list(actor, project)
    with st.expander(_("Withdraw items"), key="withdraw_items", icon=":material/remove_circle:"):
        _form(actor, project, batches)


def _key(name: str, project: ProjectView) -> str:
    return f"{name}:{project.slug}:{epoch()}"


def _list(actor: Actor, project: ProjectView) -> None:
    with reading() as session:
        found, count = withdrawals.listed(session, actor, project.slug)
    if not found:
        st.caption(_("No item is withdrawn."))
        return
    st.caption(_n("{n} withdrawn item", "{n} withdrawn items", count).format(n=figures.number(count)))
    chosen = st.dataframe(
        pd.DataFrame([_row(one) for one in found]), hide_index=True, on_select="rerun", selection_mode="multi-row",
        key=_key("withdrawn", project), column_config={
            "item": _("Item"), "text": st.column_config.TextColumn(_("Text"), width="medium"), "reason": _("Reason"),
            "answers": _("Answers"), "by": _("By"), "at": figures.moment_column(_("Withdrawn on"), year=True),
        },
    )  # fmt: skip
    names = [found[place].key for place in chosen.selection.rows]
    if st.button(_("Restore selected items"), disabled=not names, key="restore_items", icon=":material/undo:"):
        restore(actor, project.slug, names)


def _row(one: Withdrawn) -> dict[str, object]:
    return {
        "item": one.key, "text": one.excerpt, "reason": one.reason, "answers": one.answers, "by": one.by or "–",
        "at": one.at,
    }  # fmt: skip


def _form(actor: Actor, project: ProjectView, batches: list[BatchView]) -> None:
    whole: Whole = st.segmented_control(
        _("Kind"), list(WHOLES), format_func=lambda name: _(WHOLES[name]), default="item", required=True,
        key=_key("withdraw_whole", project),
    )  # fmt: skip
    names = _names(project, whole, batches)
    reason = _reason(_key("withdraw_reason", project))
    if st.button(_("Withdraw items"), key="withdraw", disabled=whole == "batch" and not names):
        withdraw(actor, project.slug, whole, names, reason)


def _names(project: ProjectView, whole: Whole, batches: list[BatchView]) -> list[str]:
    if whole == "batch":
        known = [batch.name for batch in batches]
        return st.multiselect(
            _("Batches"), known, format_func=lambda name: name or _("without a name"),
            key=_key("withdraw_batches", project),
        )  # fmt: skip
    text = st.text_area(_("Ids, one per line"), key=_key("withdraw_ids", project), height=100)
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _reason(key: str) -> str:
    return st.text_input(
        _("Reason"), key=key, max_chars=withdrawals.LONGEST_REASON, placeholder=_("For example: the text is cut off")
    )


# Doing it, for every page where items can be withdrawn ----------------------------------------------------------------


def ask(actor: Actor, slug: str, names: list[str], *, key: str) -> None:
    """A button that asks for the reason before it withdraws these items."""
    many = _n("Withdraw {n} item", "Withdraw {n} items", len(names)).format(n=figures.number(len(names)))
    label = many if len(names) > 1 else _("Withdraw item")
    with st.popover(label, icon=":material/remove_circle:", disabled=not names):
        st.caption(_("It leaves the queue, review and training data. Its answers are kept, and it can be restored."))
        reason = _reason(f"{key}_reason_{epoch()}")
        if st.button(label, key=key):
            withdraw(actor, slug, "item", names, reason)


def withdraw(actor: Actor, slug: str, whole: Whole, names: list[str], reason: str) -> None:
    if not names:
        st.error(_("Name the items first."))
        return
    with show_errors():
        with transaction() as session:
            n = withdrawals.withdraw(session, actor, slug, now=auth.now(), whole=whole, names=names, reason=reason)
        _again(_n("{n} item withdrawn.", "{n} items withdrawn.", n).format(n=figures.number(n)))


def restore(actor: Actor, slug: str, names: list[str]) -> None:
    with show_errors():
        with transaction() as session:
            n = withdrawals.restore(session, actor, slug, now=auth.now(), whole="item", names=names)
        _again(_n("{n} item restored.", "{n} items restored.", n).format(n=figures.number(n)))


def _again(said: str) -> None:
    """Start the form and the list anew: what was chosen is done."""
    state.keep(_EPOCH, epoch() + 1)
    state.flash(said)
    st.rerun()
