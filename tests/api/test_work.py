"""/api/work as the desk and outside scripts use it: every status, every body, and what an annotator must never see."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, event, update
from sqlmodel import Session
from starlette.testclient import TestClient

from api import app
from core.errors import StoreError
from core.permissions import SYSTEM, Actor
from core.services import audit, importing, people, sessions
from core.services.import_job import ImportReport
from core.store import work
from core.store.engine import reading, transaction
from tests import factories
from tests.clock import right_now

Response = Any
"""Of whichever client Starlette tests with."""
SECRET = "secret-model-9000"
CLUES = (SECRET, "gold", "purpose", "repeat", "overlap", "nth", "slot", "why it is gold", "Ben")
PAYLOAD = {
    "prompt": "Which way?",
    "responses": {
        "r1": {"text": "Left.", "model": SECRET},
        "r2": {"text": "Right.", "model": f"{SECRET}b"},
    },
}
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


BOTH = pytest.mark.parametrize(
    "store_kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
"""For what the databases themselves might take differently."""


@pytest.fixture
def store_kind(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


class Caller:
    """One person's way to the API: with an access token, or with a browser's cookie."""

    def __init__(self, client: TestClient, actor: Actor, headers: dict[str, str]) -> None:
        self.client, self.actor, self.headers = client, actor, headers

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        return self.client.request(method, path, json=body, headers={**self.headers, **headers})

    def next(self, slug: str = "pairs", **headers: str) -> Response:
        return self.call("GET", f"/work/{slug}/next", **headers)

    def draft(self, assignment: int, body: Any, **headers: str) -> Response:
        return self.call("PUT", f"/work/assignments/{assignment}/draft", body, **headers)

    def submit(self, assignment: int, **body: Any) -> Response:
        full = {"key": KEY, "rev": 0, "outcome": "submitted", "answer": {"preferred": "tie"}, "active_ms": 5000}
        return self.call("POST", f"/work/assignments/{assignment}/submit", {**full, **body})


@pytest.fixture
def client(store: Engine) -> TestClient:
    return TestClient(app.create(), raise_server_exceptions=False)


@pytest.fixture
def ann(client: TestClient) -> Caller:
    """Somebody in the project "pairs", which has three items."""
    with transaction() as session:
        project = factories.a_project(session, "pairs", overlap=2, policy={"lease_minutes": 30})
        lane = factories.a_lane(session, project)
        for n in range(3):
            factories.an_item(session, project, f"i{n}", payload=PAYLOAD, lane=lane, overlap=2)
        return joined(session, client, "Ann")


@pytest.fixture
def ben(client: TestClient, ann: Caller) -> Caller:
    with transaction() as session:
        return joined(session, client, "Ben")


def joined(session: Session, client: TestClient, name: str, **person: Any) -> Caller:
    project = session.get_one(factories.Project, 1)
    someone = factories.acting(factories.a_member(session, project, factories.a_person(session, name, **person)))
    token = sessions.create_token(session, someone, now=right_now())
    return Caller(client, someone, {"Authorization": f"Bearer {token}"})


def by_cookie(caller: Caller) -> Caller:
    with transaction() as session:
        cookie = sessions.open_session(session, caller.actor, now=right_now())
    headers = {
        "Cookie": f"{sessions.cookie_name(False)}={cookie}",
        "X-Touchstone": "1",
        "Origin": "http://testserver",
    }
    return Caller(caller.client, caller.actor, headers)


def refused(reply: Response, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal: the code for programs, words for people, and nothing of the framework's own."""
    body: dict[str, Any] = reply.json()
    assert (reply.status_code, body.get("error")) == (status, code), body
    assert isinstance(body["message"], str)
    assert body["message"]
    assert set(body) <= {"error", "message", "where", "problems"}
    return body


def change(table: Any, **values: Any) -> None:
    with transaction() as session:
        session.connection().execute(update(table).values(**values))


# The loop --------------------------------------------------------------------------------------------------------------


def test_next_gives_an_item_and_gives_it_again(ann: Caller) -> None:
    first, again = ann.next(), ann.next()
    assert first.status_code == 200
    body = first.json()
    assert set(body) == {"assignment", "rev", "screen", "draft", "lease_until", "progress", "undo"}
    assert set(body["screen"]) == {"shows", "asks", "lang", "extras"}
    assert (body["rev"], body["draft"], body["undo"]) == (0, None, None)
    assert body["progress"] == {"today": 0, "left": 3, "sent_back": 0}
    left = datetime.fromisoformat(body["lease_until"]) - right_now()
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    assert again.json()["assignment"] == body["assignment"]


@BOTH
@pytest.mark.parametrize("way", [lambda caller: caller, by_cookie], ids=["bearer", "cookie"])
def test_an_item_is_drafted_renewed_and_submitted(ann: Caller, way: Any) -> None:
    caller = way(ann)
    held = caller.next().json()["assignment"]
    assert caller.draft(held, {"rev": 1, "answer": {"preferred": "tie"}, "extras": {}}).json() == {"rev": 1}
    assert caller.next().json()["draft"] == {"answer": {"preferred": "tie"}, "extras": {}}
    assert caller.next().json()["rev"] == 1
    assert set(caller.call("POST", f"/work/assignments/{held}/renew").json()) == {"lease_until"}
    done = caller.submit(held, rev=1, next=True).json()
    assert set(done) == {"answer", "next"}
    assert done["next"]["assignment"] not in (None, held)
    assert done["next"]["undo"] == done["answer"]


def test_a_submit_without_next_hands_out_nothing(ann: Caller) -> None:
    assert ann.submit(ann.next().json()["assignment"]).json()["next"] is None


def test_the_same_submit_again_is_answered_the_same(ann: Caller) -> None:
    held = ann.next().json()["assignment"]
    first, again = ann.submit(held, next=True).json(), ann.submit(held, next=True).json()
    assert first["answer"] == again["answer"]
    assert first["next"]["assignment"] == again["next"]["assignment"]


def test_an_answer_can_be_read_revised_and_undone(ann: Caller) -> None:
    held = ann.next().json()["assignment"]
    answer = ann.submit(held, next=True).json()["answer"]
    own = ann.call("GET", f"/work/answers/{answer}").json()
    assert (own["answer"], own["revision"], own["revisable"]) == ({"preferred": "tie"}, 1, True)
    revision = {"key": KEY.replace("0", "1"), "answer": {"preferred": "both_bad"}, "extras": None}
    newer = ann.call("POST", f"/work/answers/{answer}/revise", revision).json()["answer"]
    assert ann.call("POST", f"/work/answers/{answer}/revise", revision).json()["answer"] == newer
    back = ann.call("POST", f"/work/answers/{newer}/undo", {}).json()
    assert (back["assignment"], back["draft"]["answer"]) == (held, {"preferred": "both_bad"})


def test_an_empty_queue_says_why_and_when_to_look_again(ann: Caller, ben: Caller) -> None:
    for _ in range(3):
        ann.submit(ann.next().json()["assignment"], key=f"key-{_:05}")
    empty = ann.next()
    assert empty.status_code == 200
    body = empty.json()
    assert (body["assignment"], body["why"], body["undo"] is not None) == (None, "none_for_you", True)
    assert body["message"]
    assert set(body) == {
        "assignment", "why", "message", "back_at", "hours_left", "next_due", "progress", "undo",
    }  # fmt: skip


def test_guidelines_come_as_text_and_html(ann: Caller) -> None:
    body = ann.call("GET", "/work/pairs/guidelines").json()
    assert (body["version"], body["acknowledged"], body["text"]) == (1, True, {"en": "Decide with care."})
    assert set(body["html"]) == {"en"}


# 409: somebody or something was faster ---------------------------------------------------------------------------------


def test_a_draft_that_is_older_or_another_is_refused_and_the_server_keeps_its_own(ann: Caller) -> None:
    held = ann.next().json()["assignment"]
    for rev, answer in ((1, {"preferred": "r1"}), (2, {"preferred": "r2"}), (2, {"preferred": "r2"})):
        assert ann.draft(held, {"rev": rev, "answer": answer}).json() == {"rev": rev}
    for rev, answer in ((1, {"preferred": "tie"}), (2, {"preferred": "tie"}), (4, {"preferred": "tie"})):
        refused(ann.draft(held, {"rev": rev, "answer": answer}), 409, "stale_draft")
    assert ann.next().json()["draft"]["answer"] == {"preferred": "r2"}


def test_a_key_means_one_answer(ann: Caller) -> None:
    held = ann.next().json()["assignment"]
    ann.submit(held)
    refused(ann.submit(held, answer={"preferred": "both_bad"}), 409, "key_reused")
    other = ann.next().json()["assignment"]
    refused(ann.submit(other), 409, "key_reused")
    assert ann.next().json()["assignment"] == other


def test_what_is_submitted_is_submitted(ann: Caller) -> None:
    held = ann.next().json()["assignment"]
    ann.submit(held)
    refused(ann.submit(held, key="another-key"), 409, "submitted")
    refused(ann.draft(held, {"rev": 1, "answer": {}}), 409, "submitted")


def test_a_second_desk_is_told_until_it_takes_over(ann: Caller) -> None:
    one, two = {"X-Touchstone-Desk": "one"}, {"X-Touchstone-Desk": "two"}
    held = ann.next(**one).json()["assignment"]
    refused(ann.next(**two), 409, "second_desk")
    refused(ann.draft(held, {"rev": 1, "answer": {}}, **two), 409, "second_desk")
    assert ann.call("POST", "/work/desk", {"take_over": True}, **two).json() == {"desk": "two"}
    assert ann.next(**two).json()["assignment"] == held
    refused(ann.draft(held, {"rev": 1, "answer": {}}, **one), 409, "second_desk")


def test_a_desk_that_leaves_frees_its_own_seat_and_no_other(ann: Caller, ben: Caller) -> None:
    one, two = {"X-Touchstone-Desk": "one"}, {"X-Touchstone-Desk": "two"}
    ann.next(**one)
    ben.next(**one)
    assert ann.call("DELETE", "/work/desk", **two).json() == {"desk": None}
    refused(ann.next(**two), 409, "second_desk")
    refused(by_cookie(ann).call("DELETE", "/work/desk", **one, **{"X-Touchstone-Actor": "0"}), 409, "other_user")
    refused(ann.next(**two), 409, "second_desk")
    assert ann.call("DELETE", "/work/desk", **one).status_code == 200
    assert ann.next(**two).status_code == 200
    refused(ben.next(**two), 409, "second_desk")
    refused(ann.call("DELETE", "/work/desk"), 400, "malformed")


def test_taking_over_is_said_in_full(ann: Caller) -> None:
    assert refused(ann.call("POST", "/work/desk", {"take_over": True}), 400, "malformed")["where"] == "take_over"
    refused(ann.call("POST", "/work/desk", {}, **{"X-Touchstone-Desk": "two"}), 400, "malformed")


def test_a_desk_mounted_for_one_answers_for_nobody_else(ann: Caller, ben: Caller) -> None:
    meant = {"X-Touchstone-Actor": str(ann.actor.person_id)}
    body = refused(ben.next(**meant), 409, "other_user")
    assert "Ben" in body["message"]
    assert ann.next(**meant).status_code == 200


def test_a_lease_that_ran_out_hurts_only_when_somebody_took_the_item(ann: Caller, ben: Caller) -> None:
    change(work.item, overlap=1)
    held = ann.next().json()["assignment"]
    change(work.assignment, lease_until=right_now() - timedelta(minutes=1))
    assert ann.draft(held, {"rev": 1, "answer": {"preferred": "r1"}}).status_code == 200
    change(work.assignment, lease_until=right_now() - timedelta(minutes=1))
    with transaction() as session:
        mine = session.connection().execute(work.assignment.select()).one().item_id
        session.connection().execute(update(work.item).where(work.item.c.id != mine).values(state="done"))
    taken = ben.next().json()
    assert taken["draft"] is None
    refused(ann.call("POST", f"/work/assignments/{held}/renew"), 409, "lease_over")
    assert "Your draft is saved" in refused(ann.submit(held), 409, "slot_gone")["message"]
    assert ann.draft(held, {"rev": 2, "answer": {"preferred": "r2"}}).json() == {"rev": 2}
    assert ben.submit(taken["assignment"]).status_code == 200


def test_only_the_last_answer_is_taken_back(ann: Caller) -> None:
    first = ann.submit(ann.next().json()["assignment"]).json()["answer"]
    ann.submit(ann.next().json()["assignment"], key="second-key")
    refused(ann.call("POST", f"/work/answers/{first}/undo", {}), 409, "closed")


# 422, 400, 413, 404: what does not fit ---------------------------------------------------------------------------------


def test_all_problems_of_an_answer_are_named_with_their_controls(ann: Caller) -> None:
    extras = {"confidence": True, "rationale": {"required": True, "min_chars": 5}}
    change(work.settings, extras=extras)
    held = ann.next().json()["assignment"]
    body = refused(ann.submit(held, answer={"preferred": "r9"}, extras={"rationale": "no"}), 422, "invalid_answer")
    assert {problem["ask"] for problem in body["problems"]} == {"preferred", "rationale", "confidence"}
    assert all(set(problem) == {"ask", "message"} and problem["message"] for problem in body["problems"])
    assert ann.next().json()["assignment"] == held


@pytest.mark.parametrize("answer", [None, {}, [], "tie", 3, {"preferred": None}, {"preferred": ["r1"]}, {"more": 1}])
def test_no_answer_is_no_answer(ann: Caller, answer: Any) -> None:
    refused(ann.submit(ann.next().json()["assignment"], answer=answer), 422, "invalid_answer")


@BOTH
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", None), ("key", "short"), ("key", 12345678), ("key", "k" * 101), ("key", "nul\x00nul\x00nul"),
        ("rev", "1"), ("rev", -1), ("rev", True), ("rev", 1.5), ("rev", 2**70),
        ("outcome", None), ("outcome", 1), ("outcome", "bored"), ("reason", 5), ("reason", ["x"]), ("reason", "a\x00b"),
        ("extras", []), ("extras", "x"), ("active_ms", "long"), ("active_ms", -5), ("active_ms", None),
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_a_submit_of_the_wrong_shape_names_the_place(ann: Caller, field: str, value: Any) -> None:
    held = ann.next().json()["assignment"]
    assert refused(ann.submit(held, **{field: value}), 400, "malformed")["where"] == field
    assert ann.next().json()["assignment"] == held


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "rev"), ({"rev": None}, "rev"), ({"rev": "one", "answer": {}}, "rev"), ({"rev": 1, "answer": "text"}, "answer"),
        ({"rev": 1, "answer": []}, "answer"), ({"rev": 1, "answer": {}, "extras": "x"}, "extras"),
    ],
)  # fmt: skip
def test_a_draft_of_the_wrong_shape_names_the_place(ann: Caller, body: Any, where: str) -> None:
    assert refused(ann.draft(ann.next().json()["assignment"], body), 400, "malformed")["where"] == where


@pytest.mark.parametrize(
    "raw", [b"{", b"[1]", b'"text"', b"7", b"\xff\xfe{}", b'{"rev": 1, "answer": {"x": "\\ud800"}}', b"{'rev': 1}", b"[" * 3000]
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_refused_in_words(ann: Caller, raw: bytes) -> None:
    held = ann.next().json()["assignment"]
    for path in ("draft", "submit"):
        method = "PUT" if path == "draft" else "POST"
        reply = ann.client.request(method, f"/work/assignments/{held}/{path}", content=raw, headers=ann.headers)
        refused(reply, 400, "malformed")


@BOTH
def test_a_draft_may_hold_any_text(ann: Caller) -> None:
    held = ann.next().json()["assignment"]
    text = "nul \x00, bidi \u202e, joined \u200b, line \u2028, 中文 🧑‍🔬 " + "y" * 1_000_000
    assert ann.draft(held, {"rev": 1, "answer": {"text": text}}).status_code == 200
    assert ann.next().json()["draft"]["answer"] == {"text": text}


def test_what_is_too_large_is_refused_and_leaves_the_draft(ann: Caller) -> None:
    held = ann.next().json()["assignment"]
    ann.draft(held, {"rev": 1, "answer": {"preferred": "tie"}})
    for size in (2_100_000, 4_100_000):
        refused(ann.draft(held, {"rev": 2, "answer": {"text": "y" * size}}), 413, "too_large")
        refused(ann.submit(held, extras={"rationale": "y" * size}), 413, "too_large")
    refused(ann.submit(held, outcome="skipped", reason="y" * 2001), 413, "too_large")
    assert ann.next().json()["draft"]["answer"] == {"preferred": "tie"}


@BOTH
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/work/nowhere/next"), ("GET", "/work/nowhere/guidelines"), ("PUT", "/work/assignments/999999/draft"),
        ("POST", "/work/assignments/999999/submit"), ("POST", "/work/assignments/999999/renew"),
        ("GET", "/work/answers/999999"), ("POST", "/work/answers/999999/revise"), ("POST", "/work/answers/999999/undo"),
        ("GET", "/work"), ("GET", "/work/pairs/nothing"), ("GET", "/work/%F0%9F%A6%A6/next"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(ann: Caller, method: str, path: str) -> None:
    body = {"key": KEY, "rev": 1, "outcome": "submitted", "answer": {}, "active_ms": 1}
    refused(ann.call(method, path, None if method == "GET" else body), 404, "not_found")


@BOTH
@pytest.mark.parametrize("slug", ["%00", "a%00b", "x" * 300])
def test_a_name_that_no_project_can_have_is_refused(ann: Caller, slug: str) -> None:
    refused(ann.next(slug), 400, "malformed")


@BOTH
@pytest.mark.parametrize("number", ["-1", "0", "abc", "1.5", str(2**63), "9" * 400])
def test_a_number_that_names_nothing_is_refused(ann: Caller, number: str) -> None:
    for method, path in (("POST", f"assignments/{number}/renew"), ("GET", f"answers/{number}")):
        reply = ann.call(method, f"/work/{path}", {} if method == "POST" else None)
        refused(reply, reply.status_code, reply.json()["error"])
        assert reply.status_code in (400, 404), reply.text


def test_the_wrong_method_is_refused_in_words(ann: Caller) -> None:
    refused(ann.call("DELETE", "/work/pairs/next"), 405, "method")


def test_other_peoples_items_and_answers_are_not_found(ann: Caller, ben: Caller) -> None:
    held = ann.next().json()["assignment"]
    answer = ann.submit(held).json()["answer"]
    refused(ben.draft(held, {"rev": 1, "answer": {}}), 404, "not_found")
    refused(ben.submit(held), 404, "not_found")
    refused(ben.call("GET", f"/work/answers/{answer}"), 404, "not_found")
    refused(ben.call("POST", f"/work/answers/{answer}/undo", {}), 404, "not_found")


# 401 and 403: who may ---------------------------------------------------------------------------------------------------


def test_nobody_works_without_signing_in(ann: Caller) -> None:
    held = ann.next().json()["assignment"]
    stranger = Caller(ann.client, ann.actor, {"X-Touchstone": "1", "Origin": "http://testserver"})
    for reply in (stranger.next(), stranger.draft(held, {"rev": 1}), stranger.submit(held)):
        refused(reply, 401, "not_signed_in")
    refused(stranger.next(Authorization="Bearer tst_wrong"), 401, "not_signed_in")


def test_a_cookie_needs_our_header_and_our_origin(ann: Caller) -> None:
    browser = by_cookie(ann)
    held = browser.next().json()["assignment"]
    del browser.headers["X-Touchstone"]
    refused(browser.next(), 403, "cross_site")
    elsewhere = by_cookie(ann)
    refused(elsewhere.draft(held, {"rev": 1, "answer": {}}, Origin="http://elsewhere.example"), 403, "cross_site")
    assert elsewhere.next().json()["rev"] == 0


def test_a_revoked_session_ends_at_once_and_a_new_one_finds_the_draft(ann: Caller) -> None:
    browser = by_cookie(ann)
    held = browser.next().json()["assignment"]
    browser.draft(held, {"rev": 1, "answer": {"preferred": "r1"}})
    with transaction() as session:
        sessions.end_all(session, people.get(session, SYSTEM, "Ann").id, now=right_now())
    refused(browser.submit(held), 401, "not_signed_in")
    assert by_cookie(ann).next().json()["draft"]["answer"] == {"preferred": "r1"}


@pytest.mark.parametrize(
    ("table", "values", "code"),
    [
        (work.project, {"state": "paused"}, "paused"),
        (work.project, {"state": "draft"}, "project_closed"),
        (work.project, {"state": "done"}, "project_closed"),
        (work.member, {"state": "paused"}, "paused"),
        (work.member, {"acknowledged_guideline": None}, "acknowledge"),
        (work.member, {"role": "viewer"}, "not_allowed"),
    ],
)
def test_who_may_not_work_now_is_told_why(ann: Caller, table: Any, values: dict[str, Any], code: str) -> None:
    change(table, **values)
    refused(ann.next(), 403, code)


def test_who_is_not_qualified_is_told_so(ann: Caller) -> None:
    change(work.project, policy={"ladder": {"quiz": "entry"}})
    change(work.member, qualified=False)
    refused(ann.next(), 403, "not_qualified")


def test_acknowledging_opens_the_way(ann: Caller) -> None:
    change(work.member, acknowledged_guideline=None)
    refused(ann.call("POST", "/work/pairs/acknowledge", {"version": "1"}), 400, "malformed")
    assert ann.call("POST", "/work/pairs/acknowledge", {"version": 1}).json() == {"acknowledged": 1}
    assert ann.next().json()["assignment"]


def test_a_pause_takes_the_answer_in_hand_and_says_so(ann: Caller) -> None:
    held = ann.next().json()["assignment"]
    change(work.project, state="paused")
    done = ann.submit(held, next=True).json()
    assert done["answer"]
    assert (done["next"]["assignment"], done["next"]["why"]) == (None, "paused")


def test_who_left_the_project_finds_nothing(ann: Caller) -> None:
    change(work.member, state="removed")
    refused(ann.next(), 404, "not_found")


# Words and blindness ----------------------------------------------------------------------------------------------------


def test_refusals_are_in_the_persons_language(ann: Caller) -> None:
    change(work.person, language="zh")
    held = ann.next().json()["assignment"]
    ann.draft(held, {"rev": 1, "answer": {}})
    replies = [
        ann.draft(held, {"rev": 7, "answer": {}}), ann.next("nowhere"), ann.submit(held, answer={"preferred": "r9"}),
        ann.submit(held, key="ab"), ann.next(**{"X-Touchstone-Actor": "77"}),
    ]  # fmt: skip
    stranger = ann.client.get("/work/pairs/next", headers={"X-Touchstone": "1", "Accept-Language": "zh-CN,en"})
    for reply in (*replies, stranger):
        assert any("\u4e00" <= char <= "\u9fff" for char in reply.json()["message"]), reply.text


def test_nothing_tells_a_hidden_check_or_a_model_or_another_person(ann: Caller, ben: Caller) -> None:
    """Every reply an annotator can get, over a project in which every other item is a check."""
    with transaction() as session:
        project = session.get_one(factories.Project, 1)
        project.policy = {"overlap": 2, "gold_rate": 0.5}
        for n in range(8):
            item = factories.an_item(session, project, f"check-{n}", payload=PAYLOAD, state="gold")
            factories.a_gold(session, item, {"preferred": "r1"}, explanation={"en": "why it is gold"})
    for n in range(3):
        ben.submit(ben.next().json()["assignment"], key=f"ben-{n:05}", extras={"rationale": "Ben thinks so"})
    seen: list[Response] = []
    shapes = set()
    for n in range(11):
        reply = ann.next()
        held = reply.json()
        if held["assignment"] is None:
            seen.append(reply)
            break
        shapes.add(tuple(sorted(held)) + tuple(sorted(held["screen"])))
        done = ann.submit(held["assignment"], key=f"ann-{n:05}", next=False)
        answer = done.json()["answer"]
        own = ann.call("GET", f"/work/answers/{answer}")
        seen += [reply, ann.draft(held["assignment"], {"rev": 1}), done, own]
        shapes.add(tuple(sorted(own.json())))
    with reading() as session:
        purposes = {row.purpose for row in session.connection().execute(work.answer.select())}
    assert purposes == {"work", "gold"}
    assert len(shapes) == 2
    assert not [clue for reply in seen for clue in CLUES if clue in reply.text]


def test_the_programs_own_headers_tell_nothing(ann: Caller) -> None:
    assert set(ann.next().headers) == {"content-length", "content-type"}


# A full disk ------------------------------------------------------------------------------------------------------------


class Disk:
    """SQLite's own bound on its file: the database meets it as it meets a full disk."""

    def __init__(self, engine: Engine) -> None:
        self.pages: int | None = None
        event.listen(
            engine, "checkout", lambda dbapi, *_: dbapi.execute(f"pragma max_page_count={self.pages or 2**31}")
        )

    def fill(self, engine: Engine) -> None:
        with engine.connect() as connection:
            self.pages = connection.exec_driver_sql("pragma page_count").scalar_one()

    def make_room(self) -> None:
        self.pages = None


@pytest.fixture
def disk(ann: Caller, store: Engine) -> Disk:
    return Disk(store)


def counted(table: Any) -> int:
    with reading() as session:
        return len(session.connection().execute(table.select()).all())


def whole() -> bool:
    with reading() as session:
        return audit.verify(session).broken_at is None


def test_a_full_disk_is_said_and_the_same_request_works_once_there_is_room(
    ann: Caller, store: Engine, disk: Disk
) -> None:
    held = ann.next().json()["assignment"]
    ann.draft(held, {"rev": 1, "answer": {"preferred": "r1"}})
    long = {"rationale": "中" * 50_000}
    newer = {"rev": 2, "answer": {"preferred": "r2"}, "extras": long}
    events = counted(audit._EVENT)
    disk.fill(store)
    for _ in range(2):
        assert "disk is full" in refused(ann.draft(held, newer), 503, "store")["message"]
        assert "disk is full" in refused(ann.submit(held, extras=long), 503, "store")["message"]
    now = ann.next().json()
    assert (now["assignment"], now["rev"], now["draft"]["answer"]) == (held, 1, {"preferred": "r1"})
    assert (counted(work.answer), counted(audit._EVENT), whole()) == (0, events, True)
    disk.make_room()
    assert ann.draft(held, newer).json() == {"rev": 2}
    assert ann.submit(held, extras=long).status_code == 200
    assert (counted(work.answer), whole()) == (1, True)


def test_an_import_that_meets_a_full_disk_takes_nothing(store: Engine, disk: Disk, tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps({"id": f"n{n}", "payload": _long_pair(n)}) for n in range(300)))
    before = counted(work.item)
    disk.fill(store)
    with pytest.raises(StoreError, match="Nothing was changed"):
        _import(file)
    assert (counted(work.item), whole()) == (before, True)
    disk.make_room()
    assert _import(file).new == 300
    assert (counted(work.item), whole()) == (before + 300, True)


def _long_pair(n: int) -> dict[str, Any]:
    return {"prompt": f"{n} " * 300, "responses": {"a": {"text": f"{n} left"}, "b": {"text": f"{n} right"}}}


def _import(file: Path) -> ImportReport:
    with transaction() as session:
        return importing.import_file(session, SYSTEM, "pairs", "items", file, now=right_now(), rng=Random(1))
