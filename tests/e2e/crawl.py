"""Walks through the product as one person: clicks everything that can be clicked, and looks at what each click did.

A *place* is a page as its address names it. On each place the walk presses every control once, newcomers among them; a
click that leads to another place is followed there, and undone by the back button. What a test expects is data: see `Known`.
"""

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Download, Locator, Page, TimeoutError as TooSlow

from tests.e2e.crawl_scripts import AT_REST, CONTROLS, FOUND, LOOK, OVER
from tests.e2e.places import Control, Known, Place

TYPED = "typed-here"
MOST = 120
"""Controls of one place; more, and the walk runs in circles."""
CLOSING = ("×", "Cancel")
QUIET_MS, SETTLED_MS = 100, 500
"""Nothing has moved for so long, and the desk has painted an item long enough ago to take a click for it."""
_TEXTS = "input[type=text], input[type=email], textarea"
FIELDS = f"[data-testid=stMain] :is({_TEXTS}):not([role=combobox], [readonly]):visible:enabled"
STREAMLITS_OWN = tuple(
    f"[data-testid={name}]"
    for name in (
        "stElementToolbar",
        "stHeader",
        "stSidebarHeader",
        "stDataFrame",
        "stTooltipIcon",
        "stNumberInput",
        "stFileUploader",
        "stSelectbox",
        "stMultiSelect",
        "stDateInput",
        "stTextInput",
    )
)
"""Buttons inside Streamlit's own controls; ours is what the control changes."""


class Walk:
    """One person's walk; `faults` is what was wrong, in the order in which it was met."""

    def __init__(self, page: Page, known: Known) -> None:
        self.page, self.known = page, known
        self.faults: list[str] = []
        self.pressed: set[tuple[str, ...]] = set()
        self.never: dict[tuple[str, ...], str] = {}
        self.explored: set[tuple[str, ...]] = set()
        self.downloads: list[Download] = []
        self.clicks = 0
        self._before: set[str] = set()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self._hear(str(error)))
        page.on("download", self._receive)

    # What is there

    @property
    def here(self) -> Place:
        return Place.of(self.page.url)

    def rest(self) -> None:
        try:
            self.page.wait_for_function(AT_REST, arg=[QUIET_MS, SETTLED_MS], timeout=15_000)
        except TooSlow:
            self._fault("does not come to rest")
        if self._lacks_project():  # the browser fills it in by itself, a moment after the page is drawn
            with suppress(TooSlow):
                self.page.wait_for_url(lambda url: "project" in dict(Place.of(url).about), timeout=5_000)

    def _lacks_project(self) -> bool:
        path, about = self.here.path, dict(self.here.about)
        if path not in self.known.of_project or "project" in about:
            return False
        without = self.known.of_project[path]
        return not (without and self.page.locator(f"[data-testid=stMain] {without}").count())

    def controls(self) -> list[Control]:
        found = [Control(**one) for one in self.page.evaluate(CONTROLS, [FOUND, ", ".join(STREAMLITS_OWN)])]
        over = [one for one in found if one.ties == "over"]
        return over or found

    def heading(self) -> str:
        found = self.page.locator("[data-testid=stMain] h1:visible, .touchstone-desk h1")
        return found.first.inner_text() if found.count() else ""

    def _fault(self, what: str, where: Place | None = None) -> None:
        self.faults.append(f"{where or self.here}: {what}")

    def _listen(self, said: ConsoleMessage) -> None:
        looks_for_its_server = urlsplit(said.location["url"]).path.endswith(("/_stcore/health", "/_stcore/host-config"))
        if said.type == "error" and not looks_for_its_server:  # Streamlit, below each address in turn
            self._hear(f"{said.text} {said.location['url']}")

    def _receive(self, file: Download) -> None:
        self.downloads.append(file)

    def _hear(self, text: str) -> None:
        self._fault(f"console: {text[:200]}")

    # Walking

    def everything(self) -> None:
        """From where sign-in has led, through the whole menu."""
        self.rest()
        self.explore(menu=True)

    def never_enabled(self) -> set[str]:
        return {name for key, name in self.never.items() if key not in self.pressed | self.known.pressed}

    def explore(self, menu: bool = False) -> None:
        """Everything on this page and what it leads to; ends where it began."""
        start, place = self.page.url, self.here
        self.explored.add(place.kind)
        self._inspect(place)
        first = place.sort not in self.known.seen
        self.known.seen.add(place.sort)
        if first:
            self._reload(place)
        self._type(place, first=first)
        for _ in range(MOST):
            if (control := self._next(place, menu=menu)) is not None:
                self._mark(control, place)
                self._press(control, place)
                if self.page.url != start:
                    start = self._return(start, place, control)
            elif not self._close():
                return
        self._fault(f"more than {MOST} controls")

    def _mark(self, control: Control, place: Place) -> None:
        key = control.key(place, self.known.tabs)
        self.pressed.add(key)
        if control.role not in ("link", "radio", "tab"):
            self.known.pressed.add(key)

    def _unmark(self, control: Control, place: Place) -> None:
        key = control.key(place, self.known.tabs)
        self.pressed.discard(key)
        self.known.pressed.discard(key)

    def _close(self) -> bool:
        """What lies over the page goes by Escape; False where nothing does."""
        if not self.page.locator(OVER).count():
            return False
        self.page.keyboard.press("Escape")
        self.rest()
        if self.page.locator(OVER).count():
            self._fault("Escape closes nothing")
            return False
        return True

    def _next(self, place: Place, *, menu: bool) -> Control | None:
        """Links before what may change the workspace."""
        found = [one for one in self.controls() if (menu or one.ties != "menu") and one.name not in self.known.left]
        for one in found:
            if one.disabled:
                self.never.setdefault(one.key(place, self.known.tabs), one.name)
        old, self._before = self._before, {one.name for one in found}
        done = self.pressed | self.known.pressed
        free = [one for one in found if not (one.disabled or one.chosen or one.key(place, self.known.tabs) in done)]
        order = {"link": 0, "radio": 1}
        return min(
            free,
            key=lambda one: (
                one.ties == "over" and one.name in CLOSING,
                one.name in old,
                order.get(one.role, 2),
                one.n,
            ),
            default=None,
        )

    def _press(self, control: Control, place: Place) -> None:
        if control.ties == "over":
            for empty in self.page.locator(f"{OVER} :is(textarea, input[type=text]):visible:enabled").all():
                if not empty.input_value():
                    empty.fill(TYPED)
        before, url, files = self.page.evaluate(LOOK), self.page.url, len(self.downloads)
        self.clicks += 1
        try:
            self.page.locator(f'[data-walk="{control.n}"]').first.click(timeout=5_000)
        except TooSlow as error:
            if self.page.locator(f'[data-walk="{control.n}"]').count():
                words = " ".join(str(error).split())[-400:]
                self._fault(f"{control.role} “{control.name}” cannot be clicked: {words}", place)
            else:  # it belonged to the page before, which was still fading: where it does stand it is met again
                self._unmark(control, place)
            return
        self.rest()
        self._check_errors(f"after {control.role} “{control.name}”", place)
        if self.here != place:
            self._arrive(control, place)
        elif control.name not in self.known.quiet and not self._changed(before, url, files):
            self._fault(f"{control.role} “{control.name}” does nothing", place)

    def _changed(self, before: str, url: str, files: int) -> bool:
        if url != self.page.url or before != self.page.evaluate(LOOK):
            return True
        if files == len(self.downloads):
            self.page.wait_for_timeout(1_000)  # a file may be longer in coming than the page is at rest
        return files < len(self.downloads)

    def _arrive(self, control: Control, place: Place) -> None:
        """Where the address and the words of the link say; then on from there."""
        there = self.here
        if control.href and Place.of(control.href).path not in ("", there.path):
            self._fault(f"“{control.name}” leads to {there}, and says {control.href}", place)
        said = control.label
        leads, name = self.known.leads, control.name.partition(" · ")[0]
        wanted = leads.get(f"{place.path}: {said}", leads.get(said, name))
        names = f"{self.heading()} {self.page.title()}"
        if control.role == "link" and wanted not in names:
            self._fault(f"“{control.name}” leads to “{names}”", place)
        if there.kind not in self.explored:
            self.explore()

    def _return(self, start: str, place: Place, control: Control) -> str:
        self.page.go_back()
        self.rest()
        if self.here == place:
            return self.page.url
        self._fault(f"from “{control.name}” the back button leads to {self.here}", place)
        self.page.goto(start)
        self.rest()
        return self.page.url

    # Looking

    def _check_errors(self, when: str, place: Place) -> None:
        if self.page.locator("[data-testid=stException]").count():
            self._fault(f"{when}: an exception", place)
        for words in ("Something went wrong", "Page not found", "not open to your role"):
            if self.page.get_by_text(words).locator("visible=true").count():
                self._fault(f"{when}: “{words}”", place)

    def _inspect(self, place: Place) -> None:
        self._check_errors("on arrival", place)
        name = self.known.titles.get(place.path, "")
        if not self.page.title().startswith(name) or not self.page.title().endswith("Touchstone"):
            self._fault(f"the tab is called “{self.page.title()}”, the page “{name}”", place)
        if not self.heading():
            self._fault("no heading", place)
        if self._lacks_project():
            self._fault(f"the address {self.page.url} does not say which project", place)

    def _state(self) -> tuple[Any, ...]:
        return (self.page.url, self.heading(), [(c.role, c.name) for c in self.controls() if c.chosen])

    def _reload(self, place: Place) -> None:
        before = self._state()
        self.page.reload()
        self.rest()
        if (after := self._state()) != before:
            self._fault(f"F5 changes {before} to {after}", place)

    def _fields(self) -> Locator:
        return self.page.locator(FIELDS)

    def _type(self, place: Place, *, first: bool) -> None:
        """What is typed into each field outlives a rerun that another control causes, and F5 where drafts are kept."""
        if not (fields := self._fields()).count():
            return
        url = self.page.url
        for field_ in fields.all():
            field_.fill(TYPED)
            field_.press("Tab")
        self.rest()
        if first:
            self._outlives(place)
        for _ in range(5):
            if self.page.url == url:
                return
            self.page.go_back()
            self.rest()
        self._fault(f"the back button does not lead from what was typed to {url}", place)

    def _outlives(self, place: Place) -> None:
        for language in ("简体中文", "English"):
            self.page.locator("[data-testid=stSidebar]").get_by_role("radio", name=language).click()
            self.rest()
        self._compare("another control", place)
        if (place.path, place.tab) in self.known.drafts:
            self.page.reload()
            self.rest()
            self._compare("F5", place)

    def _compare(self, cause: str, place: Place) -> None:
        for field_ in self._fields().all():
            if (text := field_.input_value()) != TYPED:
                name = field_.get_attribute("aria-label") or field_.get_attribute("placeholder")
                self._fault(f"{cause} changes “{name}” to “{text}”", place)
