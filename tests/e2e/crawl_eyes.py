"""The eyes of the walk of `crawl.py`: they wait until a page is at rest and take in all of it at once."""

from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Download, Page, TimeoutError as TooSlow

from tests.e2e.crawl_scripts import AT_REST, FOUND, SEEN, TAKES_CLICKS
from tests.e2e.places import Known, Place, Sight

QUIET_MS, POLL_MS = 60, 25
"""Nothing has come, gone or moved for so long; looked at so often: at every frame costs a fifth of a core."""
DESK_MS = 450
"""The desk takes no click for an item that it painted less long ago."""
STREAMLITS_OWN = "[data-testid=stTooltipIcon]:not(:has([data-testid^=stBaseButton])), " + ", ".join(
    f"[data-testid={name}]"
    for name in (
        "stElementToolbar",
        "stHeader",
        "stSidebarHeader",
        "stCodeCopyButton",
        "stNumberInput",
        "stFileUploader",
        "stSelectbox",
        "stMultiSelect",
        "stDateInput",
        "stTextInput",
    )
)
"""Buttons inside Streamlit's own controls; ours is what the control changes. A button of ours with a help text has it around."""


class Eyes:
    """What is seen of the page, as of the last rest; `tell` hears what the browser complains of."""

    sight: Sight

    def __init__(self, page: Page, known: Known, tell: Callable[[str], None]) -> None:
        self.page, self.known, self.tell = page, known, tell
        self.downloads: list[Download] = []
        page.on("console", self._listen)
        page.on("pageerror", lambda error: tell(f"console: {str(error)[:200]}"))
        page.on("download", self._receive)

    def _listen(self, said: ConsoleMessage) -> None:
        looks_for_its_server = urlsplit(said.location["url"]).path.endswith(("/_stcore/health", "/_stcore/host-config"))
        if said.type == "error" and not looks_for_its_server:  # Streamlit, below each address in turn
            self.tell(f"console: {said.text[:200]} {said.location['url']}")

    def _receive(self, file: Download) -> None:
        self.downloads.append(file)

    @property
    def here(self) -> Place:
        return self.sight.place

    def rest(self) -> None:
        self._rest()
        if self.lacks_project():  # the browser fills it in by itself, a moment after the page is drawn
            with suppress(TooSlow):
                self.page.wait_for_url(lambda url: "project" in dict(Place.of(url).about), timeout=5_000)
            self._rest()

    def _rest(self) -> None:
        try:
            arg = [QUIET_MS, FOUND, STREAMLITS_OWN]
            found = self.page.wait_for_function(AT_REST, arg=arg, polling=POLL_MS, timeout=20_000)
            self.sight = Sight.of(found.json_value())
        except TooSlow:
            self.sight = Sight.of(self.page.evaluate(SEEN, [FOUND, STREAMLITS_OWN]))
            self.tell("does not come to rest")

    def wait_for_desk(self) -> None:
        self.page.wait_for_function(TAKES_CLICKS, arg=DESK_MS)

    def lacks_project(self) -> bool:
        path, about = self.here.path, dict(self.here.about)
        if path not in self.known.of_project or "project" in about:
            return False
        without = self.known.of_project[path]
        return not (without and self.page.locator(f"[data-testid=stMain] {without}").count())
