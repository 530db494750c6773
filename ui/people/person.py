"""One person: role, out and in again, a link for a new password, being forgotten."""

import streamlit as st

from core.permissions import Act, Actor, Role, reaches
from core.services import membership, people, projects
from core.services.people import PersonView
from core.store.engine import reading, transaction
from ui import address, auth, fragments, headings, links, state, taking
from ui.frame import show_errors
from ui.project.people import ROLES
from ui.text import _, plain
from ui.words import role_help, role_name


def show(actor: Actor, person: PersonView) -> None:
    with st.container(border=True):
        headings.section(plain(person.name))
        if not reaches(actor.role, Act.CHANGE_ROLE, person.counts_as):
            st.caption(_("You can manage people below your own role only. Ask an admin."))
            return
        role, membership, access = st.columns(3, gap="large")
        with role:
            _role(actor, person)
        with membership, show_errors():
            _membership(actor, person)
        with access, show_errors():
            _access(actor, person)
        with st.expander(_("Languages and content")), show_errors():
            taking.show(actor, person.id)
    if secret := state.recall(_link_key(person), ""):
        links.show_invitation(secret)


def grantable(actor: Actor) -> list[str]:
    return [role.value for role in Role if reaches(actor.role, Act.GIVE_ROLE, role)]


def _role(actor: Actor, person: PersonView) -> None:
    roles = grantable(actor)
    chosen = st.selectbox(
        _("Role in the workspace"), roles, index=roles.index(person.role), key=f"role:{person.id}", format_func=role_name
    )  # fmt: skip
    st.caption(role_help(chosen))
    if st.button(_("Save the role"), disabled=chosen == person.role, key=f"save_role:{person.id}"):
        with show_errors():
            with transaction() as session:
                people.change(session, actor, person.id, now=auth.now(), role=chosen)
            _done(
                _("{name} is {role} now, and has to sign in again.").format(
                    name=plain(person.name), role=role_name(chosen)
                )
            )


def _membership(actor: Actor, person: PersonView) -> None:
    with reading() as session:
        known = [view.slug for view in projects.listed(session, actor)]
    here, elsewhere = (
        [slug for slug in known if slug in person.projects],
        [s for s in known if s not in person.projects],
    )
    slug = st.selectbox(
        _("Add to a project"),
        elsewhere,
        index=None,
        key=f"project:{person.id}:{len(here)}",
        placeholder=_("Choose a project"),
    )
    role = st.selectbox(_("Role in this project"), ROLES, format_func=role_name, key=f"project_role:{person.id}")
    if st.button(_("Add to the project"), disabled=slug is None, key=f"add:{person.id}"):
        with transaction() as session:
            membership.add_member(session, actor, str(slug), person.name, now=auth.now(), role=role)
        _done(_("{name} is in {project} now.").format(name=plain(person.name), project=plain(str(slug))))
    for slug in here:
        _member_of(actor, person, slug)


def _member_of(actor: Actor, person: PersonView, slug: str) -> None:
    name, out = st.columns([3, 2], vertical_alignment="center")
    name.text(slug)
    if out.button(
        _("Remove"), key=f"remove:{person.id}:{slug}", type="tertiary", help=_("Answers and active time are kept.")
    ):
        with transaction() as session:
            membership.set_member(session, actor, slug, person.name, now=auth.now(), state="removed")
        _done(_("{name} is no longer in {project}.").format(name=plain(person.name), project=plain(slug)))


def _access(actor: Actor, person: PersonView) -> None:
    if st.button(
        _("Make a link for a new password"), icon=":material/key:", key=f"link:{person.id}", disabled=not person.active
    ):
        with transaction() as session:
            secret = people.new_password_link(session, actor, person.id, now=auth.now())
        state.keep(_link_key(person), secret)
    if person.active:
        if st.button(
            _("Deactivate"), icon=":material/person_off:", key=f"deactivate:{person.id}", help=_deactivation()
        ):
            _set_active(actor, person, active=False)
    elif st.button(_("Activate"), icon=":material/person:", key=f"activate:{person.id}"):
        _set_active(actor, person, active=True)
    if st.button(
        _("Erase personal data…"), icon=":material/delete_forever:", key=f"erase:{person.id}", type="tertiary"
    ):
        _confirm_erasure(actor, person)


def _deactivation() -> str:
    return _(
        "Signs them out everywhere at once and ends their access tokens and the links they made. "
        "Answers and active time are kept."
    )


def _set_active(actor: Actor, person: PersonView, *, active: bool) -> None:
    with transaction() as session:
        people.change(session, actor, person.id, now=auth.now(), active=active)
    said = _("{name} can sign in again.") if active else _("{name} is signed out everywhere and can't sign in.")
    _done(said.format(name=plain(person.name)))


def _confirm_erasure(actor: Actor, person: PersonView) -> None:
    @fragments.dialog(actor, _("Erase personal data"))
    def confirm() -> None:
        st.write(
            _("The name, e-mail, password, sessions and drafts of {name} are deleted for good. Answers "
                "and active time are kept, under “erased-{id}”.").format(
                name=plain(person.name), id=person.id
            )
        )  # fmt: skip
        typed = st.text_input(_("Type the name to confirm"), key=f"erase_name:{person.id}")
        if st.button(_("Erase"), type="primary", disabled=typed.strip() != person.name, key=f"erase_now:{person.id}"):
            with show_errors():
                with transaction() as session:
                    people.erase(session, actor, person.id, now=auth.now())
                address.put(person=None)
                _done(_("Erased."))

    confirm()


def _done(said: str) -> None:
    state.flash(said)
    st.rerun()


def _link_key(person: PersonView) -> str:
    return f"password_link:{person.id}"
