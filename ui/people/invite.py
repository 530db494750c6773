"""Invitations: a one-time link with an e-mail to copy, and those that still wait."""

import streamlit as st

from core.errors import N_
from core.permissions import Actor
from core.services import people, projects
from core.services.people import InvitationView
from core.store.engine import reading, transaction
from ui import auth, figures, headings, links, state
from ui.frame import show_errors
from ui.people.person import grantable
from ui.text import _, _n, content, plain
from ui.words import role_help, role_name

_SECRET = "invited"
_LETTER = N_(
    """Hello,

you are invited to label with us in Touchstone. Open this link, choose a name and a password, and you can begin:

{link}

The link works once, until {date}."""
)


def show(actor: Actor) -> None:
    headings.section(_("Invite someone new"))
    form, made = st.columns(2, gap="large")
    with form, show_errors():
        _form(actor)
    with made:
        if secret := state.recall(_SECRET, ""):
            _letter(secret)
    _waiting(actor)


def _form(actor: Actor) -> None:
    roles = grantable(actor)
    role = st.selectbox(
        _("Role in the workspace"), roles, index=roles.index("annotator"), key="invite_role", format_func=role_name
    )
    st.caption(role_help(role))
    with reading() as session:
        slugs = [view.slug for view in projects.listed(session, actor)]
    project = st.selectbox(
        _("Straight into a project (optional)"),
        slugs,
        index=None,
        key="invite_project",
        placeholder=_("Choose a project"),
    )
    email = st.text_input(_("E-mail (optional)"), key="invite_email")
    if st.button(_("Make an invitation link"), type="primary", icon=":material/link:", key="invite"):
        with transaction() as session:
            secret = people.invite(
                session, actor, now=auth.now(), role=role, project=project, email=email,
                project_role="annotator" if role == "admin" else role,
            )  # fmt: skip
        state.keep(_SECRET, secret)


def _letter(secret: str) -> None:
    links.show_invitation(secret)
    until = figures.full_day(auth.now() + people.INVITATION_LIFE)
    st.caption(_("An e-mail to copy"))
    st.code(_(_LETTER).format(link=links.invitation(secret), date=until), language=None, wrap_lines=True)


def _waiting(actor: Actor) -> None:
    with reading() as session:
        waiting = people.invitations(session, actor, now=auth.now())
    headings.section(_("Waiting invitations"))
    if not waiting:
        st.caption(_("None. Unused links are listed here."))
        return
    st.caption(_n("{n} invitation", "{n} invitations", len(waiting)).format(n=len(waiting)))
    for invitation in waiting:
        _row(actor, invitation)


def _row(actor: Actor, invitation: InvitationView) -> None:
    what, until, out = st.columns([5, 3, 2], vertical_alignment="center")
    what.markdown(_what(invitation))
    until.caption(_("until {date}").format(date=figures.day(invitation.expires_at)))
    if not invitation.withdrawable(actor):
        return
    if out.button(_("Withdraw invitation"), key=f"withdraw:{invitation.id}", type="tertiary"):
        with transaction() as session:
            people.withdraw_invitation(session, actor, invitation.id, now=auth.now())
        st.rerun()


def _what(invitation: InvitationView) -> str:
    if invitation.name:
        return _("New password for {name}").format(name=plain(invitation.name))
    parts = [
        role_name(invitation.role),
        content(invitation.project_title) if invitation.project else "",
        invitation.email or "",
    ]
    return " · ".join(plain(part) for part in parts if part)
