"""The report as a file: complete, escaped, in the language that was asked for, with nothing to fetch."""

import re
from html.parser import HTMLParser

import pytest
from sqlalchemy import Engine

from core.permissions import SYSTEM
from core.services import client_report
from core.services.quality import reporting
from core.store.engine import transaction
from tests.clock import NOW
from tests.core.test_quality import LABELS, said
from tests.factories import a_lane, a_person, a_project, an_item
from ui.charts import FONT
from ui.insight import report_content, report_html
from ui.insight.report_blocks import Report

HOSTILE = "<script>alert('x')</script>&\"'"


@pytest.fixture
def report(sqlite_store: Engine) -> client_report.ClientReport:
    with transaction() as session:
        project = a_project(session, "here", task="classification", settings=LABELS, overlap=2)
        project.title = {"en": HOSTILE, "zh": HOSTILE}
        people = [a_person(session, f"{HOSTILE} {n}") for n in range(2)]
        lane = a_lane(session, project, batch=HOSTILE)
        for label in "aab":
            item = an_item(session, project, settings=LABELS, lane=lane, lang="zh-Hans")
            for person in people:
                said(session, item, person, label)
        session.flush()
        found = reporting.assess(session, SYSTEM, "here")
        return client_report.client_report(session, SYSTEM, found, now=NOW)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in ("meta", "line", "circle", "rect"):
            self.open.append(tag)
        assert not {name for name, _value in attrs} & {"src", "href", "onload", "onclick"}, "nothing to fetch or run"

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_text_is_markup_and_every_tag_is_closed(report: client_report.ClientReport, language: str) -> None:
    page = report_html.page(report_content.written(report, language))
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert "script" not in tags.seen
    assert page.count("&lt;script&gt;") >= 3, "the title, twice, and the batch"
    assert "url(" not in page
    assert "http" not in page


def test_it_speaks_the_language_that_is_asked_for(report: client_report.ClientReport) -> None:
    english, chinese = (report_content.written(report, code) for code in ("en", "zh"))
    assert "Items labelled" in report_html.page(english)
    assert 'lang="zh-Hans"' in report_html.page(chinese)
    assert "中文" in report_html.page(chinese)
    assert len(re.findall(r"[\u4e00-\u9fff]", _said(english))) == 0
    assert len(english.blocks) == len(chinese.blocks)


def _said(report: Report) -> str:
    return repr([block for block in report.blocks if block])


def test_figures_come_with_their_ranges_and_limits(report: client_report.ClientReport) -> None:
    page = report_html.page(report_content.written(report, "en"))
    for part in (
        "1.00 (",
        "Each item was answered by 2 annotators",
        "all answers agree: 3 (100%)",
        "There are no gold items",
    ):
        assert part in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_set_in_the_faces_of_the_pages(report: client_report.ClientReport, language: str) -> None:
    page = report_html.page(report_content.written(report, language))
    assert re.findall(r"font(?:-family)?: [^;]*sans-serif", page) == [f"font-family: {FONT}"]
