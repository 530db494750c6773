"""The list of people, with a filter and a count; choosing a row opens the person."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.permissions import Actor, Role
from core.services import people
from core.services.people import PersonView
from core.store.engine import reading
from ui import address, figures
from ui.text import _, _n
from ui.words import kind_name, role_name


def show(actor: Actor) -> PersonView | None:
    """The person whose row is chosen."""
    with reading() as session:
        everybody = people.listed(session, actor)
    found = _filtered(everybody)
    st.caption(_n("{n} person of {all}", "{n} people of {all}", len(found)).format(n=len(found), all=len(everybody)))
    if not found:
        st.write(_("No one matches. Clear the filter, or invite someone below."))
        return None
    names = [person.name for person in found]
    chosen = address.row("person", pd.DataFrame([_row(person) for person in found]), names, _columns())
    return None if chosen is None else found[names.index(chosen)]


def _filtered(everybody: Sequence[PersonView]) -> list[PersonView]:
    words, role, left = st.columns([2, 4, 2], vertical_alignment="bottom")
    wanted = _find(words)
    with role:
        roles = address.several("role", _("Role"), [it.value for it in Role], role_name)
    with left:
        inactive = address.switch("left", _("Include deactivated people"))
    return [p for p in everybody if _matches(p, wanted) and (not roles or p.role in roles) and (inactive or p.active)]


def _find(place: DeltaGenerator) -> str:
    with place:
        return address.text("find", _("Find"), placeholder=_("Name, e-mail or project"))


def _matches(person: PersonView, wanted: str) -> bool:
    return wanted.casefold().strip() in " ".join((person.name, person.email or "", *person.projects)).casefold()


def _row(person: PersonView) -> dict[str, Any]:
    return {
        "name": person.name,
        "role": role_name(person.role),
        "seen": person.seen_at,
        "can": person.active and person.has_password,
        "kind": kind_name(person.kind),
        "email": person.email or "",
        "projects": ", ".join(person.projects),
    }


def _columns() -> dict[str, Any]:
    """What may be long comes last: at 1280 pixels the table's end is scrolled to."""
    column = st.column_config
    return {
        "name": column.TextColumn(_("Name"), width=150),
        "role": column.TextColumn(_("Role")),
        "kind": column.TextColumn(_("Kind")),
        "email": column.TextColumn(_("E-mail")),
        "projects": column.TextColumn(_("Projects")),
        "can": column.CheckboxColumn(_("Can sign in")),
        "seen": figures.moment_column(_("Last here"), year=True),
    }
