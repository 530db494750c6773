"""Rules that no linter knows: where pages lie, where state lives, what never happens inside a transaction."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from cli.main import app as commands
from tests.clock import REAL_TIME

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("app.py", "frame.py", "manage.py", "api", "cli", "core", "pages", "ui")
RAISES_TO_STREAMLIT = {"rerun", "stop", "switch_page"}
Found = Iterator[ast.AST]
A_DATE_FORMAT = re.compile(r"%-[dm]|%[YyBbH](?![a-z])")
DATE_FORMATS = {
    "ui/figures.py": "the one place where people are told a date",
    "cli/show.py": "tables that commands print, in UTC",
    "cli/data.py": "dates as commands read them",
    "core/services/export_files.py": "the name of a zip, the same in every language",
}
ISO_DATES_ON_PAGES = {
    "ui/address.py": "a day in the address",
    "ui/charts.py": "days as Plotly reads them",
    "ui/insight/overview_charts.py": "days as Plotly reads them",
    "ui/insight/quality_charts.py": "days as Plotly reads them",
}


@lru_cache(maxsize=2)
def _parsed(places: tuple[str, ...]) -> dict[str, ast.Module]:
    paths = [
        path for name in places for path in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))
    ]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def _sources() -> dict[str, ast.Module]:
    return _parsed(PRODUCT)


def _places(
    rule: Callable[[ast.Module], Found], *, of: tuple[str, ...] = PRODUCT, but: tuple[str, ...] = ()
) -> list[str]:
    return [f"{name}:{node.lineno}" for name, tree in _parsed(of).items() if name not in but for node in rule(tree)]  # type: ignore[attr-defined]


def _attribute(tree: ast.AST, *names: str) -> Found:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in names)


# The rules ------------------------------------------------------------------------------------------------------------


def uses_session_state(tree: ast.Module) -> Found:
    yield from _attribute(tree, "session_state")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "session_state" for alias in node.names):
            yield node


def uses_query_params(tree: ast.Module) -> Found:
    return (
        node
        for node in _attribute(tree, "query_params")
        if isinstance(node, ast.Attribute) and _is_streamlit(node.value)
    )


CHOICES = {"date_input", "multiselect", "pills", "radio", "segmented_control", "selectbox", "slider", "tabs", "toggle"}
FORMS = {
    "ui/account.py": "a person's own languages, kept with the account",
    "ui/forms.py": "settings, kept as a draft until they are saved",
    "ui/people/invite.py": "an invitation",
    "ui/people/person.py": "a person's role and projects",
    "ui/project/people.py": "who joins a project, and as what",
    "ui/project/queue.py": "what is kept from whom",
    "ui/project/states.py": "what becomes of the pilot's answers",
    "ui/project/stopping.py": "the rule of adaptive overlap",
    "ui/project/withdrawn.py": "the items to withdraw",
    "ui/sidebar.py": "the language of the screens, kept with the account",
    "ui/sign_in.py": "the language before anybody is known",
    "ui/taking.py": "what a person takes on, kept with the account",
}
"""Where something is chosen that is done or kept, not shown."""


def draws_a_choice(tree: ast.Module) -> Found:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    for call in calls:
        owner = call.func.value  # type: ignore[attr-defined]
        if _name(call.func) in CHOICES and not (isinstance(owner, ast.Name) and owner.id == "address"):
            yield call


def writes_raw_html(tree: ast.Module) -> Found:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html")
    yield from (
        node for node in _attribute(tree, "html") if isinstance(node, ast.Attribute) and _is_streamlit(node.value)
    )


def _is_streamlit(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "st"


def leaves_a_transaction_by_streamlit(tree: ast.Module) -> Found:
    for node in ast.walk(tree):
        if isinstance(node, ast.With) and any(_opens_transaction(item.context_expr) for item in node.items):
            for inner in ast.walk(node):
                if (
                    isinstance(inner, ast.Call)
                    and _name(inner.func) in RAISES_TO_STREAMLIT
                    and _of_streamlit(inner.func)
                ):
                    yield inner


def _opens_transaction(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Call) and _name(expression.func) in {"transaction", "writing"}


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _of_streamlit(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) or (isinstance(function, ast.Attribute) and _is_streamlit(function.value))


MARKDOWN = {
    "button",
    "caption",
    "error",
    "expander",
    "info",
    "markdown",
    "metric",
    "page_link",
    "success",
    "toast",
    "warning",
    "write",
}
NAMES_OF_SOMEBODY = {"filename", "person", "slug"}
"""What variables are called that hold such a name; of a record these fields do, too."""
FIELDS_OF_SOMEBODY = NAMES_OF_SOMEBODY | {"by", "key", "name", "netloc", "title"}
NAMED_WITHOUT_MARKDOWN = {
    "ui/import_files.py": "an option of a select box",
    "ui/project/guideline_versions.py": "an option of a select box",
}


def names_in_markdown(tree: ast.Module) -> Found:
    """What somebody is called, put into a sentence or a control's words as it stands: `plain` makes it harmless."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        words = [keyword.value for keyword in call.keywords] if _name(call.func) == "format" else []
        if _name(call.func) in MARKDOWN and call.args and isinstance(call.args[0], ast.JoinedStr):
            words += [part.value for part in call.args[0].values if isinstance(part, ast.FormattedValue)]
        yield from (value for value in words if _is_given(value))


def _is_given(value: ast.expr) -> bool:
    if isinstance(value, ast.BoolOp):
        return any(map(_is_given, value.values))
    return _name(value) in (FIELDS_OF_SOMEBODY if isinstance(value, ast.Attribute) else NAMES_OF_SOMEBODY)


def draws_a_bare_heading(tree: ast.Module) -> Found:
    """Streamlit's own heading links to itself, and says nothing of its place among the others."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    yield from (call for call in calls if _name(call.func) in {"title", "header", "subheader"})


def runs_without_the_frame(tree: ast.Module) -> Found:
    """Fragments and dialogs run by themselves, with the actor of the run that made them."""
    parts = _attribute(tree, "fragment", "dialog")
    yield from (node for node in parts if isinstance(node, ast.Attribute) and _is_streamlit(node.value))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module == "streamlit"
            and node.names[0].name in {"fragment", "dialog"}
        ):
            yield node


def keeps_globals(tree: ast.Module) -> Found:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Global))


def reads_the_environment(tree: ast.Module) -> Found:
    yield from _attribute(tree, "environ", "getenv")
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and {a.name for a in node.names} & {"environ", "getenv"}
        ):
            yield node


def catches_everything(tree: ast.Module) -> Found:
    """`except Exception: pass` and its kin: an error that nobody ever hears of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and all(map(_says_nothing, node.body)):
            yield node


def _is_broad(kind: ast.expr | None) -> bool:
    return kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"})


def _says_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass | ast.Continue) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def reads_the_wall_clock(tree: ast.Module) -> Found:
    """However it is spelt: `datetime.now`, `dt.date.today`, `time.time`, or `from time import time`."""
    clocks = {
        "now": {"datetime"},
        "utcnow": {"datetime"},
        "today": {"date", "datetime"},
        "time": {"time"},
        "time_ns": {"time"},
    }
    for node in _attribute(tree, *clocks):
        if isinstance(node, ast.Attribute) and _name(node.value) in clocks[node.attr]:
            yield node
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "time" and {a.name for a in node.names} & clocks.keys():
            yield node


def formats_dates(tree: ast.Module) -> Found:
    """By strftime or babel, in a format string, a chart's template or a table's column; ISO 8601 is data, not words."""
    yield from _attribute(tree, "strftime", "DatetimeColumn", "DateColumn", "TimeColumn")
    for node in ast.walk(tree):
        if _imports_from(node, "babel.dates") or _is_text_of(node, A_DATE_FORMAT):
            yield node


def _imports_from(node: ast.AST, module: str) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == module


def _is_text_of(node: ast.AST, form: re.Pattern[str]) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(form.search(node.value))


def writes_iso_dates(tree: ast.Module) -> Found:
    return _attribute(tree, "isoformat")


def opens_an_address(tree: ast.AST) -> Found:
    """A browser test that goes elsewhere than to the first page, where people begin."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "goto":
            first = node.args[0] if node.args else None
            if not (isinstance(first, ast.Constant) and first.value == "/"):
                yield node
        elif isinstance(node, ast.Call) and _name(node.func) == "sign_in":
            yield from (keyword for keyword in node.keywords if keyword.arg == "path")


BY_ADDRESS = {
    "conftest.py:sign_in": "the address of a test of deep links, or the first page",
    "crawl.py:_return": "the walk goes on after a back button that led elsewhere, which is a fault and fails its test",
    "key_bench.py": "the desk alone, on a server that has no menu",
    "test_accessibility.py:test_pages_before_signing_in": "links of an invitation and of the set-up",
    "test_address.py": "another browser opens what the first one's address says",
    "test_desk.py": "the desk alone, on a server that has no menu",
    "test_desk_sizes.py": "the desk alone, on a server that has no menu",
    "test_insight_people.py:test_an_annotator_sees_their_own_quality_only": "an intruder types the address of a page",
    "test_insight_quality.py:test_the_report_comes_as_one_file_that_stands_alone": "the file that was downloaded",
    "test_sign_in.py:test_a_first_visitor_of_a_cold_server_sees_sign_in_at_every_address": "every address, by strangers",
    "test_sign_in.py:test_the_set_up_link_makes_the_first_admin_once": "the link on the console",
    "test_sign_in.py:test_a_deep_link_survives_sign_in": "a deep link",
    "test_sign_in.py:test_a_page_beyond_the_role_says_so": "somebody types the address of a page",
    "test_sign_in.py:test_an_invited_person_chooses_a_password_and_is_in": "the link of an invitation",
    "test_whole_road.py:accept": "the link of an invitation",
}
"""Where browser tests may open an address, and why; everywhere else they sign in and click, as people do."""


def _opened_by_address() -> set[str]:
    """Files and functions, with those that are declared as a whole file named by it."""
    found = set()
    for path, tree in _parsed(("tests/e2e",)).items():
        file = path.rpartition("/")[2]
        for part in tree.body:
            inner = part.body if isinstance(part, ast.ClassDef) else [part]
            for node in inner:
                if any(opens_an_address(node)):
                    found.add(file if file in BY_ADDRESS else f"{file}:{getattr(node, 'name', '')}")
    return found


# The product keeps them -----------------------------------------------------------------------------------------------


def test_pages_are_nested() -> None:
    """Streamlit runs a .py right in pages/ for a cold deep link, without the frame and its sign-in."""
    assert list((ROOT / "pages").glob("*.py")) == []


def test_page_files_have_names_of_their_own() -> None:
    names = [path.name for path in (ROOT / "pages").rglob("*.py") if path.name != "__init__.py"]
    assert sorted(names) == sorted(set(names))


def test_session_state_is_in_one_place() -> None:
    assert _places(uses_session_state, but=("ui/state.py",)) == []


def test_the_address_is_in_one_place() -> None:
    assert _places(uses_query_params, but=("ui/address.py",)) == []


def test_what_a_page_shows_is_chosen_in_its_address() -> None:
    assert _places(draws_a_choice, but=("ui/address.py", *FORMS)) == []
    assert {name for name in FORMS if not list(draws_a_choice(_sources()[name]))} == set()


def test_no_raw_html_reaches_a_page() -> None:
    assert _places(writes_raw_html) == []


def test_names_reach_no_markdown_as_they_stand() -> None:
    assert _places(names_in_markdown, of=("ui", "frame.py"), but=tuple(NAMED_WITHOUT_MARKDOWN)) == []
    assert [name for name in NAMED_WITHOUT_MARKDOWN if not list(names_in_markdown(_sources()[name]))] == []


def test_headings_are_drawn_in_one_place() -> None:
    assert _places(draws_a_bare_heading, but=("ui/headings.py",)) == []


def test_what_runs_without_the_frame_asks_who_is_there() -> None:
    assert _places(runs_without_the_frame, but=("ui/fragments.py",)) == []


def test_no_transaction_is_left_by_a_rerun() -> None:
    assert _places(leaves_a_transaction_by_streamlit) == []


def test_nothing_is_kept_in_globals() -> None:
    assert _places(keeps_globals) == []


def test_the_environment_is_read_in_one_place() -> None:
    assert _places(reads_the_environment, but=("core/config.py",)) == []


def test_no_error_is_swallowed_unheard() -> None:
    assert _places(catches_everything) == []


def test_dates_are_put_into_words_in_one_place() -> None:
    assert _places(formats_dates, but=tuple(DATE_FORMATS)) == []


def test_nobody_is_shown_a_date_as_data() -> None:
    assert _places(writes_iso_dates, of=("ui", "pages"), but=tuple(ISO_DATES_ON_PAGES)) == []


def test_what_may_format_a_date_still_does() -> None:
    sources = _sources()
    assert [name for name in DATE_FORMATS if not list(formats_dates(sources[name]))] == []
    assert [name for name in ISO_DATES_ON_PAGES if not list(writes_iso_dates(sources[name]))] == []


def test_every_module_says_what_it_owns() -> None:
    silent = [name for name, tree in _sources().items() if tree.body and not ast.get_docstring(tree)]
    assert [name for name in silent if "migrations/versions" not in name] == []


def test_tests_get_the_time_from_one_place() -> None:
    assert _places(reads_the_wall_clock, of=("tests",), but=("tests/clock.py",)) == []


def test_what_runs_in_real_time_is_there_and_says_why() -> None:
    assert [place for place in REAL_TIME if not (ROOT / place).exists()] == []
    assert all(REAL_TIME.values())


def test_browser_tests_begin_at_sign_in_and_click() -> None:
    """An address hides what no click reaches: all of a project's tabs were once out of reach, and no test saw it."""
    assert _opened_by_address() == set(BY_ADDRESS)


# Each rule catches a planted case ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "planted"),
    [
        (uses_session_state, "import streamlit as st\nst.session_state.x = 1"),
        (uses_session_state, "from streamlit import session_state"),
        (uses_query_params, "st.query_params['x']"),
        (draws_a_choice, "st.tabs(['a', 'b'])"),
        (draws_a_choice, "left.selectbox('Which', [1, 2])"),
        (writes_raw_html, "st.markdown('<b>', unsafe_allow_html=True)"),
        (writes_raw_html, "st.html('<b>')"),
        (names_in_markdown, "_('Kept from {person}.').format(person=person)"),
        (names_in_markdown, "_('By {who}').format(who=version.by or '–')"),
        (names_in_markdown, "st.caption(f'**{one.name}**')"),
        (leaves_a_transaction_by_streamlit, "with transaction() as session:\n    if session:\n        st.rerun()"),
        (leaves_a_transaction_by_streamlit, "with transaction():\n    switch_page('x')"),
        (draws_a_bare_heading, "left.subheader(words)"),
        (runs_without_the_frame, "@st.fragment(run_every=1)\ndef look(): ..."),
        (runs_without_the_frame, "st.dialog('Sure?')(ask)()"),
        (runs_without_the_frame, "from streamlit import fragment"),
        (keeps_globals, "def f():\n    global x\n    x = 1"),
        (reads_the_environment, "import os\nos.environ['X']"),
        (reads_the_environment, "from os import getenv"),
        (reads_the_wall_clock, "from datetime import datetime\ndatetime.now(UTC)"),
        (reads_the_wall_clock, "import datetime as dt\ndt.datetime.utcnow()"),
        (reads_the_wall_clock, "date.today()"),
        (reads_the_wall_clock, "import time\ntime.time()"),
        (reads_the_wall_clock, "from time import time"),
        (formats_dates, "at.strftime(form)"),
        (formats_dates, "f'{at:%H:%M}'"),
        (formats_dates, "from babel.dates import format_date"),
        (formats_dates, "st.column_config.DatetimeColumn('Since')"),
        (formats_dates, "axis = {'tickformat': '%-d %b'}"),
        (writes_iso_dates, "st.write(day.isoformat())"),
        (opens_an_address, "page.goto('/label?project=x')"),
        (opens_an_address, "page.goto(address)"),
        (opens_an_address, "sign_in(page, 'Ada', path='/people')"),
        (catches_everything, "try:\n    f()\nexcept Exception:\n    pass"),
        (catches_everything, "for x in y:\n    try:\n        f()\n    except:\n        continue"),
    ],
)
def test_a_planted_breach_is_caught(rule: Callable[[ast.Module], Found], planted: str) -> None:
    assert list(rule(ast.parse(planted)))


@pytest.mark.parametrize(
    ("rule", "innocent"),
    [
        (leaves_a_transaction_by_streamlit, "with transaction() as session:\n    save(session)\nst.rerun()"),
        (leaves_a_transaction_by_streamlit, "with transaction() as session:\n    clock.stop()"),
        (draws_a_choice, "address.pills('tab', 'Part', ['a'], str, default='a')"),
        (writes_raw_html, "payload.html"),
        (names_in_markdown, "_('Kept from {person}.').format(person=plain(person))\nst.button('x', key=f'go_{slug}')"),
        (names_in_markdown, "st.text(f'{item.key}')"),
        (opens_an_address, "page.goto('/')\nsign_in(page, 'Ada')"),
        (draws_a_bare_heading, "name.title()"),
        (runs_without_the_frame, "@fragments.dialog(actor, 'Sure?')\ndef ask(): ..."),
        (reads_the_wall_clock, "clock.now\nrow.time\ntime.monotonic()\ndatetime.time(9, 0)"),
        (formats_dates, "f'{share:.0%}'\nlog.info('%d rows, %s', n, name)\n'50 %'"),
        (catches_everything, "try:\n    f()\nexcept Exception:\n    log.exception('f')"),
        (catches_everything, "try:\n    f()\nexcept KeyError:\n    pass"),
    ],
)
def test_what_is_allowed_is_not_caught(rule: Callable[[ast.Module], Found], innocent: str) -> None:
    assert not list(rule(ast.parse(innocent)))


# The page that explains the tree ----------------------------------------------------------------------------------------


def test_every_top_level_path_is_explained() -> None:
    explained = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    top = {path.split("/")[0] + ("/" if "/" in path else "") for path in tracked}
    assert [name for name in sorted(top) if f"`{name}`" not in explained] == []


def test_every_command_is_documented() -> None:
    words = set(re.findall(r"manage\.py ([a-z]+)", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")))
    group = get_command(commands)
    assert isinstance(group, TyperGroup)
    assert set(group.commands) - words == set()


def test_migrations_are_numbered_in_a_row() -> None:
    """Two that came at the same time may have one number: then no database can be upgraded."""
    paths = sorted((ROOT / "core" / "store" / "migrations" / "versions").glob("*.py"))
    assert [path.name[:4] for path in paths] == [f"{n:04d}" for n in range(1, len(paths) + 1)]
    for path, before in zip(paths[1:], paths, strict=False):
        text = path.read_text(encoding="utf-8")
        assert f"revision = '{path.name[:4]}'" in text
        assert f"down_revision = '{before.name[:4]}" in text
