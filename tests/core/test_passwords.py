"""Text from strangers is bounded before it is composed: 80 kB of combining marks take a second and a half, and more far longer."""

import io
import sys
import unicodedata
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlmodel import Session

from cli import main
from core.errors import InvalidInput
from core.permissions import SYSTEM
from core.services import passwords, people, sessions
from tests import factories
from tests.clock import right_now

MARKS = "o" + "\u0315\u0300" * 40_000
GOOD = "a stone that tells gold"


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of all texts that were composed."""
    seen: list[int] = []

    def normalize(form: str, text: str) -> str:
        seen.append(len(text))
        return unicodedata.normalize(form, text[:10_000])  # type: ignore[arg-type]

    watched = SimpleNamespace(normalize=normalize, category=unicodedata.category)
    for module in (passwords, people):
        monkeypatch.setattr(module, "unicodedata", watched)
    return seen


def _invited(session: Session, name: str, password: str) -> None:
    secret = people.invite(session, SYSTEM, now=right_now(), project=factories.a_project(session).slug)
    people.accept_invitation(session, now=right_now(), secret=secret, name=name, password=password)


def _reset(session: Session, _: str, password: str) -> None:
    person = factories.a_person(session, "Wei")
    secret = people.new_password_link(session, SYSTEM, person.id, now=right_now())
    people.accept_invitation(session, now=right_now(), secret=secret, name="", password=password)


def _set_up(session: Session, name: str, password: str) -> None:
    secret = people.ensure_setup_ticket(session, now=right_now())
    assert secret
    people.set_up(session, now=right_now(), secret=secret, name=name, password=password)


def _changed(session: Session, _: str, password: str) -> None:
    actor = factories.an_actor(session, "Jia")
    sessions.change_password(session, actor, now=right_now(), password=password, keep=None)


@pytest.mark.parametrize("path", [_invited, _reset, _set_up, _changed])
@pytest.mark.parametrize(("name", "password"), [(MARKS, GOOD), ("Xiu", MARKS)])
def test_no_path_composes_what_is_too_long(
    session: Session, composed: list[int], path: Callable[[Session, str, str], None], name: str, password: str
) -> None:
    if password == MARKS or path in (_invited, _set_up):
        with pytest.raises(InvalidInput):
            path(session, name, password)
    assert max(composed, default=0) <= passwords.LONGEST_TYPED


def test_signing_in_composes_no_more_than_a_password_can_have(session: Session, composed: list[int]) -> None:
    factories.a_person(session, "Jia", password_hash=passwords.hashed(GOOD))
    assert not sessions.check_password(session, name="Jia", password=MARKS).fits
    assert not sessions.check_password(session, name="nobody", password=MARKS).fits
    assert sessions.check_password(session, name="Jia", password=GOOD).fits
    assert max(composed) <= passwords.LONGEST_TYPED


def test_the_command_line_reads_no_more_than_that(
    composed: list[int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin = io.StringIO(MARKS)
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(sys, "argv", ["manage.py", "user", "add", "mei", "--role", "lead", "--password-stdin"])
    with pytest.raises(SystemExit):
        main.run()
    assert "at most 200" in capsys.readouterr().err
    assert stdin.tell() <= passwords.LONGEST_TYPED
    assert max(composed, default=0) <= passwords.LONGEST_TYPED


def test_the_longest_password_fits_however_a_keyboard_composes_it() -> None:
    typed = "ệ" * passwords.MAX_CHARACTERS
    stored = passwords.hashed(typed)
    assert passwords.matches(unicodedata.normalize("NFD", typed), stored)
    assert not passwords.matches(unicodedata.normalize("NFD", typed) + MARKS, stored)


def test_half_a_pair_is_a_wrong_password_and_no_failure() -> None:
    assert not passwords.matches("\ud800 and more", passwords.hashed(GOOD))


def test_a_long_address_is_refused_before_its_form_is_looked_at(session: Session) -> None:
    with pytest.raises(InvalidInput) as refused:
        people.add(session, SYSTEM, now=right_now(), name="Xiu", role="annotator", email="a@" + "." * 80_000 + " x")
    assert len(str(refused.value)) < 400
