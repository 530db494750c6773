"""Where a walk through the product is, what can be clicked there, and what a test expects of it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
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
    href: str
    ties: str
    disabled: bool
    chosen: bool

    @property
    def label(self) -> str:
        """Its words without their figures."""
        return _NUMBERS.sub("#", self.name)

    def key(self, place: Place, tabs: Collection[str]) -> tuple[str, ...]:
        """Pressed once: here, or wherever the same stands on a page of this kind. Tabs once in each project."""
        if self.href:
            return (place.path, "link", *Place.of(self.href).kind, self.ties)
        if self.role == "radio" and self.name in tabs:
            return (place.path, dict(place.about).get("project", ""), "tab", self.name)
        return (place.path, place.tab, self.role, self.label, self.ties)


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
    seen: set[tuple[str, ...]] = field(default_factory=set)
    """Sorts of places whose F5 and fields somebody has looked at."""
    pressed: set[tuple[str, ...]] = field(default_factory=set)
    """Buttons that somebody has pressed; menus, links and tabs everybody presses."""
