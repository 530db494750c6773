"""What a page shows stands in its address, so that a link, the back button and a reload all find it. The only place that
reads and writes the parameters of an address.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, Literal
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from core.errors import NotFound
from core.services.projects import ProjectView
from ui import state
from ui.text import _, content

Stretch = Literal["stretch"]
WIDTH = 360
_PERCENTS = {str(n) for n in range(101)}
LONGEST_NUMBER = 15
"""Digits: more, and no database could hold it."""
PAGE = "page"
"""The part that says how far a list has been turned; whoever filters it otherwise begins at its first page."""
_PAGE, _FILLED, _SAID = "_address_page", "_address_filled", "_address_said"
_MOST_SAID = 10


# Reading and writing --------------------------------------------------------------------------------------------------


def settle(page: str) -> None:
    """Before a page runs: give the browser the address that this run is about. A link from a page to itself reaches us,
    yet Streamlit leaves the browser's address as it was, and the next click would be sent from there. On the way to
    another page the browser sees to it itself, later than it would hear of us.
    """
    parts = st.query_params.to_dict()
    if state.recall(_PAGE, "") == page:
        _write(parts)
    if state.recall(_PAGE, "") != page or _said()[-1:] != [parts]:
        state.forget(_SAID)
    state.keep(_PAGE, page)
    state.forget(_FILLED)


def get(name: str) -> str | None:
    return st.query_params.get(name)


def number(name: str) -> int | None:
    """The row that the address names; None where it names none that there could be."""
    given = st.query_params.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= LONGEST_NUMBER else None


def put(**parts: str | None) -> None:
    """Change these parts and keep the others: a step that the back button undoes. None takes a part out."""
    given, said = st.query_params.to_dict(), _said()
    _step({**(said[-1] if given in said else given), **parts})


def only(**parts: str | None) -> None:
    """These parts and no others, as a step of its own."""
    _step(parts)


def _step(parts: Mapping[str, str | None]) -> None:
    given, said = st.query_params.to_dict(), _said()
    _write(parts)
    state.keep(_SAID, [*(said if given in said else [given]), st.query_params.to_dict()][-_MOST_SAID:])


def _said() -> list[dict[str, str]]:
    """The addresses of the last steps, from the one that the browser gave. One that has not heard of the last step yet sends
    an earlier address along with the next control, which must not undo what was chosen in between."""
    return state.recall(_SAID, [])


def _write(parts: Mapping[str, str | None]) -> None:
    st.query_params.from_dict({name: value for name, value in parts.items() if value is not None})


def fill(name: str, value: str) -> None:
    """What the page shows though its address did not say it: added in place, without a step for the back button."""
    if st.query_params.get(name) != value:
        state.keep(_FILLED, {**state.recall(_FILLED, {}), name: value})


def filled() -> str:
    """The whole query once it is filled in; empty while there is nothing to add."""
    added: dict[str, str] = state.recall(_FILLED, {})
    return urlencode({**st.query_params.to_dict(), **added}) if added else ""


def shown(name: str) -> str | None:
    """What the page shows, whether its address said so or was filled in."""
    added: dict[str, str] = state.recall(_FILLED, {})
    return added.get(name, get(name))


# Controls -------------------------------------------------------------------------------------------------------------


def choice(
    name: str, label: str, options: Sequence[str], named: Callable[[str], str], *, default: str | None = None,
    width: int | Stretch = WIDTH, help: str | None = None,  # noqa: A002 - as Streamlit says it
) -> str:  # fmt: skip
    """The one in the address, or the default, or the first; with one there is nothing to choose."""
    usual = default or options[0]
    chosen = _one_of(name, options, usual)
    if len(options) > 1:
        key = _controlled(name, chosen)
        st.selectbox(
            label, list(options), format_func=named, key=key, on_change=_take, args=(name, key, usual), width=width,
            help=help,
        )  # fmt: skip
    return chosen


def open_choice(name: str, label: str, options: Sequence[str], *, default: str, placeholder: str, help: str) -> str:  # noqa: A002
    """One of the options, or other words; empty for none, which the address says where the default is another."""
    given = get(name)
    chosen = default if given is None else given.strip()
    key = _controlled(name, chosen or None)

    def take() -> None:
        picked = (state.recall(key, None) or "").strip()
        put(**{name: None if picked == default else picked})

    st.selectbox(
        label, list(dict.fromkeys([*filter(None, [chosen, default]), *options])), index=None, accept_new_options=True,
        placeholder=placeholder, key=key, help=help, on_change=take,
    )  # fmt: skip
    return chosen


def pills(
    name: str, label: str, options: Sequence[str], named: Callable[[str], str], *, default: str, collapsed: bool = False
) -> str:
    """The same for a few short choices side by side, such as the tabs of a page."""
    chosen = _one_of(name, options, default)
    key = _controlled(name, chosen)
    st.segmented_control(
        label, list(options), format_func=named, key=key, required=True, on_change=_take, args=(name, key, default),
        label_visibility="collapsed" if collapsed else "visible",
    )  # fmt: skip
    return chosen


def text(name: str, label: str, *, placeholder: str | None = None) -> str:
    """Words to look for; the address remembers them."""
    wanted = st.query_params.get(name, "")
    key = f"address_{name}"
    if state.recall(key, "") != wanted:  # else it is left alone: somebody may be typing on
        state.keep(key, wanted)
    st.text_input(label, key=key, placeholder=placeholder, on_change=_take, args=(name, key, ""))
    return wanted


def optional(
    name: str,
    label: str,
    options: Sequence[str],
    named: Callable[[str], str] = str,
    *,
    placeholder: str | None = None,
    width: int | Stretch = "stretch",
) -> str | None:
    """A filter: one of the options, or all of them while the address names none that there is."""
    wanted = get(name)
    chosen = wanted if wanted in options else None
    key = _controlled(name, chosen)
    st.selectbox(
        label, list(options), index=None, format_func=named, placeholder=placeholder or _("All"), key=key, width=width,
        on_change=lambda: _filter(name, state.recall(key, None)),
    )  # fmt: skip
    return chosen


def several(
    name: str, label: str, options: Collection[str], named: Callable[[str], str], *, default: Collection[str] = ()
) -> list[str]:
    """Any of a few options, in their order. None chosen means the default; of a filter, that none means all."""
    wanted = (get(name) or "").split(",")
    usual = [option for option in options if option in default]
    chosen = [option for option in options if option in wanted] or usual
    key = _controlled(name, chosen)

    def take() -> None:
        picked: list[str] = state.recall(key, [])
        _filter(name, None if set(picked) == set(usual) else ",".join(picked))

    st.pills(label, list(options), selection_mode="multi", format_func=named, key=key, on_change=take)
    return chosen


def switch(name: str, label: str, *, help: str | None = None) -> bool:  # noqa: A002
    """Off unless the address turns it on."""
    key = _controlled(name, get(name) == "1")

    def take() -> None:
        _filter(name, "1" if state.recall(key, False) else None)

    return st.toggle(label, key=key, on_change=take, help=help)


def amount(name: str, label: str, bounds: tuple[int, int], usual: int, *, width: int) -> int:
    """A whole number; the usual one where the address gives none within these bounds."""
    low, high = bounds
    given = number(name)
    chosen = given if given is not None and low <= given <= high else usual
    key = _controlled(name, chosen)

    def take() -> None:
        picked: int = state.recall(key, usual)
        _filter(name, None if picked == usual else str(picked))

    st.number_input(label, low, high, key=key, width=width, on_change=take)
    return chosen


def percent(name: str, label: str, bounds: tuple[int, int], usual: int, *, step: int, help: str) -> int:  # noqa: A002
    """A step of a slider; the usual one where the address names none that it has."""
    given = number(name)
    chosen = given if given is not None and given in range(bounds[0], bounds[1] + 1, step) else usual
    key = _controlled(name, chosen)
    st.slider(
        label, *bounds, step=step, format="%d%%", key=key, help=help,
        on_change=lambda: _filter(name, None if state.recall(key, usual) == usual else str(state.recall(key, usual))),
    )  # fmt: skip
    return chosen


def row(name: str, table: pd.DataFrame, rows: Sequence[str], columns: Mapping[str, Any]) -> str | None:
    """The chosen row of a table: the one that the address names, if it is among these."""
    wanted = get(name)
    at = [rows.index(wanted)] if wanted in rows else []
    key = _controlled(name, {"selection": {"rows": at, "columns": [], "cells": []}})

    def take() -> None:
        picked: list[int] = state.recall(key, {"selection": {"rows": []}})["selection"]["rows"]
        put(**{name: rows[picked[0]] if picked else None})

    st.dataframe(
        table, key=key, hide_index=True, on_select=take, selection_mode="single-row", column_config=columns,
        placeholder="–",
    )  # fmt: skip
    return wanted if at else None


def day(name: str, label: str, *, width: int) -> date | None:
    """A day of the calendar; none while the address names none that there is."""
    try:
        chosen = date.fromisoformat(get(name) or "")
    except ValueError:
        chosen = None
    key = _controlled(name, chosen)

    def take() -> None:
        picked: date | None = state.recall(key, None)
        _filter(name, picked.isoformat() if picked else None)

    st.date_input(
        label, value=None, key=key, width=width, format="YYYY-MM-DD", on_change=take,
        min_value=date.min, max_value=date.max,
    )  # fmt: skip
    return chosen


def between(name: str, label: str, *, width: int) -> tuple[int, int]:
    """From and to in percent; everything where the address gives no such range."""
    low, _dash, high = (get(name) or "").partition("-")
    whole = (0, 100)
    given = (int(low), int(high)) if all(part in _PERCENTS for part in (low, high)) else whole
    chosen = given if given[0] <= given[1] else whole
    key = _controlled(name, chosen)

    def take() -> None:
        picked: tuple[int, int] = state.recall(key, whole)
        _filter(name, None if picked == whole else f"{picked[0]}-{picked[1]}")

    st.slider(label, 0, 100, key=key, width=width, on_change=take)
    return chosen


def page() -> int:
    """Of a list that is turned by `pager`."""
    return max(1, number(PAGE) or 1)


def pager(pages: int) -> None:
    """Which page of so many; nothing where there is one."""
    if pages > 1:
        key = _controlled(PAGE, min(page(), pages))
        label = _("Page, of {n}").format(n=f"{pages:,}")
        st.number_input(label, 1, pages, key=key, width=160, on_change=lambda: put(page=str(state.recall(key, 1))))


def leaf() -> tuple[Literal["after", "before"], int]:
    """Where a list that is turned by `turner` goes on: after one of its rows, or before it."""
    way, _dash, row = (get(PAGE) or "").partition("-")
    start = int(row) if row.isascii() and row.isdecimal() and len(row) <= LONGEST_NUMBER else 0
    if way == "before" and start:
        return "before", start
    return "after", start if way == "after" else 0


def turner(before: int | None, after: int | None) -> None:
    """To the rows before and after these; None where there are no more. It costs the same on the last page as on the first."""
    if before is None and after is None:
        return
    with st.container(horizontal=True):
        for label, row, way in ((_("Previous page"), before, "before"), (_("Next page"), after, "after")):
            st.button(label, key=f"address_{way}", disabled=row is None, on_click=put, kwargs={PAGE: f"{way}-{row}"})


def project(listed: Sequence[ProjectView], first: str = "", *, collapsed: bool = False) -> ProjectView:
    """The project in the address, or the first one. Another choice leaves the rest of the address behind, since it was
    about the project before.
    """
    views = {view.slug: view for view in listed}
    wanted = st.query_params.get("project") or first or next(iter(views))
    if wanted in views:
        fill("project", wanted)
    if len(views) > 1 or wanted not in views:
        key = _controlled("project", wanted if wanted in views else None)
        st.selectbox(
            _("Project"), list(views), index=0 if wanted in views else None, format_func=lambda slug: content(views[slug].title),
            key=key, on_change=lambda: only(project=state.recall(key, wanted)), width=WIDTH,
            label_visibility="collapsed" if collapsed else "visible",
        )  # fmt: skip
    if wanted not in views:
        raise NotFound("There is no project {slug}, or you are not a member of it.", slug=wanted)
    return views[wanted]


def _one_of(name: str, options: Sequence[str], usual: str) -> str:
    wanted = st.query_params.get(name)
    return wanted if wanted is not None and wanted in options else usual


def _controlled(name: str, value: object) -> str:
    """The key of a control that shows what the address says, after the back button too."""
    key = f"address_{name}"
    state.keep(key, value)
    return key


def _take(name: str, key: str, usual: str) -> None:
    chosen = state.recall(key, usual)
    _filter(name, None if chosen == usual else chosen)


def _filter(name: str, value: str | None) -> None:
    put(**{name: value or None, PAGE: None})
