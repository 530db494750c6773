"""What people take decides what comes to them."""

import pytest
from sqlmodel import Session

from core.errors import InvalidInput, NotAllowed
from core.permissions import SYSTEM
from core.services import taking
from core.services.queue import Served
from tests.clock import NOW
from tests.core.test_queue import claim
from tests.factories import a_lane, a_member, a_project, acting, an_item


def test_one_says_oneself_what_comes_and_changes_ones_mind(session: Session) -> None:
    project = a_project(session)
    an_item(session, project, lane=a_lane(session, project, lang="zh-Hans", sensitive="abuse,violence"))
    person = a_member(session, project)
    ann, ann_id = acting(person), person.id or 0
    now = taking.of(session, ann, ann_id)
    assert (now.known_languages, now.known_content) == (("zh-Hans",), ("abuse", "violence"))
    taking.change(session, ann, ann_id, now=NOW, languages=["en"], avoids=[])
    assert claim(session, ann, project).why == "none_for_you"
    taking.change(session, ann, ann_id, now=NOW, languages=["zh", "en"], avoids=["violence"])
    assert claim(session, ann, project).why == "none_for_you"
    taking.change(session, ann, ann_id, now=NOW, languages=["zh", "en"], avoids=["war"])
    assert isinstance(claim(session, ann, project), Served)
    assert taking.of(session, ann, ann_id).avoids == ("war",)


def test_others_need_the_right_to_manage_people(session: Session) -> None:
    project = a_project(session)
    ann, ben = a_member(session, project), a_member(session, project)
    with pytest.raises(NotAllowed):
        taking.of(session, acting(ben), ann.id or 0)
    taking.change(session, SYSTEM, ann.id or 0, now=NOW, languages=["zh"], avoids=[])
    assert taking.of(session, acting(ann), ann.id or 0).languages == ("zh",)


def test_a_name_that_would_not_be_found_again_is_refused(session: Session) -> None:
    person = a_member(session, a_project(session))
    with pytest.raises(InvalidInput):
        taking.change(session, acting(person), person.id or 0, now=NOW, languages=[], avoids=["war, hunger"])
