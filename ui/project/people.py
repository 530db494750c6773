"""Who works in the project: members, what they are here, and links that bring more."""

from collections.abc import Sequence
from typing import Any, Literal, cast

import pandas as pd
import streamlit as st

from core.permissions import Actor, Right
from core.services import membership, people
from core.services.membership import MemberView
from core.services.projects import ProjectView
from core.store.engine import reading, transaction
from ui import auth, headings, links, state, tables
from ui.text import _, _n
from ui.words import role_name

Role = Literal["annotator", "reviewer", "lead", "viewer"]
ROLES: tuple[Role, ...] = ("annotator", "reviewer", "lead", "viewer")
STATES = ("active", "paused", "removed")


def show(actor: Actor, project: ProjectView) -> None:
    with reading() as session:
        members = membership.members(session, actor, project.slug)
    st.caption(_n("{n} member", "{n} members", len(members)).format(n=len(members)))
    if members:
        _members(actor, project, members)
    else:
        st.write(_("No members yet. Add people from the workspace, or invite new ones by a link."))
    left, right = st.columns(2, gap="large")
    with left:
        _add(actor, project, {member.name for member in members})
    with right:
        _invite(actor, project)


def _members(actor: Actor, project: ProjectView, members: Sequence[MemberView]) -> None:
    key = f"members:{project.slug}:{state.recall('members_epoch', 0)}"
    before = [_row(project, member) for member in members]
    edited = st.data_editor(
        pd.DataFrame(before), key=key, hide_index=True, column_config=_columns(), disabled=("name", "read", "signs_in")
    )  # fmt: skip
    changes = [(old, new) for old, new in zip(before, tables.plain_rows(edited), strict=True) if old != new]
    if st.button(_("Save the changes"), type="primary", disabled=not changes, key="save_members"):
        _save(actor, project, changes)


def _row(project: ProjectView, member: MemberView) -> dict[str, Any]:
    return {
        "name": member.name,
        "role": member.role,
        "state": member.state,
        "qualified": member.qualified,
        "read": (member.acknowledged_guideline or 0) >= project.guideline_version,
        "signs_in": member.active,
    }


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "name": column.TextColumn(_("Name"), width="medium"),
        "role": column.SelectboxColumn(_("Role here"), options=ROLES, required=True, format_func=_role_name),
        "state": column.SelectboxColumn(_("State"), options=STATES, required=True, format_func=_state_name),
        "qualified": column.CheckboxColumn(_("Qualified")),
        "read": column.CheckboxColumn(_("Has read the guidelines in force")),
        "signs_in": column.CheckboxColumn(_("Can sign in")),
    }


def _role_name(role: object) -> str:
    return role_name(str(role))


def _state_name(name: object) -> str:
    return {"active": _("Active"), "paused": _("Paused"), "removed": _("Removed; answers stay")}[str(name)]


def _save(actor: Actor, project: ProjectView, changes: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    now = auth.now()
    with transaction() as session:
        for old, new in changes:
            if old["role"] != new["role"]:
                membership.add_member(session, actor, project.slug, new["name"], now=now, role=cast(Role, new["role"]))
            if (old["state"], old["qualified"]) != (new["state"], new["qualified"]):
                membership.set_member(
                    session, actor, project.slug, new["name"], now=now, state=new["state"], qualified=new["qualified"]
                )
    _again(_("Saved."))


def _again(said: str) -> None:
    state.keep("members_epoch", state.recall("members_epoch", 0) + 1)
    state.flash(said)
    st.rerun()


def _add(actor: Actor, project: ProjectView, here: set[str]) -> None:
    headings.section(_("Add people of the workspace"))
    if not actor.may(Right.SEE_PEOPLE):
        st.caption(_("Ask a lead of the workspace."))
        return
    with reading() as session:
        everybody = people.listed(session, actor)
    free = [view.name for view in everybody if view.active and view.name not in here and view.kind != "imported"]
    chosen = st.multiselect(
        _("People"), free, key=f"add:{project.slug}:{len(here)}", placeholder=_("Choose names")
    )  # fmt: skip
    role = st.selectbox(_("Role here"), ROLES, format_func=role_name, key=f"add_role:{project.slug}")
    qualified = st.checkbox(
        _("Skip onboarding: already qualified"), key=f"add_qualified:{project.slug}",
        help=_("For people you know. Others start by reading the guidelines."),
    )  # fmt: skip
    if st.button(_("Add to the project"), disabled=not chosen, key="add_people"):
        with transaction() as session:
            for name in chosen:
                membership.add_member(
                    session, actor, project.slug, name, now=auth.now(), role=role, qualified=qualified
                )  # fmt: skip
        _again(_n("{n} person added.", "{n} people added.", len(chosen)).format(n=len(chosen)))


def _invite(actor: Actor, project: ProjectView) -> None:
    headings.section(_("Invite someone new"))
    if not actor.may(Right.MANAGE_PEOPLE):
        st.caption(_("Ask a lead of the workspace."))
        return
    role = st.selectbox(
        _("Role in this project"), ("annotator", "reviewer", "viewer"), format_func=role_name, key=f"invite_role:{project.slug}"
    )  # fmt: skip
    email = st.text_input(_("E-mail (optional)"), key=f"invite_email:{project.slug}", type="email")
    if st.button(_("Make an invitation link"), key="invite", icon=":material/link:"):
        with transaction() as session:
            secret = people.invite(
                session, actor, now=auth.now(), role=role, project=project.slug, project_role=role, email=email or None
            )  # fmt: skip
        state.keep(f"invited:{project.slug}", secret)
    if secret := state.recall(f"invited:{project.slug}", ""):
        links.show_invitation(secret)
