"""How the work is handed out, checked and paid: may change at any time."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.permissions import Actor
from core.services import project_changes
from core.services.policies import Policy
from core.services.projects import ProjectView
from core.store.engine import transaction
from ui import auth, forms, state
from ui.project import team_size
from ui.text import _

HANDED_OUT = ("overlap", "lease_minutes", "daily_limit", "skip_limit")
CHECKED = ("gold_rate", "repeat_rate", "pilot", "review")
ASKED = ("targets", "rates")


def show(actor: Actor, project: ProjectView) -> None:
    st.caption(
        _(
            "You can change these at any time; they apply from then on. “Answers per item” applies to "
            "items imported later."
        )
    )
    form = forms.open_form(f"policy:{project.slug}", actor, project.policy.model_dump(mode="json"))
    edited = forms.edit_in_columns(
        form, Policy, {_("Assignment"): HANDED_OUT, _("Checking"): CHECKED, _("Answers and pay"): ASKED}
    )
    _compare_with_team(actor, project, edited.fields)
    if forms.buttons(form, edited, _("Save the policy")):
        with transaction() as session:
            project_changes.change(
                session, actor, project.slug, now=auth.now(), policy=Policy.model_validate(edited.fields)
            )  # fmt: skip
        form.restart()
        state.flash(_("Saved."))
        st.rerun()


def _compare_with_team(actor: Actor, project: ProjectView, fields: Mapping[str, Any]) -> None:
    """The larger of what an item can get in the pilot and live."""
    stopping, pilot = project.policy.stopping, fields.get("pilot") or {}
    live = stopping.start if stopping else fields.get("overlap") or 1
    if project.state == "draft":
        live = max(live, pilot.get("overlap") or 1)
    team_size.warn(actor, project, int(live))
