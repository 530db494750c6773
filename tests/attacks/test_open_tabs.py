"""A tab that stays open after its owner may no longer come in: what runs by itself in it asks who is there, every time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import orjson
import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, col, select
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from core.permissions import SYSTEM, Actor
from core.services import importing, membership, people, sessions
from core.store.engine import transaction
from core.store.tables import Item
from tests import factories
from tests.clock import right_now
from tests.e2e.conftest import Server, sign_in

pytestmark = pytest.mark.browser
COUNTED, ADDRESS = "Nothing waits for review", {"page_name": "review", "query_string": "project=pairs"}


class Tab:
    """Streamlit's side of a browser's tab: it sends runs and keeps what comes back."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._fragments: list[str] = []

    def run(self, **state: str) -> str:
        """Everything drawn by this run, and by those that it asks for."""
        self._socket.send(BackMsg(rerun_script=ClientState(**ADDRESS, **state)).SerializeToString())
        drawn = []
        while True:
            message = ForwardMsg.FromString(self._socket.recv(timeout=30, decode=False))
            drawn.append(str(message.delta))
            if message.HasField("auto_rerun"):
                self._fragments.append(message.auto_rerun.fragment_id)
            if message.HasField("script_finished") and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return "\n".join(drawn)

    def look_again(self) -> str:
        """As the browser does by the clock."""
        return self.run(fragment_id=self._fragments[-1])


@contextmanager
def _review_open(server: Server) -> Iterator[tuple[Tab, Actor, str]]:
    with transaction(server.engine) as session:
        reviewer = factories.an_actor(session, role="annotator")
        membership.add_member(session, SYSTEM, "pairs", reviewer.name, now=right_now(), role="reviewer")
        token = sessions.open_session(session, reviewer, now=right_now())
    cookie = {"Cookie": f"{sessions.cookie_name(secure=False)}={token}"}
    with connect(server.url.replace("http", "ws", 1) + "/_stcore/stream", additional_headers=cookie) as socket:
        tab = Tab(socket)
        assert COUNTED in tab.run()
        assert COUNTED in tab.look_again()
        yield tab, reviewer, token


def _deactivate(session: Session, actor: Actor, token: str) -> None:
    people.change(session, SYSTEM, actor.person_id or 0, now=right_now(), active=False)


def _sign_out(session: Session, actor: Actor, token: str) -> None:
    sessions.sign_out(session, now=right_now(), token=token)


@pytest.mark.parametrize("put_out", [_deactivate, _sign_out])
def test_an_open_page_shows_nothing_more_to_whoever_is_out(
    server: Server, put_out: Callable[[Session, Actor, str], None]
) -> None:
    with _review_open(server) as (tab, reviewer, token):
        with transaction(server.engine) as session:
            put_out(session, reviewer, token)
        drawn = tab.look_again()
    assert COUNTED not in drawn
    assert "Sign in" in drawn


def test_an_open_page_shows_nothing_more_of_a_project_that_one_left(server: Server) -> None:
    with _review_open(server) as (tab, reviewer, _token):
        with transaction(server.engine) as session:
            membership.set_member(session, SYSTEM, "pairs", reviewer.name, now=right_now(), state="removed")
        assert COUNTED not in tab.look_again()


def test_a_window_over_the_page_does_nothing_for_whoever_is_out(server: Server, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "late.jsonl"
    payload = {"prompt": "Why?", "responses": {"a": {"text": "Because."}, "b": {"text": "No idea."}}}
    file.write_bytes(orjson.dumps({"id": "late", "payload": payload}))
    with transaction(server.engine) as session:
        importing.import_file(session, SYSTEM, "pairs", "items", file, now=right_now(), rng=Random(1))
        lead = people.get(session, SYSTEM, "Mei Ling")
    sign_in(page, "Mei Ling")
    page.goto("/import?project=pairs")
    page.get_by_role("button", name="Undo import").click(timeout=20_000)
    sure = page.get_by_role("button", name="Remove the items")
    sure.wait_for()
    with transaction(server.engine) as session:
        people.change(session, SYSTEM, lead.id, now=right_now(), active=False)
    sure.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=20_000)
    with transaction(server.engine) as session:
        assert session.scalars(select(Item).where(col(Item.key) == "late")).one()
