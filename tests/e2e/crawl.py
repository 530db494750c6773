"""Walks through the product as one person: clicks everything that can be clicked, and looks at what each click did.

A *place* is a page as its address names it. On each place the walk presses every control once, newcomers among them; a
click that leads to another place is followed there, and undone by the back button. What a test expects is data: see `Known`.
"""

from typing import Any

from playwright.sync_api import Page, TimeoutError as TooSlow

from tests.e2e.crawl_eyes import Eyes
from tests.e2e.crawl_hands import TYPED, Hands
from tests.e2e.places import Control, Known, Place, Sight

MOST = 120
"""Controls of one place; more, and the walk runs in circles."""
CLOSING = ("×", "Cancel", "Close")
ORDER = {"link": 0, "radio": 1, "list": 3}
"""Links before what may change the workspace, and lists last: they narrow what is seen."""
TROUBLE = ("Something went wrong", "Page not found", "not open to your role")


class Walk:
    """One person's walk; `faults` is what was wrong, in the order in which it was met."""

    def __init__(self, page: Page, known: Known) -> None:
        self.page, self.known = page, known
        self.faults: list[str] = []
        self.eyes, self.hands = Eyes(page, known, self._fault), Hands(page, known)
        self.pressed: set[tuple[str, ...]] = set()
        self.never: dict[tuple[str, ...], str] = {}
        self.explored: set[tuple[str, ...]] = set()
        self.sorts: set[tuple[str, ...]] = set()
        self.clicks = 0
        self._before: set[str] = set()

    @property
    def sight(self) -> Sight:
        return self.eyes.sight

    def _fault(self, what: str, where: Place | None = None) -> None:
        self.faults.append(f"{where or Place.of(self.page.url)}: {what}")

    # Walking

    def everything(self) -> None:
        """From where sign-in has led, through the whole menu."""
        self.eyes.rest()
        self.explore(menu=True)

    def page_of_menu(self, name: str) -> None:
        """This entry of the menu only."""
        self.eyes.rest()
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
        self.eyes.rest()
        self.explore()

    def never_enabled(self) -> set[str]:
        return {name for key, name in self.never.items() if key not in self.pressed}

    def explore(self, menu: bool = False) -> None:
        """Everything on this page and what it leads to; ends where it began."""
        start, place = self.page.url, self.eyes.here
        self.explored.add(place.kind)
        self._inspect(place)
        if first := place.sort not in self.sorts:
            self.sorts.add(place.sort)
            self._type(place)
        untouched, steps = self._kept(), 0
        for _ in range(MOST):
            self._fill(place)
            untouched = untouched if steps or self.sight.covered else self._kept()
            if (control := self._next(place, menu=menu)) is not None:
                self._press(control, place)
                if self.page.url != start:
                    stays = control.role == "list" and self.eyes.here == place
                    start, steps = (self.page.url, steps + 1) if stays else (self._return(start, place, control), steps)
            elif self._close():
                continue
            elif first or steps:
                self._reload(place)
                self._undo(place, steps, untouched)
                start, first, steps = self.page.url, False, 0
            else:
                return
        self._fault(f"more than {MOST} controls")

    def _next(self, place: Place, *, menu: bool) -> Control | None:
        """Links before what may change the workspace; what has only just come before what stood there."""
        found = [one for one in self.known.clickable(self.sight.controls) if menu or one.ties != "menu"]
        for one in found:
            if one.disabled:
                self.never.setdefault(self.known.key(one, place), one.name)
        old, self._before = self._before, {one.name for one in found}
        free = [one for one in found if not (one.disabled or one.chosen or self.known.key(one, place) in self.pressed)]
        return min(
            free,
            key=lambda one: (
                one.ties == "over" and one.name in CLOSING,
                one.name in self.known.last,
                one.name in old,
                ORDER.get(one.role, 2),
                one.n,
            ),
            default=None,
        )

    def _press(self, control: Control, place: Place) -> None:
        key = self.known.key(control, place)
        self.pressed.add(key)
        before, files = self.sight, len(self.eyes.downloads)
        self.clicks += 1
        if control.desk:
            self.eyes.wait_for_desk()
        try:
            said = self.hands.press(control, place)
        except TooSlow as error:
            if self.hands.find(control).count():
                words = " ".join(str(error).split())[-400:]
                self._fault(f"{control.role} “{control.name}” cannot be clicked: {words}", place)
            else:  # it belonged to the page before, which was still fading: where it does stand it is met again
                self.pressed.discard(key)
            self.eyes.rest()
            return
        self.eyes.rest()
        self._check_errors(f"after {control.role} “{control.name}”", place)
        if self.eyes.here != place:
            self._arrive(control, place, said)
        elif control.role == "list":
            self._check_list(control, place, said)
        elif control.name not in self.known.quiet and not self._changes(control, before, files):
            self._fault(f"{control.role} “{control.name}” does nothing", place)

    def _changes(self, control: Control, before: Sight, files: int) -> bool:
        """The desk takes no click while an item is still arriving, so that one is given once more, as people do."""
        if self._changed(before, files):
            return True
        if control.desk and self.hands.find(control).count():
            self.eyes.wait_for_desk()
            self.hands.find(control).click()
            self.eyes.rest()
        return self._changed(before, files)

    def _changed(self, before: Sight, files: int) -> bool:
        if (before.url, before.look) != (self.sight.url, self.sight.look):
            return True
        if files == len(self.eyes.downloads):
            self.page.wait_for_timeout(1_000)  # a file may be longer in coming than the page is at rest
        return files < len(self.eyes.downloads)

    def _arrive(self, control: Control, place: Place, said: str) -> None:
        """Where the address and the words of the link say; then on from there."""
        there = self.eyes.here
        if control.href and Place.of(control.href).path not in ("", there.path):
            self._fault(f"“{control.name}” leads to {there}, and says {control.href}", place)
        leads, name = self.known.leads, said.partition(" · ")[0]
        wanted = leads.get(f"{place.path}: {control.label}", leads.get(control.label, name))
        names = f"{self.sight.heading} {self.sight.title}"
        if control.role in ("link", "list") and wanted not in names:
            self._fault(f"{control.role} “{control.name}” leads to “{names}”, and says “{wanted}”", place)
        if there.kind not in self.explored:
            self.explore()

    def _return(self, start: str, place: Place, control: Control) -> str:
        self.page.go_back()
        self.eyes.rest()
        if self.eyes.here == place:
            return self.page.url
        self._fault(f"from “{control.name}” the back button leads to {self.eyes.here}", place)
        self.page.goto(start)
        self.eyes.rest()
        return self.page.url

    def _close(self) -> bool:
        """What lies over the page goes by Escape; False where nothing does."""
        if not self.sight.covered:
            return False
        self.page.keyboard.press("Escape")
        self.eyes.rest()
        if self.sight.covered:
            self._fault("Escape closes nothing")
            return False
        return True

    # Looking

    def _check_errors(self, when: str, place: Place) -> None:
        if self.sight.failed:
            self._fault(f"{when}: an exception", place)
        for words in TROUBLE:
            if words in self.sight.text:
                self._fault(f"{when}: “{words}”", place)

    def _inspect(self, place: Place) -> None:
        self._check_errors("on arrival", place)
        name, title = self.known.titles.get(place.path, ""), self.sight.title
        if not title.startswith(name) or not title.endswith("Touchstone"):
            self._fault(f"the tab is called “{title}”, the page “{name}”", place)
        if not self.sight.heading:
            self._fault("no heading", place)
        if self.eyes.lacks_project():
            self._fault(f"the address {self.page.url} does not say which project", place)

    def _check_list(self, control: Control, place: Place, said: str) -> None:
        key = self.known.key(control, place)
        shown = [one.value for one in self.sight.controls if self.known.key(one, place) == key]
        if shown and said not in shown[0]:
            self._fault(f"“{said}” was chosen, and {control.name} shows “{shown[0]}”", place)

    def _kept(self) -> tuple[Any, ...]:
        return self.sight.kept(self.known.forgotten)

    def _reload(self, place: Place) -> None:
        before = self._kept()
        self.page.reload()
        self.eyes.rest()
        if (after := self._kept()) != before:
            self._fault(f"F5 changes {before} to {after}", place)

    def _undo(self, place: Place, steps: int, untouched: tuple[Any, ...]) -> None:
        """What was chosen from lists goes by the back button, one by one."""
        for _ in range(steps):
            self.page.go_back()
            self.eyes.rest()
        if steps and self._kept() != untouched:
            self._fault(f"{steps} steps back lead to {self._kept()}, not to {untouched}", place)

    # Filling in

    def _fill(self, place: Place) -> None:
        """What a dialog asks for, and what is to be typed by who is sure."""
        filled = self.sight.covered and self.hands.fill_over()
        about = dict(place.about)
        for words, part in self.known.confirmed.items():
            if words in self.sight.text and part in about:
                filled |= self.hands.confirm(words, about[part])
        if filled:
            self.eyes.rest()

    def _type(self, place: Place) -> None:
        """What is typed into each field outlives a rerun that another control causes, and F5 where drafts are kept."""
        if not (fields := self.hands.fields().all()):
            return
        url = self.page.url
        for field_ in fields:
            field_.fill(TYPED)
            field_.press("Tab")
        self.eyes.rest()
        self._outlives(place)
        for _ in range(5):
            if self.page.url == url:
                return
            self.page.go_back()
            self.eyes.rest()
        self._fault(f"the back button does not lead from what was typed to {url}", place)

    def _outlives(self, place: Place) -> None:
        for language in ("简体中文", "English"):
            self.page.locator("[data-testid=stSidebar]").get_by_role("radio", name=language).click()
            self.eyes.rest()
        self._compare("another control", place)
        if (place.path, place.tab) in self.known.drafts:
            self.page.reload()
            self.eyes.rest()
            self._compare("F5", place)

    def _compare(self, cause: str, place: Place) -> None:
        for field_ in self.hands.fields().all():
            if (text := field_.input_value()) != TYPED:
                name = field_.get_attribute("aria-label") or field_.get_attribute("placeholder")
                self._fault(f"{cause} changes “{name}” to “{text}”", place)
