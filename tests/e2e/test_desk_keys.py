"""What is printed on a key is what it does: random keys on every kind of question, from every state in which a person starts.

Fresh answers are those of a preview, which needs no server. Restored drafts, undone, revised and reviewed answers are real:
the desk talks to the API, and each sequence begins by opening, undoing, revising or editing again.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser
from sqlmodel import Session, select

from core.permissions import Actor
from core.services import labelling, queue, sessions
from core.services.labelling import Submission
from core.services.queue import Served
from core.services.review.view import DRAFTED
from core.services.sessions import cookie_name
from core.store.engine import transaction
from core.store.tables import Draft, Project
from core.tasks.screen import Candidate, Candidates, ManyOf, OneOf, Option, Passage, Prefer, Rank, Scale, Screen, Write
from tests import factories
from tests.clock import right_now
from tests.e2e.desk_server import ALL_EXTRAS, LABELS, PAYLOADS, RUBRIC, Workspace, add_project, serving
from tests.e2e.key_bench import Bench, Start, bench_at, check

pytestmark = pytest.mark.browser
PAIR = Candidates([Candidate("r1", "First."), Candidate("r2", "Second. " * 30)])
FOUR = Candidates([Candidate(f"r{n}", f"Text {n}.") for n in range(1, 5)])
TEXT = Passage("Text", "我的卡不见了。", role="text")
YES_NO = (Option("yes", "Yes"), Option("no", "No"))
EXTRAS = {
    "confidence": True,
    "safety_flag": True,
    "rationale": {"required": False, "min_chars": 0, "reasons": [{"id": "facts", "name": "Facts"}]},
}
REQUIRED = {**EXTRAS, "rationale": {**EXTRAS["rationale"], "required": True}}  # type: ignore[dict-item]


def options(n: int) -> tuple[Option, ...]:
    return tuple(Option(f"o{i}", {"en": f"Option {i}", "zh": f"选项 {i}"}) for i in range(n))


def scales(*bounds: tuple[float, float], na: bool = False) -> tuple[Scale, ...]:
    return tuple(
        Scale(f"scores.s{i}", f"Scale {i}", low, high, anchors={"1": "bad"}, allow_na=na)
        for i, (low, high) in enumerate(bounds)
    )


def by(name: str, levels: int) -> Prefer:
    return Prefer(name, name, ("r1", "r2"), levels=levels)


STARTS: dict[str, tuple[Screen, dict[str, Any] | None, dict[str, Any]]] = {
    "compare": (Screen([TEXT, PAIR], [by("preferred", 1)]), EXTRAS, {}),
    "compare by strength": (Screen([PAIR], [by("preferred", 3)]), EXTRAS, {}),
    "compare by dimensions": (Screen([PAIR], [by("preferred", 1), by("by.tone.preferred", 1)]), REQUIRED, {}),
    "compare by dimensions and strength": (
        Screen([PAIR], [by("preferred", 2), by("by.tone.preferred", 2)]),
        None,
        {"preferred": "tie", "by": {"tone": {"preferred": "r2", "strength": 1}}},
    ),
    "rank": (Screen([FOUR], [Rank("ranks", "Rank", ("r1", "r2", "r3", "r4"))]), EXTRAS, {}),
    "rate": (Screen([TEXT], scales((1, 5), (0, 10), (1, 3), na=True)), EXTRAS, {}),
    "rate, brought back": (
        Screen([TEXT], scales((1, 5), (0, 10), (0, 100))),
        REQUIRED,
        {"scores": {"s0": 3, "s1": None}},
    ),
    "choose one": (Screen([TEXT], [OneOf("labels.0", "Topic", options(24))]), EXTRAS, {}),
    "choose several": (
        Screen([TEXT], [ManyOf("labels", "Topics", options(6)), OneOf("checks.own", "Mine", YES_NO)]),
        EXTRAS,
        {},
    ),
    "write": (
        Screen([TEXT], [Write("text", "Write"), OneOf("checks.a", "A", YES_NO), OneOf("checks.b", "B", YES_NO)]),
        EXTRAS,
        {},
    ),
}


@pytest.fixture(scope="module")
def bench(browser: Browser) -> Iterator[Bench]:
    with bench_at(browser, "http://desk.test") as bench:
        yield bench


@pytest.mark.parametrize("start", STARTS)
def test_a_printed_key_does_what_its_control_does_and_no_other_key_answers(bench: Bench, start: str) -> None:
    screen, extras, answer = STARTS[start]
    shown = {**screen.as_json(), "extras": extras}
    check(bench, Start(start, lambda bench: bench.mount("preview", screen=shown, answer=answer)))


# With the server ------------------------------------------------------------------------------------------------------

KINDS: dict[str, tuple[str, dict[str, Any], tuple[dict[str, Any], ...]]] = {
    "compare": ("pairwise", {"strength_levels": 3}, ({"preferred": "r1", "strength": 2}, {"preferred": "tie"})),
    "rank": ("ranking", {}, ({"ranks": {"r1": 1, "r2": 1, "r3": 2}}, {"ranks": {"r1": 3, "r2": 2, "r3": 1}})),
    "rate": (
        "rating",
        RUBRIC,
        tuple({"scores": {"accuracy": n, "helpfulness": 3, "clarity": 5}} for n in (2, 4)),
    ),
    "choose one": ("classification", {"labels": LABELS}, ({"labels": ["lost"]}, {"labels": ["other"]})),
    "choose several": (
        "classification",
        {"labels": LABELS, "multiple": True},
        ({"labels": ["lost", "other"]}, {"labels": ["account"]}),
    ),
    "write": (
        "demonstration",
        {"min_chars": 2, "checks": [{"id": "own", "name": "My own words"}]},
        tuple({"text": text, "checks": {"own": True}} for text in ("早上好", "您好")),
    ),
}
"""A task, its settings, and what two people said."""
SAID = {"confidence": 3, "flagged": True, "reasons": ["r2"]}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with serving(tmp_path_factory.mktemp("keys")) as workspace:
        with transaction(workspace.engine) as session:
            for kind, (task, settings, answers) in KINDS.items():
                open_, done = (
                    add_project(session, slug_of(kind, name), task, settings, ALL_EXTRAS) for name in ("open", "done")
                )
                for key in ("one", "two", "three"):
                    factories.an_item(session, open_, key, payload=PAYLOADS[task], settings=settings, overlap=2)
                for key in ("edited", "reviewed"):
                    factories.an_item(session, done, key, payload=PAYLOADS[task], settings=settings, overlap=2)
                for answer in answers:
                    person = factories.acting(factories.a_member(session, done))
                    for _ in ("edited", "reviewed"):
                        submit(session, person, done.slug, answer)
        yield workspace


def slug_of(kind: str, name: str) -> str:
    return f"{kind.replace(' ', '-')}-{name}"


def submit(session: Session, actor: Actor, slug: str, answer: dict[str, Any]) -> None:
    held = queue.next_screen(session, actor, now=right_now(), rng=Random(1), slug=slug)
    assert isinstance(held, Served)
    given = Submission(str(uuid4()), held.rev, "submitted", answer, SAID)
    labelling.submit(session, actor, held.assignment, given, now=right_now(), rng=Random(1))


@pytest.fixture(scope="module")
def live(browser: Browser, workspace: Workspace) -> Iterator[Bench]:
    with bench_at(browser, workspace.address) as bench:
        yield bench


def sign_in(live: Bench, workspace: Workspace, slug: str, role: str = "annotator") -> str:
    """Somebody new in this project; their id."""
    with transaction(workspace.engine) as session:
        project = session.exec(select(Project).where(Project.slug == slug)).one()
        person = factories.a_member(session, project, role=role)
        cookie = sessions.open_session(session, factories.acting(person), now=right_now())
        actor = str(person.id)
    live.leave()
    live.page.context.add_cookies([{"name": cookie_name(False), "value": cookie, "url": workspace.address}])
    return actor


def given(live: Bench, slug: str, answer: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The assignment of an answer just submitted, and what the API said."""
    held = live.call("GET", f"/work/{slug}/next")["assignment"]
    return held, given_again(live, held, answer)


def given_again(live: Bench, held: int, answer: dict[str, Any]) -> dict[str, Any]:
    body = {"key": str(uuid4()), "rev": 0, "outcome": "submitted", "answer": answer, "extras": SAID, "active_ms": 1}
    return live.call("POST", f"/work/assignments/{held}/submit", body)


@pytest.mark.parametrize("kind", KINDS)
def test_keys_do_what_is_printed_when_a_draft_is_restored(live: Bench, workspace: Workspace, kind: str) -> None:
    slug, answer = slug_of(kind, "open"), KINDS[kind][2][0]
    actor = sign_in(live, workspace, slug)
    held = live.call("GET", f"/work/{slug}/next")["assignment"]
    live.call("PUT", f"/work/assignments/{held}/draft", {"rev": 1, "answer": answer, "extras": SAID})

    def restore(bench: Bench) -> None:
        bench.leave()
        with transaction(workspace.engine) as session:
            draft = session.exec(select(Draft).where(Draft.assignment_id == held)).one()
            draft.rev, draft.body = 1, {"answer": answer, "extras": SAID}
        bench.mount("label", actor=actor, slug=slug)
        arrived(bench, str(held))
        _, first = bench.read()["answer"]["asks"][0]
        assert first["chosen"] or any(first["texts"]) or any(first["slots"]), "nothing was restored"

    check(live, Start(f"{kind}, restored", restore, opening=frozenset("s")), many=1, controls=2)


@pytest.mark.parametrize("kind", KINDS)
def test_keys_do_what_is_printed_when_an_answer_was_undone(live: Bench, workspace: Workspace, kind: str) -> None:
    slug, answer = slug_of(kind, "open"), KINDS[kind][2][0]
    actor = sign_in(live, workspace, slug)
    held, _ = given(live, slug, answer)
    is_open = False

    def undo(bench: Bench) -> None:
        nonlocal is_open
        bench.leave()
        if is_open:
            given_again(bench, held, answer)
        bench.mount("label", actor=actor, slug=slug)
        bench.page.keyboard.press("u")
        arrived(bench, str(held))
        is_open = True

    check(live, Start(f"{kind}, undone", undo, opening=frozenset("s")), many=1, controls=2)


@pytest.mark.parametrize("kind", KINDS)
def test_keys_do_what_is_printed_when_an_answer_is_revised(live: Bench, workspace: Workspace, kind: str) -> None:
    slug, answer = slug_of(kind, "open"), KINDS[kind][2][0]
    actor = sign_in(live, workspace, slug)
    answer_id = given(live, slug, answer)[1]["answer"]
    revise = Start(f"{kind}, revised", lambda bench: bench.mount("revise", actor=actor, answer_id=answer_id))
    check(live, revise, many=1, controls=2)


@pytest.mark.parametrize("kind", KINDS)
def test_keys_do_what_is_printed_when_a_verdict_is_edited(live: Bench, workspace: Workspace, kind: str) -> None:
    review = reviewing(live, workspace, kind, "edited")

    def edit(bench: Bench) -> None:
        review(bench)
        bench.page.keyboard.press("e")

    # Back at the answers, digits and letters decide.
    check(live, Start(f"{kind}, edited", edit, opening=frozenset({"Escape"})), many=1, controls=2)


@pytest.mark.parametrize("kind", KINDS)
def test_keys_do_what_is_printed_when_answers_are_reviewed(live: Bench, workspace: Workspace, kind: str) -> None:
    review = Start(
        f"{kind}, reviewed",
        reviewing(live, workspace, kind, "reviewed"),
        frozenset("as0123456789"),
        frozenset("ercpwxu"),
    )
    check(live, review, many=1)


def reviewing(live: Bench, workspace: Workspace, kind: str, item: str) -> Callable[[Bench], None]:
    """Brings a finished item before a new reviewer, as if for the first time."""
    slug = slug_of(kind, "done")
    actor = sign_in(live, workspace, slug, role="reviewer")

    def review(bench: Bench) -> None:
        bench.leave()
        with transaction(workspace.engine) as session:
            for draft in session.exec(select(Draft)):
                draft.rev, draft.body = 0, {**draft.body, **dict.fromkeys(DRAFTED)}
        bench.mount("review", actor=actor, slug=slug, filter={"item": item})

    return review


def arrived(bench: Bench, assignment: str) -> None:
    bench.page.wait_for_function(
        "id => document.querySelector('.touchstone-desk').dataset.assignment === id", arg=assignment
    )
