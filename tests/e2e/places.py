"""Where a walk through the product is, what can be clicked there, and what a test expects of it."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ABOUT = ("project", "tab", "new", "item", "person", "answer")
"""The parts of an address that make another place of it; the others narrow what it lists."""
TELLING = ("project", "tab", "new")
_NUMBERS = re.compile(r"[\d.,%:]+")


@dataclass(frozen=True)
class Place:
    """A page as its address names it, without what merely narrows what it lists."""

    path: str
    about: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, url: str) -> "Place":
        parts = urlsplit(url)
        return cls(parts.path.strip("/"), tuple(sorted(p for p in parse_qsl(parts.query) if p[0] in ABOUT)))

    @property
    def kind(self) -> tuple[str, ...]:
        """One item, answer or person of a list is a page like the others."""
        return (self.path, *(f"{name}={value}" if name in TELLING else name for name, value in self.about))

    @property
    def sort(self) -> tuple[str, ...]:
        """As its kind, in whichever project."""
        return (self.path, self.tab, *(name for name, _value in self.about))

    @property
    def tab(self) -> str:
        return dict(self.about).get("tab", "")

    def __str__(self) -> str:
        return " ".join([self.path, *(f"{name}={value}" for name, value in self.about)])


@dataclass(frozen=True)
class Control:
    """What a person can click, by what it says and where it stands."""

    n: int
    role: str
    name: str
    value: str
    href: str
    ties: str
    group: str
    """What it is one of many alike in; empty where it is something of its own."""
    desk: bool
    disabled: bool
    chosen: bool

    @property
    def label(self) -> str:
        """Its words without their figures."""
        return _NUMBERS.sub("#", self.name)


@dataclass(frozen=True)
class Sight:
    """All that is seen of a page at rest."""

    url: str
    title: str
    heading: str
    controls: tuple[Control, ...]
    text: str
    covered: bool
    """A dialog, a popover or the like lies over it."""
    failed: bool
    look: str
    """Words, fields and states: what changes when anything does."""

    @classmethod
    def of(cls, seen: Mapping[str, Any]) -> "Sight":
        controls = tuple(Control(**one) for one in seen["controls"])
        over = tuple(one for one in controls if one.ties == "over")
        return cls(**{**seen, "controls": over or controls})

    @property
    def place(self) -> Place:
        return Place.of(self.url)

    def kept(self, but: Collection[str]) -> tuple[Any, ...]:
        """What F5 must find again: where one is, and what is chosen there. Drafts of the desk have tests of their own."""
        shown = [one for one in self.controls if one.role == "list" or (one.chosen and not one.desk)]
        chosen = [(one.role, one.name, one.value) for one in shown]
        return (self.url, self.heading, [one for one in chosen if one[1] not in but])


@dataclass
class Known:
    """What the test expects of the product, as data."""

    titles: Mapping[str, str]
    """Path to the page's name."""
    leads: Mapping[str, str]
    """A link's words to what the page behind it is called, where that does not repeat them."""
    left: Mapping[str, str]
    """What the walk does not press, by its words."""
    quiet: Mapping[str, str]
    """Buttons that may change nothing that is seen, by their words."""
    tabs: frozenset[str]
    """Of a project, by their words."""
    drafts: frozenset[tuple[str, str]]
    """Paths and tabs where what is typed outlives F5."""
    of_project: Mapping[str, str]
    """Paths whose address names a project, and what stands there while there is none to name."""
    tables: Mapping[str, Sequence[str]]
    """Tables by a part of their key, and what can be clicked in them: the tick of a row, a cell."""
    rows: Mapping[str, str] = field(default_factory=dict)
    """Paths to the words of the row that is clicked, where it is not the first."""
    confirmed: Mapping[str, str] = field(default_factory=dict)
    """The words of a field that asks to be sure, and the part of the address that it wants repeated."""
    forgotten: Mapping[str, str] = field(default_factory=dict)
    """Lists and choices of forms that F5 puts back, by their words."""
    last: Mapping[str, str] = field(default_factory=dict)
    """What takes away the thing that a place is about, by its words."""
    file: Path | None = None
    """What every chooser of files is given."""

    def clickable(self, controls: Sequence[Control]) -> list[Control]:
        """Those that are not left alone; of a table, its parts."""
        return [part for one in controls if one.name not in self.left for part in self._parts(one)]

    def _parts(self, control: Control) -> list[Control]:
        if control.role != "table":
            return [control]
        found = [(key, parts) for key, parts in self.tables.items() if key in control.name]
        return [replace(control, role=part, name=key) for key, parts in found for part in parts]

    def key(self, control: Control, place: Place) -> tuple[str, ...]:
        """Pressed once: here, or wherever the same stands on a page of this kind. Tabs once in each project."""
        if control.href:
            return (place.path, "link", *Place.of(control.href).kind, control.ties)
        if control.role == "radio" and control.name in self.tabs:
            return (place.path, dict(place.about).get("project", ""), "tab", control.name)
        return (place.path, place.tab, control.role, control.group or control.label, control.ties)
