"""Names of the fixed words of the product: roles, states, kinds of people."""

from collections.abc import Mapping

from core.errors import N_
from ui.text import _

ROLES: Mapping[str, str] = {
    "admin": N_("Admin"),
    "lead": N_("Lead"),
    "reviewer": N_("Reviewer"),
    "annotator": N_("Annotator"),
    "viewer": N_("Viewer"),
}
ROLE_HELP: Mapping[str, str] = {
    "admin": N_("Everything, in every project"),
    "lead": N_("Sets up projects, invites people, exports"),
    "reviewer": N_("Labels and reviews the work of others"),
    "annotator": N_("Labels items"),
    "viewer": N_("Sees progress and results only"),
}
KINDS: Mapping[str, str] = {
    "member": N_("Member"),
    "imported": N_("Imported"),
    "machine": N_("Machine"),
    "simulated": N_("Simulated"),
}
PROJECT_STATES: Mapping[str, str] = {
    "draft": N_("Draft"),
    "pilot": N_("Pilot"),
    "live": N_("Live"),
    "paused": N_("Paused"),
    "done": N_("Done"),
}


def role_name(role: str) -> str:
    return _(ROLES[role])


def role_help(role: str) -> str:
    return _(ROLE_HELP[role])


def kind_name(kind: str) -> str:
    return _(KINDS[kind])


def state_name(state: str) -> str:
    return _(PROJECT_STATES[state])
