"""Forms made from pydantic fields: any task type's settings, a project's policy, the extras.

What is typed is kept in the store until it is saved or discarded, so that a refresh loses nothing.
Words about what does not fit stand under the field they are about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from streamlit.delta_generator import DeltaGenerator

from core.errors import InvalidSettings, TouchstoneError
from core.permissions import Actor
from core.services import pending
from core.store.engine import reading, transaction
from core.tasks.fitting import problems_of
from ui import headings, state, tables
from ui.fields import HELP, PERCENT, Bounds, Shape, bounds_of, default_of, msgid_of, shape_of
from ui.text import _, error_text, plain

Json = dict[str, Any]
LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "简体中文"}


@dataclass
class Form:
    """One form on the page: where its fields keep their text, and where words go when something does not fit."""

    name: str
    actor: Actor
    saved: Json
    disabled: bool = False
    left: Json | None = None
    """What was typed and not saved."""
    _slots: dict[str, DeltaGenerator] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Of its widgets; another after each discard, so that they start afresh."""
        return f"{self.name}:{state.recall(self._epoch, 0)}"

    @property
    def _epoch(self) -> str:
        return f"_epoch:{self.name}"

    @property
    def start(self) -> Json:
        """What the fields show first: what was left unsaved, else what is saved."""
        return self.saved if self.left is None else {**self.saved, **self.left}

    def slot(self, path: str) -> None:
        """A place for words about the field just drawn."""
        self._slots[path] = st.empty()

    def show(self, problems: list[tuple[str, TouchstoneError]]) -> None:
        said: dict[str, list[str]] = {}
        for path, problem in problems:
            place = self._place(path)
            said.setdefault(place, []).append(_where(path[len(place) :]) + plain(error_text(problem)))
        for place, lines in said.items():
            slot = self._slots.get(place) or st.empty()
            slot.markdown("  \n".join(f":red[:material/error: {line}]" for line in lines))

    def _place(self, path: str) -> str:
        """The field, or the nearest one around it that is drawn."""
        while path and path not in self._slots:
            path = path.rpartition(".")[0]
        return path

    def settle(self, fields: Json, changed: bool) -> None:
        """Keep what is typed in the store, or let go of what is as saved."""
        if changed and fields != self.left:
            keep_unsaved(self.actor, self.name, fields)
        elif not changed and self.left is not None:
            drop_unsaved(self.actor, self.name)

    def restart(self) -> None:
        """Forget what is unsaved and draw the fields anew from what is saved."""
        drop_unsaved(self.actor, self.name)
        state.keep(self._epoch, state.recall(self._epoch, 0) + 1)


def open_form(name: str, actor: Actor, saved: Json, *, disabled: bool = False) -> Form:
    return Form(name, actor, saved, disabled, None if disabled else unsaved(actor, name))


def _where(path: str) -> str:
    """Where in a table: ".1.max" is "Row 2, Highest: "."""
    parts = [part for part in path.split(".") if part]
    named = [_("Row {n}").format(n=int(p) + 1) if p.isdigit() else _label(p) for p in parts]
    return ", ".join(named) + ": " if named else ""


def unsaved(actor: Actor, name: str) -> Json | None:
    with reading() as session:
        found: Json | None = pending.recall(session, actor, name)
    return found


def keep_unsaved(actor: Actor, name: str, fields: Json) -> None:
    with transaction() as session:
        pending.keep(session, actor, name, fields)


def drop_unsaved(actor: Actor, name: str) -> None:
    with transaction() as session:
        pending.drop(session, actor, name)


@dataclass(frozen=True)
class Edited:
    """What stands in a form now."""

    fields: Json
    changed: bool
    problems: list[tuple[str, TouchstoneError]]

    @property
    def fits(self) -> bool:
        return not self.problems


def edit(form: Form, model: type[BaseModel], only: tuple[str, ...] | None = None) -> Edited:
    """Draw a control for each of the model's fields; say beside them what does not fit. `only` names and orders them."""
    return _edited(form, model, _fields(form, model, form.start, "", only))


def edit_in_columns(form: Form, model: type[BaseModel], groups: Mapping[str, tuple[str, ...]]) -> Edited:
    """As `edit`, with the fields named in columns under headings."""
    drawn: Json = {}
    for column, (heading, names) in zip(st.columns(len(groups), gap="large"), groups.items(), strict=True):
        with column:
            headings.section(heading)
            drawn |= _fields(form, model, form.start, "", names)
    return _edited(form, model, drawn)


def _edited(form: Form, model: type[BaseModel], drawn: Json) -> Edited:
    fields = {**form.saved, **drawn}
    problems = misfits(model, fields)
    changed = _canonical(model, fields) != _canonical(model, form.saved)
    if not form.disabled:
        form.settle(fields, changed)
    form.show(problems)
    return Edited(fields, changed, problems)


def misfits(model: type[BaseModel], fields: Json) -> list[tuple[str, TouchstoneError]]:
    try:
        model.model_validate(fields)
    except ValidationError as error:
        return [*problems_of(error)]
    except InvalidSettings as error:
        return [(error.where or "", error)]
    return []


def _canonical(model: type[BaseModel], fields: Json) -> Json:
    """With every default written out, so that only a change of meaning counts as one."""
    try:
        return model.model_validate(fields).model_dump(mode="json")
    except (ValidationError, InvalidSettings):
        return {"unfit": fields}


def buttons(form: Form, edited: Edited, save: str | None = None, *, allowed: bool = True) -> bool:
    """Save and discard; True when save was pressed on fields that fit. Not `allowed`: something else must be said first."""
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            save or _("Save"),
            key=f"{form.key}:save",
            type="primary",
            disabled=not (edited.changed and edited.fits and allowed),
        )
        if edited.changed:
            st.button(_("Discard changes"), key=f"{form.key}:discard", on_click=form.restart)
            st.caption(_("Not saved yet; kept for you until you save or discard."))
    return pressed and edited.fits


def _fields(form: Form, model: type[BaseModel], value: Json, at: str, only: tuple[str, ...] | None = None) -> Json:
    drawn: Json = {}
    for name in only or tuple(model.model_fields):
        info = model.model_fields[name]
        shape = shape_of(info.annotation)
        if shape.kind in _DRAW:
            given = value.get(name, default_of(info))
            drawn[name] = _field(form, Spot(f"{at}{name}", name, info, shape), given)
    return drawn


@dataclass(frozen=True)
class Spot:
    """Where in the form a field stands, and what it is."""

    path: str
    name: str
    info: FieldInfo
    shape: Shape

    @property
    def label(self) -> str:
        return _label(self.path)

    @property
    def help(self) -> str | None:
        words = HELP.get(self.path) or HELP.get(self.name)
        return _(words) if words else None

    @property
    def bounds(self) -> Bounds:
        return bounds_of(self.info)


def _field(form: Form, spot: Spot, given: Any) -> Any:
    drawn = _DRAW[spot.shape.kind](form, spot, given)
    form.slot(spot.path)
    return drawn


def _flag(form: Form, spot: Spot, given: Any) -> bool:
    return st.toggle(spot.label, bool(given), key=f"{form.key}:{spot.path}", help=spot.help, disabled=form.disabled)


def _whole(form: Form, spot: Spot, given: Any) -> int | None:
    low, high = _int(spot.bounds.low), _int(spot.bounds.high)
    typed = st.number_input(
        spot.label, low, high, _int(given), 1, key=f"{form.key}:{spot.path}", help=spot.help, disabled=form.disabled
    )
    return _int(typed)


def _int(value: float | None) -> int | None:
    return None if value is None else int(value)


def _number(form: Form, spot: Spot, given: Any) -> float | None:
    factor = 100 if spot.name in PERCENT else 1
    value, high = _times(given, factor), _times(spot.bounds.high, factor)
    typed = st.number_input(
        spot.label, _times(spot.bounds.low, factor), high, value, 1.0, "%g",
        key=f"{form.key}:{spot.path}", help=spot.help, disabled=form.disabled,
    )  # fmt: skip
    return None if typed is None else round(typed / factor, 6)


def _times(value: float | None, factor: int) -> float | None:
    return None if value is None else round(float(value) * factor, 6)


def _text(form: Form, spot: Spot, given: Any) -> str | None:
    typed = st.text_input(
        spot.label, given or "", key=f"{form.key}:{spot.path}", help=spot.help, disabled=form.disabled
    )
    return None if spot.shape.optional and not typed else typed


def _localised(form: Form, spot: Spot, given: Any) -> Any:
    return two_languages(form, spot.path, spot.label, given) or (None if spot.shape.optional else "")


def two_languages(form: Form, path: str, label: str, given: Any, *, height: int | None = None) -> Any:
    """English and Chinese side by side; one of them alone is a plain string for everybody."""
    sides = tables.sides(given)
    for column, code in zip(st.columns(2), LANGUAGES, strict=True):
        with column:
            sides[code] = _side(form, f"{path}:{code}", f"{label} · {LANGUAGES[code]}", sides[code], height)
    return tables.joined(sides)


def _side(form: Form, path: str, label: str, value: str, height: int | None) -> str:
    key = f"{form.key}:{path}"
    if height is None:
        return st.text_input(label, value, key=key, disabled=form.disabled) or ""
    return st.text_area(label, value, key=key, height=height, disabled=form.disabled) or ""


def _texts(form: Form, spot: Spot, given: Any) -> list[Any]:
    st.markdown(spot.label)
    rows = [tables.sides(text) for text in given or []]
    edited = _table(
        form, spot.path, rows, {code: st.column_config.TextColumn(name) for code, name in LANGUAGES.items()}
    )
    return [text for row in edited if (text := tables.joined(row))]


def _rows(form: Form, spot: Spot, given: Any) -> list[Json]:
    model = spot.shape.model
    st.markdown(f"**{spot.label}**")
    edited = _table(form, spot.path, tables.flat_rows(model, given or []), _columns(model))
    rows = tables.nested_rows(model, edited, given or [])
    for name, info in model.model_fields.items():
        if shape_of(info.annotation).kind == "points":
            _points_of_rows(form, f"{spot.path}.{{n}}.{name}", name, rows)
    return rows


def _columns(model: type[BaseModel]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        columns |= _COLUMNS.get(shape_of(info.annotation).kind, _NO_COLUMN)(name)
    if "id" in columns:  # people read names; the id comes last
        columns["id"] = columns.pop("id")
    return columns


def _label(path: str) -> str:
    msgid = msgid_of(path)
    return _(msgid) if msgid else path.rpartition(".")[2]


def _localised_columns(name: str) -> dict[str, Any]:
    return {
        f"{name}.{code}": st.column_config.TextColumn(f"{_label(name)} · {own}", width="medium")
        for code, own in LANGUAGES.items()
    }


_COLUMNS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "localised": _localised_columns,
    "text": lambda name: {name: st.column_config.TextColumn(_label(name), width="small")},
    "flag": lambda name: {name: st.column_config.CheckboxColumn(_label(name), width="small", default=False)},
    "whole": lambda name: {name: st.column_config.NumberColumn(_label(name), width="small", step=1)},
    "number": lambda name: {name: st.column_config.NumberColumn(_label(name), width="small")},
}


_NO_COLUMN: Callable[[str], dict[str, Any]] = lambda _name: {}  # noqa: E731 - an entry like those above


def _points_of_rows(form: Form, path: str, name: str, rows: list[Json]) -> None:
    """Under the table: for each row, what each point of its scale means."""
    for n, row in enumerate(rows):
        points = tables.points(row)
        if not points:
            continue
        with st.expander(f"{_label(name)}: {plain(_title(row))}"):
            row[name] = _anchors(
                form, f"{path.format(n=row.get('id'))}:{len(points)}:{points[0]}", points, row.get(name)
            )
        form.slot(path.format(n=n))


def _anchors(form: Form, path: str, points: list[str], given: Json | None) -> Json:
    before = [{"point": point, **tables.sides((given or {}).get(point))} for point in points]
    columns = {"point": st.column_config.TextColumn("#", width="small", disabled=True)} | {
        code: st.column_config.TextColumn(own) for code, own in LANGUAGES.items()
    }
    edited = _table(form, path, before, columns, fixed=True)
    return {row["point"]: text for row in edited if (text := tables.joined(row))}


def _title(row: Json) -> str:
    sides = tables.sides(row.get("name"))
    return next((text for text in sides.values() if text), str(row.get("id", "")))


def _table(form: Form, path: str, rows: list[Json], columns: Mapping[str, Any], *, fixed: bool = False) -> list[Json]:
    return tables.plain_rows(table(form, path, rows, columns, fixed=fixed))


def table(form: Form, path: str, rows: list[Json], columns: Mapping[str, Any], *, fixed: bool) -> pd.DataFrame:
    """An editable table. It keeps its edits while it is drawn, so its first rows must stay the same until it is drawn anew."""
    key = f"{form.key}:{path}"
    if state.recall(key, None) is None:
        state.keep(f"{key}:first", rows)
    first = pd.DataFrame(state.recall(f"{key}:first", rows), columns=list(columns))
    return st.data_editor(
        first, key=key, column_config=dict(columns), hide_index=True, disabled=form.disabled,
        num_rows="fixed" if fixed or form.disabled else "dynamic",
    )  # fmt: skip


def _form(form: Form, spot: Spot, given: Any) -> Json | None:
    model = spot.shape.model
    if spot.shape.optional and not _flag(form, spot, given is not None):
        return None
    if not spot.shape.optional:
        st.markdown(f"**{spot.label}**")
    return _fields(form, model, given or {}, f"{spot.path}.")


_DRAW: Mapping[str, Callable[[Form, Spot, Any], Any]] = {
    "flag": _flag,
    "whole": _whole,
    "number": _number,
    "text": _text,
    "localised": _localised,
    "texts": _texts,
    "rows": _rows,
    "form": _form,
}
