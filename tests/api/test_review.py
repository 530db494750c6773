"""/api/review as the review desk uses it: every status, every body, and what an annotator must never see."""

from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from api import app
from core.permissions import Actor
from core.services import mywork, sessions
from core.store import work
from core.store.engine import reading, transaction
from core.store.tables import TargetValue
from tests import factories
from tests.clock import right_now

Response = Any
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
SECRET = "secret-model-9000"
PAYLOAD = {
    "prompt": "Which way?",
    "responses": {"r1": {"text": "Left.", "model": SECRET}, "r2": {"text": "Right.", "model": f"{SECRET}b"}},
}
HOSTILE = "<script>alert(1)</script> [x](javascript:1) \u202e ' OR 1=1 --"


BOTH = pytest.mark.parametrize(
    "store_kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
"""For what the databases themselves might take differently."""


@pytest.fixture
def store_kind(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


class Caller:
    """One person's way to the API, with an access token."""

    def __init__(self, client: TestClient, actor: Actor, token: str) -> None:
        self.client, self.actor, self.headers = client, actor, {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        return self.client.request(method, path, json=body, headers={**self.headers, **headers})

    def next(self, **asked: str) -> dict[str, Any]:
        reply = self.client.get("/review/pairs/next", params=asked, headers=self.headers)
        assert reply.status_code == 200, reply.text
        body: dict[str, Any] = reply.json()
        return body

    def post(self, path: str, body: Any = None) -> Response:
        return self.call("POST", f"/review/{path}", body or {})

    def settle(self, assignment: int, **body: Any) -> Response:
        return self.post(f"assignments/{assignment}/settle", {"key": KEY, "basis": "accepted", **body})


@pytest.fixture
def client(store: Engine) -> TestClient:
    return TestClient(app.create(), raise_server_exceptions=False)


@pytest.fixture
def rita(client: TestClient) -> Caller:
    """A reviewer of "pairs": two items that Ann and Ben answered differently, and one that nobody answered."""
    with transaction() as session:
        project = factories.a_project(session, "pairs", overlap=2)
        people = [factories.a_member(session, project, factories.a_person(session, name)) for name in ("Ann", "Ben")]
        lane = factories.a_lane(session, project)
        for n in range(3):
            item = factories.an_item(
                session, project, f"i{n}", payload=PAYLOAD, lane=lane, overlap=2, state="done" if n < 2 else "open"
            )
            for person, said in zip(people if n < 2 else [], ("r1", "r2"), strict=False):
                labelled(session, item, person, said)
        return joined(session, client, "Rita")


@pytest.fixture
def ann(client: TestClient, rita: Caller) -> Caller:
    """One of those whose answers are reviewed."""
    with transaction() as session:
        person = session.scalars(select(factories.Person).where(col(factories.Person.name) == "Ann")).one()
        actor = factories.acting(person)
        return Caller(client, actor, sessions.create_token(session, actor, now=right_now()))


def change(table: Any, **values: Any) -> None:
    with transaction() as session:
        session.connection().execute(update(table).values(**values))


def refused(reply: Response, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal: the code for programs, words for people, and nothing of the framework's own."""
    body: dict[str, Any] = reply.json()
    assert (reply.status_code, body.get("error")) == (status, code), body
    assert body["message"]
    assert set(body) <= {"error", "message", "where", "problems"}
    return body


def labelled(session: Session, item: Any, person: Any, said: str) -> Any:
    held = factories.an_assignment(session, item, person, state="done", slot=None)
    answer = factories.an_answer(session, item, person, {"preferred": said}, assignment_id=held.id)
    session.add(TargetValue(answer_id=answer.id, target="preferred", code={"r1": 0, "r2": 1}[said]))
    session.flush()
    return answer


def joined(session: Session, client: TestClient, name: str, role: str = "reviewer") -> Caller:
    project = session.get_one(factories.Project, 1)
    person = factories.a_person(session, name, role=role)
    someone = factories.acting(factories.a_member(session, project, person, role=role))
    return Caller(client, someone, sessions.create_token(session, someone, now=right_now()))


@BOTH
def test_next_shows_all_sides_and_gives_the_item_again(rita: Caller) -> None:
    first = rita.next()
    assert set(first) == {
        "assignment", "rev", "item", "stage", "state", "why", "screen", "answers", "differs", "suggested", "first_verdict", "history",
        "returned", "draft", "lease_until", "progress", "last",
    }  # fmt: skip
    assert rita.next()["assignment"] == first["assignment"]
    assert set(first["screen"]) == {"shows", "asks", "lang", "extras"}
    assert [(one["label"], one["name"], one["answer"]) for one in first["answers"]] == [
        (1, "Ann", {"preferred": "r1"}), (2, "Ben", {"preferred": "r2"}),
    ]  # fmt: skip
    assert (first["differs"], first["stage"], first["why"]) == (["preferred"], 1, ["doubt"])
    assert first["suggested"]["from"] == first["suggested"]["label"] == 1
    assert SECRET not in str(first)


@BOTH
def test_an_item_is_drafted_renewed_settled_and_the_next_comes(rita: Caller) -> None:
    held = rita.next()["assignment"]
    draft = {"rev": 1, "answer": {"preferred": "tie"}, "extras": None, "comment": HOSTILE, "reason": "ambiguous"}
    assert rita.call("PUT", f"/review/assignments/{held}/draft", draft).json() == {"rev": 1}
    assert rita.next()["draft"] == {key: value for key, value in draft.items() if key != "rev"}
    assert set(rita.post(f"assignments/{held}/renew").json()) == {"lease_until"}
    body = {"basis": "edited", "answer": {"preferred": "tie"}, "comment": HOSTILE, "next": True, "example": HOSTILE}
    done = rita.settle(held, **body).json()
    assert set(done) == {"verdict", "next"}
    assert done["next"]["item"] == "i1"
    assert done["next"]["last"] == done["verdict"]
    assert done["next"]["progress"] == {"today": 1, "left": 1}
    assert rita.settle(held, **body).json()["verdict"] == done["verdict"]
    refused(rita.settle(held, **{**body, "comment": "other"}), 409, "key_reused")


@BOTH
def test_a_verdict_is_reopened_with_its_comment(rita: Caller) -> None:
    done = rita.settle(rita.next()["assignment"]).json()["verdict"]
    refused(rita.post(f"verdicts/{done}/reopen", {"comment": " "}), 400, "malformed")
    again = rita.post(f"verdicts/{done}/reopen", {"comment": HOSTILE}).json()["next"]
    assert (again["item"], again["draft"]["comment"]) == ("i0", HOSTILE)
    assert [(one["verdict"], one["reopened_at"] is not None) for one in again["history"]] == [(done, True)]
    refused(rita.post(f"verdicts/{done}/reopen", {"comment": "twice"}), 409, "closed")
    refused(rita.post("verdicts/99/reopen", {"comment": "which"}), 404, "not_found")


@BOTH
def test_answers_go_back_to_their_author_who_revises_or_keeps_them(rita: Caller, ann: Caller) -> None:
    held = rita.next()
    answer = held["answers"][0]["id"]
    body = {"key": KEY, "answers": [answer], "comment": HOSTILE, "next": True}
    sent = rita.post(f"assignments/{held['assignment']}/return", body).json()
    assert (len(sent["returned"]), sent["next"]["item"]) == (1, "i1")
    assert rita.next(item="i0")["returned"][0]["settled"] is None
    refused(rita.post(f"returned/{sent['returned'][0]}/keep", {"reply": "mine"}), 404, "not_found")
    assert ann.post(f"returned/{sent['returned'][0]}/keep", {"reply": HOSTILE}).json() == {}
    back = rita.next(item="i0")
    assert [(one["label"], one["settled"], one["reply"]) for one in back["returned"]] == [(1, "kept", HOSTILE)]
    revision = {"key": KEY, "answer": {"preferred": "r2"}, "extras": None}
    assert ann.call("POST", f"/work/answers/{answer}/revise", revision).status_code == 200


def test_what_is_passed_on_is_left_to_others(rita: Caller) -> None:
    first = rita.next()
    after = rita.post(f"assignments/{first['assignment']}/pass", {"next": True}).json()["next"]
    assert after["item"] != first["item"]
    last = rita.post(f"assignments/{after['assignment']}/pass", {"next": True}).json()["next"]
    assert (last["assignment"], last["why"], bool(last["message"])) == (None, "all_skipped", True)
    assert set(last) == {"assignment", "message", "why", "progress", "last", "verdict", "back_at"}


def test_flags_are_decided_at_the_desk(rita: Caller) -> None:
    change(work.item, state="flagged")
    held = rita.next(item="i0")
    refused(rita.post(f"assignments/{held['assignment']}/flag", {"decision": "burn"}), 400, "malformed")
    assert rita.post(f"assignments/{held['assignment']}/flag", {"decision": "withdraw"}).json() == {"next": None}
    assert rita.next(item="i0")["why"] == "not_complete"


def test_gold_is_promoted_with_an_explanation(rita: Caller) -> None:
    held = rita.next()["assignment"]
    refused(rita.settle(held, gold={"use": "check", "explanation": ""}), 400, "malformed")
    refused(rita.settle(held, gold={"use": "check"}), 400, "malformed")
    assert rita.settle(held, gold={"use": "check", "explanation": HOSTILE}).status_code == 200


def test_filters_come_in_the_address_and_with_a_decision(rita: Caller) -> None:
    assert rita.next(annotator="Ann", why="doubt")["item"] == "i0"
    assert rita.next(item="i1")["item"] == "i1"
    held = rita.next(item="i1")["assignment"]
    after = rita.settle(held, next=True, filter={"lang": "zh", "batch": ""}).json()["next"]
    assert (after["assignment"], after["why"]) == (None, "none_left")
    reply = rita.client.get("/review/pairs/next", params={"item": "nothing"}, headers=rita.headers)
    refused(reply, 404, "not_found")
    refused(rita.client.get("/review/pairs/next", params={"why": "fun"}, headers=rita.headers), 400, "malformed")
    refused(rita.client.get("/review/pairs/next", params={"tag": "a\0b"}, headers=rita.headers), 400, "malformed")


def test_an_edited_verdict_that_does_not_fit_says_why(rita: Caller) -> None:
    held = rita.next()["assignment"]
    body = refused(rita.settle(held, basis="edited", answer={"preferred": "r9"}), 422, "invalid_answer")
    assert [one["ask"] for one in body["problems"]] == ["preferred"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "short"},
        {"key": None},
        {"basis": 1},
        {"basis": "guessed"},
        {"answer": []},
        {"answer_id": "1"},
        {"answer_id": -1},
        {"extras": "x"},
        {"comment": "a\0b"},
        {"reason": "mood"},
        {"gold": []},
        {"example": 5},
        {"active_ms": -1},
        {"next": True, "filter": []},
        {"next": True, "filter": {"why": "fun"}},
    ],
)
def test_bodies_that_are_no_decision_are_refused_and_nothing_changes(rita: Caller, wrong: dict[str, Any]) -> None:
    held = rita.next()
    refused(rita.settle(held["assignment"], **wrong), 400, "malformed")
    assert rita.next()["history"] == []


@pytest.mark.parametrize("answers", [None, [], "1", [True], ["1"], [1.5], list(range(1, 200))])
def test_lists_that_name_no_answers_are_refused(rita: Caller, answers: Any) -> None:
    held = rita.next()["assignment"]
    body = {"key": KEY, "answers": answers, "comment": "Look."}
    assert rita.post(f"assignments/{held}/return", body).status_code in (400, 409)


# Who sees what ---------------------------------------------------------------------------------------------------------


def test_annotators_viewers_and_strangers_are_refused_everywhere(rita: Caller, ann: Caller, client: TestClient) -> None:
    held = rita.next()["assignment"]
    done = rita.settle(held).json()["verdict"]
    with transaction() as session:
        viewer = joined(session, client, "Vic", "viewer")
        person = factories.acting(factories.a_person(session, "Sam", role="reviewer"))
        stranger = Caller(client, person, sessions.create_token(session, person, now=right_now()))
    for caller, status in ((ann, 403), (viewer, 403), (stranger, 404)):
        assert client.get("/review/pairs/next", headers=caller.headers).status_code == status
        assert caller.post(f"verdicts/{done}/reopen", {"comment": "x"}).status_code == status
        assert caller.settle(held, next=True).status_code == 404
        for path in ("renew", "pass", "flag", "return"):
            assert caller.post(f"assignments/{held}/{path}", {"next": True}).status_code in (400, 403, 404)
        draft = caller.call("PUT", f"/review/assignments/{held}/draft", {"rev": 1})
        assert draft.status_code == 404
    assert client.get("/review/pairs/next").status_code == 401


def test_annotators_never_see_verdicts_or_each_others_answers(rita: Caller, ann: Caller) -> None:
    held = rita.next()
    answer = held["answers"][0]["id"]
    rita.post(f"assignments/{held['assignment']}/return", {"key": KEY, "answers": [answer], "comment": "Look again."})
    rita.settle(
        rita.next()["assignment"], basis="edited", answer={"preferred": "both_bad"}, comment="A secret verdict."
    )
    seen = [ann.call("GET", f"/work/answers/{answer}").text, ann.call("GET", "/work/pairs/next").text]
    with reading() as session:
        seen += [repr(mywork.returned(session, ann.actor)), repr(mywork.answers(session, ann.actor))]
    for text in seen:
        assert not any(
            clue in text for clue in ("A secret verdict", 'both_bad": ', "Ben", "Rita", "verdict", "suggested", SECRET)
        )
    assert ann.call("GET", f"/work/answers/{held['answers'][1]['id']}").status_code == 404


def test_what_a_reviewer_holds_cannot_be_answered_at_the_work_desk(rita: Caller) -> None:
    held = rita.next()["assignment"]
    body = {"key": KEY, "rev": 0, "outcome": "submitted", "answer": {"preferred": "tie"}, "active_ms": 5}
    refused(rita.call("POST", f"/work/assignments/{held}/submit", body), 404, "not_found")
    refused(rita.call("PUT", f"/work/assignments/{held}/draft", {"rev": 1, "answer": {}}), 404, "not_found")
    refused(rita.call("POST", f"/work/assignments/{held}/renew"), 404, "not_found")


def test_a_second_desk_and_another_persons_cookie_are_told_apart(rita: Caller) -> None:
    def at_desk(desk: str, **more: str) -> Response:
        return rita.client.get("/review/pairs/next", headers={**rita.headers, "X-Touchstone-Desk": desk, **more})

    assert at_desk("one").status_code == 200
    refused(at_desk("two"), 409, "second_desk")
    refused(at_desk("one", **{"X-Touchstone-Actor": "999"}), 409, "other_user")


def test_words_come_in_the_readers_language(client: TestClient, ann: Caller) -> None:
    change(work.person, language="zh")
    body = refused(client.get("/review/pairs/next", headers=ann.headers), 403, "not_allowed")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in body["message"])
