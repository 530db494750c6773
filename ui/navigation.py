"""Which pages there are, who sees them, and what stands at every other address."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from core.config import ROOT
from core.errors import N_
from core.permissions import Right
from core.services.choices import choices
from core.store.engine import reading
from ui import auth
from ui.text import _, language


@dataclass(frozen=True)
class PageEntry:
    """One page of the menu; the address is one word, and the title is a message."""

    path: str
    file: str
    title: str
    icon: str
    needs: Right | None = None

    @property
    def exists(self) -> bool:
        return _is_there(self.file)

    def open_to(self, rights: frozenset[Right]) -> bool:
        return self.needs is None or self.needs in rights


@lru_cache
def _is_there(file: str) -> bool:
    return (ROOT / file).is_file()


SECTIONS: Mapping[str, tuple[PageEntry, ...]] = {
    N_("Work"): (
        PageEntry("label", "pages/work/label.py", N_("Label"), ":material/edit_note:", Right.LABEL),
        PageEntry("compare", "pages/work/compare.py", N_("Compare"), ":material/compare:", Right.LABEL),
        PageEntry("work", "pages/work/my_work.py", N_("My work"), ":material/history:", Right.LABEL),
        PageEntry("quality", "pages/work/my_quality.py", N_("My quality"), ":material/verified:", Right.LABEL),
    ),
    N_("Review"): (PageEntry("review", "pages/review/review.py", N_("Review"), ":material/gavel:", Right.REVIEW),),
    N_("Insight"): (
        PageEntry("today", "pages/insight/today.py", N_("Today"), ":material/today:", Right.MANAGE_PROJECT),
        PageEntry("progress", "pages/insight/progress.py", N_("Progress"), ":material/monitoring:", Right.SEE_PROGRESS),
        PageEntry("overview", "pages/insight/overview.py", N_("Overview"), ":material/speed:", Right.SEE_PROGRESS),
        PageEntry(
            "report", "pages/insight/report.py", N_("Client report"), ":material/description:", Right.SEE_PROGRESS
        ),
        PageEntry(
            "agreement", "pages/insight/agreement.py", N_("Agreement"), ":material/handshake:", Right.SEE_PROGRESS
        ),
        PageEntry("annotators", "pages/insight/annotators.py", N_("Annotators"), ":material/groups:", Right.SEE_PEOPLE),
        PageEntry("items", "pages/insight/items.py", N_("Items"), ":material/list_alt:", Right.SEE_PROGRESS),
        PageEntry("models", "pages/insight/models.py", N_("Models"), ":material/leaderboard:", Right.SEE_PROGRESS),
        PageEntry("bias", "pages/insight/bias.py", N_("Bias"), ":material/balance:", Right.SEE_PROGRESS),
        PageEntry(
            "judges", "pages/insight/judges.py", N_("Machine judges"), ":material/smart_toy:", Right.SEE_PROGRESS
        ),
        PageEntry(
            "stopping", "pages/insight/stopping.py", N_("Stopping rule"), ":material/front_hand:", Right.SEE_PROGRESS
        ),
    ),
    N_("Manage"): (
        PageEntry(
            "projects", "pages/manage/projects.py", N_("Projects"), ":material/folder_open:", Right.MANAGE_PROJECT
        ),
        PageEntry("import", "pages/manage/import_.py", N_("Import"), ":material/upload:", Right.MANAGE_PROJECT),
        PageEntry("export", "pages/manage/export.py", N_("Export"), ":material/download:", Right.EXPORT),
        PageEntry("people", "pages/manage/people.py", N_("People"), ":material/group:", Right.SEE_PEOPLE),
        PageEntry("account", "pages/manage/account.py", N_("Account"), ":material/account_circle:"),
    ),
}

PUBLIC = (
    PageEntry("setup", "pages/welcome/setup.py", N_("Set up"), ":material/flag:"),
    PageEntry("invitation", "pages/welcome/invitation.py", N_("Invitation"), ":material/mail:"),
)
"""Open to everybody: the secret in the address decides."""

WELCOME = PageEntry("welcome", "pages/welcome/welcome.py", N_("Welcome"), ":material/waving_hand:")
"""An invited person's first page; the menu does not name it."""
START = PageEntry("start", "pages/welcome/start.py", N_("Start"), ":material/flag:", Right.MANAGE_WORKSPACE)


def entries() -> list[PageEntry]:
    """Every page behind sign-in."""
    return [START, WELCOME, *(entry for section in SECTIONS.values() for entry in section if entry.exists)]


def for_anonymous(sign_in: Callable[[], None]) -> Any:
    """Sign-in at every address, so that a deep link survives it."""
    home = st.Page(sign_in, title=_("Sign in"), icon=":material/login:", url_path="home", default=True)
    pages = [home, *(_hidden(entry) for entry in PUBLIC)]
    pages += [_instead(entry, sign_in, _("Sign in")) for entry in entries()]
    return st.navigation(pages, position="hidden")


def for_signed_in(rights: frozenset[Right], no_access: Callable[[], None], *, waiting: Mapping[str, int]) -> Any:
    """The menu by role, with how much waits behind an entry; the other addresses say why there is nothing to see."""
    menu: dict[str, list[Any]] = {}
    for section, listed in SECTIONS.items():
        menu[_(section)] = [
            _shown(entry, waiting.get(entry.path, 0)) for entry in listed if entry.exists and entry.open_to(rights)
        ]
    home = _begin(rights)
    hidden = [st.Page(home, title=_("Start"), url_path="home", default=True, visibility="hidden")]
    hidden += [_hidden(WELCOME), *(_hidden(entry) for entry in PUBLIC)]
    hidden += [_hidden(START) if START.open_to(rights) else _instead(START, home, _(START.title))]
    closed = [entry for entry in entries() if entry != START and not entry.open_to(rights)]
    hidden += [_instead(entry, no_access, _(entry.title)) for entry in closed]
    return st.navigation({"": hidden, **{name: pages for name, pages in menu.items() if pages}}, expanded=True)


def page(path: str) -> Any:
    """A page to link or switch to, by its address."""
    return _link(path, language())


@lru_cache(maxsize=128)
def _link(path: str, _language: str) -> Any:
    """Shared by all who read that language: a link only reads it."""
    return _shown(next(entry for entry in (*entries(), *PUBLIC) if entry.path == path))


def _shown(entry: PageEntry, waiting: int = 0) -> Any:
    return copy(_made(entry, "visible", language(), waiting))


def _hidden(entry: PageEntry) -> Any:
    return copy(_made(entry, "hidden", language()))


@lru_cache(maxsize=256)
def _made(entry: PageEntry, visibility: Literal["visible", "hidden"], _language: str, waiting: int = 0) -> Any:
    """Streamlit looks each page's file up when it makes one; the menu of a run gets a copy, which it marks."""
    title = f"{_(entry.title)} · {waiting}" if waiting else _(entry.title)
    return st.Page(Path(entry.file), title=title, icon=entry.icon, url_path=entry.path, visibility=visibility)


def _beginnings() -> list[str]:
    """Pages to begin the day with, the best first: the lead's morning, the work there is, whatever is left."""
    with reading() as session:
        kinds = {choice.compares for choice in choices(session, auth.current_actor(), now=datetime.now(UTC))}
    return ["today", *(["compare", "label"] if kinds == {True} else ["label", "compare"]), "progress", "account"]


def _instead(entry: PageEntry, run: Callable[[], None], title: str) -> Any:
    return st.Page(run, title=title, icon=entry.icon, url_path=entry.path, visibility="hidden")


def _begin(rights: frozenset[Right]) -> Callable[[], None]:
    """The bare address, and `/start` for all but admins, lead to where the day begins."""

    def go() -> None:
        open_here = {entry.path for entry in entries() if entry.open_to(rights)}
        st.switch_page(page(next(path for path in _beginnings() if path in open_here)))

    return go
