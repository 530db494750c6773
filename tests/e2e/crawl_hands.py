"""The hands of the walk of `crawl.py`: they press, choose from lists, tick rows and fill fields, as people do."""

from contextlib import suppress

from playwright.sync_api import FileChooser, Locator, Page, TimeoutError as TooSlow

from tests.e2e.crawl_scripts import ASKED, OVER
from tests.e2e.places import Control, Known, Place

TYPED = "typed-here"
_TEXTS = "input[type=text], input[type=email], textarea"
FIELDS = f"[data-testid=stMain] :is({_TEXTS}):not([role=combobox], [readonly]):visible:enabled"
LISTED = "[role=option]"
OTHERS = f"{LISTED}[aria-selected=false]:not([data-key=__select_all__])"
ROW, TICK, CELL = 33, 16, 120
"""Height of a table's row, and how far from the left its tick and its first cell are, in pixels."""


class Hands:
    def __init__(self, page: Page, known: Known) -> None:
        self.page, self.known = page, known
        page.on("filechooser", self._give)

    def _give(self, chooser: FileChooser) -> None:
        if self.known.file:
            chooser.set_files(self.known.file)

    def find(self, control: Control) -> Locator:
        return self.page.locator(f'[data-walk="{control.n}"]').first

    def press(self, control: Control, place: Place) -> str:
        """What was pressed, in its own words: of a list, the option."""
        there = self.find(control)
        if control.role == "list":
            return self._choose(there)
        if control.role in ("tick", "cell"):
            self._touch(there, TICK if control.role == "tick" else CELL, self.known.rows.get(place.path, ""))
        else:
            there.click(timeout=5_000)
        return control.name

    def _choose(self, box: Locator) -> str:
        self._open(box)
        others = self.page.locator(OTHERS)
        option = others.first.inner_text() if others.count() else box.input_value()
        if others.count():
            others.first.click(timeout=5_000)
        with suppress(TooSlow):  # of several the list stays open, as it does where there is nothing else
            self.page.locator(LISTED).first.wait_for(state="hidden", timeout=300)
        if self.page.locator(LISTED).count():
            box.press("Escape")
            self.page.locator(LISTED).first.wait_for(state="hidden", timeout=5_000)
        return option

    def _open(self, box: Locator) -> None:
        """One that is open shuts when something above it takes its place: so look again, as people do."""
        for patience in (1_000, 2_000, 5_000):
            box.click(timeout=5_000)
            with suppress(TooSlow):
                self.page.locator(LISTED).first.wait_for(timeout=patience)
                return
        raise TooSlow("the list does not open")

    def _touch(self, table: Locator, x: int, words: str) -> None:
        """Streamlit tells the server of it a moment later, and only then."""
        at = {"x": x, "y": ROW * (self._row(table, words) + 1.5)}
        since = self.page.evaluate("performance.now()")
        table.locator(".dvn-scroller").first.click(position=at, timeout=5_000)
        self.page.wait_for_function(ASKED, arg=since, polling=25, timeout=5_000)

    def _row(self, table: Locator, words: str) -> int:
        rows = table.locator("tbody tr")
        rows.first.wait_for(state="attached", timeout=5_000)  # drawn on a canvas, a moment after the rest
        return next((n for n, row in enumerate(rows.all_text_contents()) if words in row), 0)

    def fields(self) -> Locator:
        return self.page.locator(FIELDS)

    def fill_over(self) -> bool:
        """Empty fields of a dialog."""
        found = self.page.locator(f"{OVER} :is({_TEXTS}):not([role=combobox]):visible:enabled").all()
        return bool([self._fill(empty, TYPED) for empty in found if not empty.input_value()])

    def confirm(self, words: str, wanted: str) -> bool:
        """The field that asks to be sure gets what it asks for."""
        found = self.page.get_by_label(words).locator("visible=true")
        return bool([self._fill(one, wanted) for one in found.all() if one.input_value() != wanted])

    def _fill(self, there: Locator, text: str) -> None:
        there.fill(text)
        there.press("Tab")
