"""A lead's hand on the queue: batches and their due dates, items in hand, who must not get what, more answers."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import N_
from core.permissions import Actor
from core.services import membership, routing
from core.services.projects import ProjectView
from core.services.routing import BatchView
from core.store.engine import reading, transaction
from ui import auth, figures, headings, state
from ui.project import stopping as project_stopping, team_size, withdrawn as project_withdrawn
from ui.project.words import WHOLES
from ui.text import _, _n, plain

PURPOSES: Mapping[str, str] = {
    "work": N_("work"), "gold": N_("hidden check"), "repeat": N_("hidden repeat"), "pilot": N_("pilot")
}  # fmt: skip


def show(actor: Actor, project: ProjectView) -> None:
    with reading() as session:
        batches = routing.batches(session, actor, project.slug)
        held = routing.in_hand(session, actor, project.slug)
        kept = routing.exclusions(session, actor, project.slug)
        names = [member.name for member in membership.members(session, actor, project.slug)]
    _batches(actor, project, [batch for batch in batches if batch.name or batch.items])
    _in_hand(actor, project, held)
    project_stopping.show(actor, project)
    left, right = st.columns(2, gap="large")
    with left:
        _exclude(actor, project, names, kept)
    if project.policy.stopping is None:
        with right:
            _overlap(actor, project)
    project_withdrawn.show(actor, project, batches)


# Batches --------------------------------------------------------------------------------------------------------------


def _batches(actor: Actor, project: ProjectView, batches: list[BatchView]) -> None:
    headings.section(_("Batches"))
    if not batches:
        st.caption(_("No batches yet. They come with imported items."))
        return
    st.caption(_("Assigned from the top: higher priority first, then the earlier due date."))
    column = st.column_config
    edited = st.data_editor(
        pd.DataFrame([_row(batch) for batch in batches]),
        key=f"batches:{project.slug}:{state.recall('queue_epoch', 0)}", hide_index=True, disabled=("name", "done"), placeholder="–",
        column_config={
            "key": None,
            "name": column.TextColumn(_("Batch"), width="medium"),
            "done": column.TextColumn(_("Items done")),
            "due": figures.day_column(_("Due")),
            "priority": column.NumberColumn(_("Priority"), min_value=-100, max_value=100, step=1, required=True),
        },
    )  # fmt: skip
    wanted = [(row["key"], _moment(row["due"]), int(row["priority"])) for row in edited.to_dict("records")]
    changes = [new for new, old in zip(wanted, batches, strict=True) if new != (old.name, old.due_at, old.priority)]
    if st.button(_("Save the batches"), disabled=not changes, key="save_batches"):
        with transaction() as session:
            for name, due_at, priority in changes:
                routing.set_batch(
                    session, actor, project.slug, name, now=auth.now(), due_at=due_at, priority=priority
                )  # fmt: skip
        _again(_("Saved."))


def _row(batch: BatchView) -> dict[str, Any]:
    return {
        "key": batch.name,
        "name": batch.name or _("without a name"),
        "done": _("{done} of {all}").format(done=batch.done, all=batch.items),
        "due": batch.due_at.astimezone(figures.zone()).date() if batch.due_at else None,
        "priority": batch.priority,
    }


def _moment(day: Any) -> datetime | None:
    """A due date is over when its day is, where the lead is."""
    if day is None or pd.isna(day):
        return None
    return datetime.combine(pd.Timestamp(day).date(), time(23, 59), figures.zone())


# In hand --------------------------------------------------------------------------------------------------------------


def _in_hand(actor: Actor, project: ProjectView, held: list[routing.Held]) -> None:
    headings.section(_("In progress"))
    if not held:
        st.caption(_("No items are in progress."))
        return
    st.caption(_n("{n} item, longest held first.", "{n} items, longest held first.", len(held)).format(n=len(held)))
    chosen = st.dataframe(
        pd.DataFrame([_held(row) for row in held]), hide_index=True, on_select="rerun", selection_mode="single-row",
        key=f"held:{project.slug}:{state.recall('queue_epoch', 0)}",
        column_config={
            "item": _("Item"), "person": _("Person"), "purpose": _("Purpose"), "draft": _("Has a draft"),
            "since": figures.moment_column(_("Since")),
            "until": figures.moment_column(_("Kept until")),
        },
    )  # fmt: skip
    rows = chosen.selection.rows
    if st.button(_("Release item"), disabled=not rows, key="release", help=_("A draft stays with its author.")):
        with transaction() as session:
            routing.release(session, actor, project.slug, held[rows[0]].assignment_id, now=auth.now())
        _again(_("The item is free for others."))


def _held(row: routing.Held) -> dict[str, Any]:
    return {
        "item": row.item, "person": row.person, "purpose": _(PURPOSES.get(row.purpose, row.purpose)), "draft": row.has_draft,
        "since": row.claimed_at, "until": row.lease_until,
    }  # fmt: skip


# Exclusions and overlap -----------------------------------------------------------------------------------------------


def _exclude(actor: Actor, project: ProjectView, names: list[str], kept: list[routing.ExclusionView]) -> None:
    headings.section(_("Keep items from a person"))
    person = st.selectbox(
        _("Person"), names, index=None, key=f"exclude_who:{project.slug}", placeholder=_("Choose a person")
    )
    whole = st.segmented_control(
        _("Kind"), list(WHOLES), format_func=lambda name: _(WHOLES[name]), default="item", required=True,
        key=f"exclude_whole:{project.slug}",
    )  # fmt: skip
    text = st.text_area(_("Item ids, one per line"), key=f"exclude_ids:{project.slug}", height=100)
    ids = [line.strip() for line in text.splitlines() if line.strip()]
    ready = person is not None and whole is not None and bool(ids)
    keep, give = st.columns(2)
    if keep.button(_("Keep items from this person"), disabled=not ready, key="exclude") and person and whole:
        with transaction() as session:
            n = routing.exclude(session, actor, project.slug, person, now=auth.now(), whole=whole, names=ids)
        said = _n("{n} item is kept from {person}.", "{n} items are kept from {person}.", n)
        _again(said.format(n=n, person=plain(person)))
    if give.button(_("Allow again"), disabled=not ready, key="allow") and person and whole:
        with transaction() as session:
            n = routing.allow(session, actor, project.slug, person, now=auth.now(), whole=whole, names=ids)
        _again(_n("{n} item is allowed again.", "{n} items are allowed again.", n).format(n=n))
    if kept:
        with st.expander(
            _n("{n} item is kept from annotators", "{n} items are kept from annotators", len(kept)).format(n=len(kept))
        ):
            st.dataframe(
                pd.DataFrame([vars(row) for row in kept]), hide_index=True,
                column_config={"item": _("Item"), "person": _("Person"), "reason": _("Reason")},
            )  # fmt: skip


def _overlap(actor: Actor, project: ProjectView) -> None:
    headings.section(_("Answers per item here"))
    st.caption(_("Applies to every item in the queue, whatever its earlier number. Answers are kept."))
    overlap = st.number_input(
        _("Answers per item"), 1, 100, project.policy.overlap, key=f"overlap_all:{project.slug}",
        label_visibility="collapsed",
    )  # fmt: skip
    team_size.warn(actor, project, int(overlap))
    if st.button(_("Change answers per item"), key="set_overlap"):
        with transaction() as session:
            n = routing.set_overlap(session, actor, project.slug, int(overlap), now=auth.now())
        _again(_n("{n} item changed.", "{n} items changed.", n).format(n=n))


def _again(said: str) -> None:
    state.keep("queue_epoch", state.recall("queue_epoch", 0) + 1)
    state.flash(said)
    st.rerun()
