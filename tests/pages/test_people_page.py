"""The page People: finding, inviting, changing, erasing."""

from core.permissions import SYSTEM
from core.services import people
from core.store.engine import reading, transaction
from tests import factories
from tests.clock import right_now
from tests.pages.conftest import SignInAs, on, open_page, words

PAGE = "pages/manage/people.py"


def test_the_filter_narrows_the_list_and_counts(sign_in_as: SignInAs) -> None:
    sign_in_as("admin", name="Ada")
    with transaction() as session:
        for name in ("Wei", "Weiling", "Jia"):
            factories.a_person(session, name)
    app = open_page(PAGE)
    assert "4 people of 4" in words(app)
    app.text_input("address_find").set_value("wei").run()
    assert "2 people of 4" in words(app)
    assert list(app.dataframe[0].value["name"]) == ["Wei", "Weiling"]
    app.text_input("address_find").set_value("nobody like this").run()
    assert "No one matches" in words(app)


def test_markup_in_a_name_stays_text(sign_in_as: SignInAs) -> None:
    sign_in_as("admin", name="![x](http://beacon.example/x.png) **bold**")
    app = open_page(PAGE)
    assert "![x](" not in words(app)


def test_an_invitation_link_is_shown_and_then_waits_in_the_list(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    app = open_page(PAGE)
    app.text_input("invite_email").set_value("jia@example.org")
    app.button("invite").click().run()
    link = next(code.value for code in app.code if "/invitation?token=" in code.value)
    secret = link.strip().rpartition("token=")[2]
    with reading() as session:
        assert people.read_invitation(session, now=right_now(), secret=secret).email == "jia@example.org"
    assert "1 invitation" in words(app)
    with reading() as session:
        waiting = people.invitations(session, lead, now=right_now())
    app.button(f"withdraw:{waiting[0].id}").click().run()
    assert "None. Unused links" in words(app)


def test_a_link_that_says_localhost_warns(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    app = open_page(PAGE)
    app.button("invite").click().run()
    assert any("opens on this computer only" in warning.value for warning in app.warning)


def test_reviewers_see_people_but_no_way_to_change_them(sign_in_as: SignInAs) -> None:
    sign_in_as("reviewer")
    app = open_page(PAGE)
    assert "1 person of 1" in words(app)
    assert "invite" not in [button.key for button in app.button]


def test_an_admin_changes_a_role(sign_in_as: SignInAs) -> None:
    sign_in_as("admin", name="Ada")
    with transaction() as session:
        wei = factories.a_person(session, "Wei")
    app = on(PAGE, person="Wei")
    app.selectbox(f"role:{wei.id}").select("lead").run()
    app.button(f"save_role:{wei.id}").click().run()
    with reading() as session:
        assert people.get(session, SYSTEM, "Wei").role == "lead"


def test_a_person_is_put_into_a_project_and_out_again(sign_in_as: SignInAs) -> None:
    sign_in_as("admin", name="Ada")
    with transaction() as session:
        wei = factories.a_person(session, "Wei")
        factories.a_project(session, "pairs")
    app = on(PAGE, person="Wei")
    app.selectbox(f"project:{wei.id}:0").select("pairs").run()
    app.button(f"add:{wei.id}").click().run()
    with reading() as session:
        assert {view.name: view.projects for view in people.listed(session, SYSTEM)}["Wei"] == ("pairs",)
    app.button(f"remove:{wei.id}:pairs").click().run()
    with reading() as session:
        assert {view.name: view.projects for view in people.listed(session, SYSTEM)}["Wei"] == ()


def test_a_lead_reads_about_another_lead_and_their_invitations_but_changes_neither(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    with transaction() as session:
        other = factories.an_actor(session, "Mei", role="lead")
        people.invite(session, other, now=right_now(), email="jia@example.org")
    app = on(PAGE, person="Mei")
    assert "below your own role only" in words(app)
    assert "1 invitation" in words(app)
    assert not [b.key for b in app.button if str(b.key).startswith(("withdraw", "link:", "deactivate", "erase"))]
