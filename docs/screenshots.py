"""Draws docs/screenshots/: every page in both languages, on the demo workspace, in a real browser. Run by bin/screenshots."""

import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import delete
from sqlmodel import col, select

from core.config import ROOT
from core.permissions import SYSTEM
from core.services import demo, people
from core.services.demo_cast import LEAD
from core.store import schema
from core.store.engine import transaction
from core.store.tables import Desk, Person, core
from tests.e2e.conftest import Server, settled, sign_in

OUT = ROOT / "docs" / "screenshots"
ANNOTATOR = "Lee Shu Fen"
REVIEWER = "Chua Jia Hui"
Size = tuple[int, int]
WIDE, PHONE = (1280, 800), (390, 844)
SIZES: tuple[Size, ...] = ((320, 568), (390, 664), (720, 450), WIDE)
"""A small phone, a phone, a laptop at 200 % zoom, a laptop."""


@dataclass(frozen=True)
class Shot:
    """One page as one person sees it; at several sizes, these stand side by side."""

    name: str
    path: str
    who: str | None = LEAD
    sizes: tuple[Size, ...] = (WIDE,)
    dark: bool = False


COMPARE, LABEL = "/compare?project=zh-en-preferences", "/label?project=answer-quality"
REVIEW = "/review?project=zh-en-preferences"
SHOTS = (
    Shot("sign-in", "/", None),
    Shot("compare", COMPARE, ANNOTATOR),
    Shot("compare-dark", COMPARE, ANNOTATOR, dark=True),
    Shot("compare-phone", COMPARE, ANNOTATOR, (PHONE,)),
    Shot("label", LABEL, ANNOTATOR),
    Shot("my-work", "/work", ANNOTATOR),
    Shot("my-quality", "/quality", ANNOTATOR),
    Shot("review", REVIEW, REVIEWER),
    Shot("review-dark", REVIEW, REVIEWER, dark=True),
    Shot("review-phone", REVIEW, REVIEWER, (PHONE,)),
    Shot("today", "/today"),
    Shot("progress", "/progress?project=zh-en-preferences"),
    *(
        Shot(page, f"/{page}?project=zh-en-preferences")
        for page in ("overview", "report", "agreement", "annotators", "items", "models", "bias", "judges")
    ),
    Shot("stopping", "/stopping?project=message-triage"),
    Shot("projects", "/projects"),
    Shot("project-new", "/projects?new=gallery"),
    *(
        Shot(f"project-{tab}", f"/projects?project={slug}&tab={tab}")
        for tab, slug in (
            ("overview", "ideal-answers"),
            ("rubric", "bank-intents"),
            ("guidelines", "bank-intents"),
            ("people", "bank-intents"),
            ("policy", "bank-intents"),
            ("queue", "zh-en-preferences"),
            ("pilot", "bank-intents"),
            ("close", "zh-en-preferences"),
        )
    ),
    Shot("import", "/import?project=ideal-answers"),
    Shot("export", "/export?project=zh-en-preferences"),
    Shot("people", "/people"),
    Shot("account", "/account"),
    Shot("sizes-compare", COMPARE, ANNOTATOR, SIZES),
    Shot("sizes-label", LABEL, ANNOTATOR, SIZES),
    Shot("sizes-my-work", "/work", ANNOTATOR, SIZES),
    Shot("sizes-review", REVIEW, REVIEWER, SIZES),
    Shot("sizes-today", "/today", sizes=SIZES),
    Shot("sizes-overview", "/overview?project=zh-en-preferences", sizes=SIZES),
    Shot("sizes-project", "/projects?project=bank-intents&tab=rubric", sizes=SIZES),
    Shot("sizes-export", "/export?project=zh-en-preferences", sizes=SIZES),
)


@contextmanager
def demo_server(folder: Path) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server of its own on a fresh demo workspace, with everybody's password."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", f"sqlite:///{folder / 'touchstone.db'}", folder, folder / "server.log")
    schema.upgrade(server.engine)
    with transaction(server.engine) as session:
        now = datetime.now(UTC)
        people.add(session, SYSTEM, now=now, name="Ada", role="admin", password=secrets.token_urlsafe())
        report = demo.load(session, SYSTEM, now=now, rng=Random(5))
    server.start()
    try:
        yield server, dict(report.passwords)
    finally:
        server.stop()


def speak(server: Server, language: str) -> None:
    with transaction(server.engine) as session:
        for person in session.scalars(select(Person).where(col(Person.name).in_([LEAD, ANNOTATOR, REVIEWER]))):
            person.language = language
        session.execute(delete(core(Desk)))  # nobody is left sitting at the desk of the round before


def draw(browser: Browser, server: Server, passwords: dict[str, str], language: str, shots: tuple[Shot, ...]) -> None:
    speak(server, language)
    (OUT / language).mkdir(parents=True, exist_ok=True)
    for who in dict.fromkeys(shot.who for shot in shots):
        context = browser.new_context(
            base_url=server.url, locale={"en": "en-SG", "zh": "zh-SG"}[language], timezone_id="Asia/Singapore"
        )
        page = context.new_page()
        if who is not None:
            sign_in(page, who, passwords[who])
        for shot in (each for each in shots if each.who == who):
            take(page, shot, OUT / language / f"{shot.name}.jpg")
        context.close()


def take(page: Page, shot: Shot, to: Path) -> None:
    page.emulate_media(color_scheme="dark" if shot.dark else "light")
    _resize(page, shot.sizes[0])
    page.goto(shot.path)
    settled(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_function("() => !document.querySelector('[data-testid=\"stSkeleton\"]')")
    pictures = []
    for size in shot.sizes:
        _resize(page, size)
        page.wait_for_timeout(1500)  # charts and the desk draw after the script has settled
        pictures.append(Image.open(BytesIO(page.screenshot())))
    side_by_side(pictures).save(to, quality=82)
    print(to.relative_to(ROOT))


def _resize(page: Page, size: Size) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


def side_by_side(pictures: list[Image.Image], gap: int = 24) -> Image.Image:
    """From the left, on grey, top edges level; gap in pixels. One picture stays as it is."""
    width = sum(picture.width for picture in pictures) + gap * (len(pictures) - 1)
    sheet = Image.new("RGB", (width, max(picture.height for picture in pictures)), "#9aa0a6")
    left = 0
    for picture in pictures:
        sheet.paste(picture.convert("RGB"), (left, 0))
        left += picture.width + gap
    return sheet


def main(names: list[str]) -> None:
    shots = tuple(shot for shot in SHOTS if not names or shot.name in names)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with demo_server(Path(folder)) as (server, passwords):
            for language in ("en", "zh"):
                draw(browser, server, passwords, language, shots)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
