"""The page Account: languages, password, sessions, tokens."""

import pytest

from core.permissions import Actor
from core.services import passwords, people, sessions, taking
from core.store.engine import reading, transaction
from tests.clock import right_now
from tests.pages.conftest import SignInAs, open_page, words

PAGE = "pages/manage/account.py"
GOOD = "a stone that tells gold"


@pytest.fixture
def jia(sign_in_as: SignInAs, monkeypatch: pytest.MonkeyPatch) -> Actor:
    monkeypatch.setattr(passwords, "ROUNDS", 4)
    return sign_in_as(name="Jia", password_hash=passwords.hashed(GOOD))


def test_the_language_is_kept_with_the_person(jia: Actor) -> None:
    app = open_page(PAGE)
    app.radio("account_language").set_value("zh").run()
    assert "我的账号" in words(app)
    with reading() as session:
        assert people.me(session, jia).language == "zh"
    assert "我的账号" in words(open_page(PAGE))


def test_the_language_of_content_is_a_choice_of_its_own(jia: Actor) -> None:
    app = open_page(PAGE)
    app.radio("account_content").set_value("zh").run()
    with reading() as session:
        assert (people.me(session, jia).language, people.me(session, jia).content_language) == ("en", "zh")
    assert "Account" in words(app)


def test_a_password_is_changed_with_the_current_one(jia: Actor) -> None:
    app = open_page(PAGE)
    app.text_input("current_password").set_value("a wrong password")
    app.text_input("changed_password").set_value("gold is where it is found")
    app.text_input("changed_again").set_value("gold is where it is found")
    submit = next(button for button in app.button if button.label == "Change the password")
    submit.click().run()
    assert "Incorrect name or password." in words(app)
    app.text_input("current_password").set_value(GOOD)
    app.text_input("changed_password").set_value("gold is where it is found")
    app.text_input("changed_again").set_value("gold is where it is found")
    next(button for button in app.button if button.label == "Change the password").click().run()
    with reading() as session:
        assert sessions.check_password(session, name="Jia", password="gold is where it is found").fits


def test_sign_out_everywhere_ends_this_one_too(jia: Actor) -> None:
    with transaction() as session:
        other = sessions.open_session(session, jia, now=right_now())
    app = open_page(PAGE)
    app.button("sign_out_everywhere").click().run()
    assert "Sign in" in words(app)
    with reading() as session:
        assert sessions.actor_of_session(session, now=right_now(), token=other) is None


def test_a_token_is_shown_once(jia: Actor) -> None:
    app = open_page(PAGE)
    app.text_input("token_label").set_value("nightly export").run()
    app.button("make_token").click().run()
    [token] = [code.value for code in app.code]
    with reading() as session:
        assert sessions.actor_of_token(session, now=right_now(), token=token.strip()) == jia
    assert not app.run().code


def test_what_one_takes_is_said_here(jia: Actor) -> None:
    app = open_page(PAGE)
    app.multiselect(f"taking_languages:{jia.person_id}").set_value(["zh", "en"]).run()
    app.button(f"save_taking:{jia.person_id}").click().run()
    assert not app.exception
    with reading() as session:
        assert taking.of(session, jia, jia.person_id or 0).languages == ("en", "zh")
