"""One source for each figure: the same number wherever it is told, and one accuracy whatever became of the gold since."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from core.permissions import SYSTEM
from core.services import (
    activity,
    client_report,
    concerns,
    export_quality,
    labellers,
    mywork,
    overview,
    progress,
    readiness,
    routing,
    summaries,
)
from core.services.quality import own as quality_own, person as quality_person, reporting
from core.services.quality.accuracy import BLOCK
from core.stats.intervals import Interval
from core.store import batches, schema, work
from core.store.tables import Batch, Gold, Person, Project
from tests.clock import NOW
from tests.core.test_quality import LABELS, said
from tests.factories import a_gold, a_lane, a_member, a_person, a_project, acting, an_assignment, an_item

LONG_AGO = NOW - timedelta(days=9)


def a_seeded_project(session: Session) -> tuple[Project, list[Person]]:
    """Two people with checks, references, work, a taken back check, a revised one, and answers without gold."""
    project = a_project(session, "here", task="classification", settings=LABELS)
    people = [a_member(session, project, a_person(session, name)) for name in ("mei", "raj")]
    for n in range(3 * BLOCK):
        check = n % 4 == 0
        item = an_item(session, project, settings=LABELS, state="gold" if check else "done")
        if n % 4 < 2:
            gold = a_gold(session, item, {"labels": ["a"]}, use="check" if check else "reference")
            gold.created_at = LONG_AGO - timedelta(days=1)
        for person, wrong in zip(people, (5, 3), strict=True):
            right = n % wrong > 0
            purpose, passed = ("gold", right) if check else ("work", None)
            at = LONG_AGO + timedelta(minutes=n)
            said(session, item, person, "a" if right else "b", purpose=purpose, passed=passed, at=at)
    return project, people


def everywhere(session: Session, project: Project, person: Person) -> dict[str, Interval]:
    """A person's accuracy from each surface that tells one."""
    assessed = reporting.assess(session, SYSTEM, "here")
    gold = reporting.quality(session, SYSTEM, "here")["annotators_detail"][person.name]["gold"]
    shown = {
        "the API, the command line": Interval(gold["accuracy"], gold["low"], gold["high"], gold["n"]),
        "Progress, Today": next(
            one.gold for one in progress.overview(session, SYSTEM, "here", now=NOW).people if one.person_id == person.id
        ),
        "Annotators": next(
            one.accuracy for one in quality_person.team(session, SYSTEM, assessed).people if one.name == person.name
        ),
        "one person": quality_person.person(session, SYSTEM, assessed, person.name, now=NOW).standing.accuracy,
        "My work": mywork.progress(session, acting(person), now=NOW).projects[0].gold,
    }
    own = quality_own.mine(session, acting(person), "here", now=NOW).own
    assert own is not None
    assert project.slug == own.project.slug
    shown["My quality"] = own.gold
    return {name: found for name, found in shown.items() if found is not None}


def same_everywhere(session: Session, project: Project, people: list[Person]) -> list[Interval]:
    found = []
    for person in people:
        shown = everywhere(session, project, person)
        assert len(shown) == 6
        assert len(set(shown.values())) == 1, shown
        found.append(shown["My work"])
    assessed = reporting.assess(session, SYSTEM, "here")
    team = {
        progress.overview(session, SYSTEM, "here", now=NOW).gold,
        overview.overview(session, SYSTEM, assessed, now=NOW).quality.gold,
        client_report.client_report(session, SYSTEM, assessed, now=NOW).gold,
    }
    assert len(team) == 1, team
    return found


def test_everybody_is_told_the_same(session: Session) -> None:
    mei, raj = same_everywhere(session, *a_seeded_project(session))
    assert (mei.value, mei.n) == (24 / 30, 30)
    assert (raj.value, raj.n) == (20 / 30, 30)


def test_corrected_gold_counts_as_it_stands_and_withdrawn_gold_no_more(session: Session) -> None:
    project, people = a_seeded_project(session)
    check = session.exec(select(Gold).where(Gold.use == "check").order_by(col(Gold.item_id))).all()[1]
    before = same_everywhere(session, project, people)
    check.answer, check.created_at = {"labels": ["c"]}, NOW - timedelta(hours=1)
    session.flush()
    corrected = same_everywhere(session, project, people)
    assert [a.value * a.n - b.value * b.n for a, b in zip(before, corrected, strict=True)] == [1, 1], "both said a"
    session.execute(delete(Gold).where(col(Gold.item_id) == check.item_id))
    session.expire_all()
    withdrawn = same_everywhere(session, project, people)
    assert [found.n for found in withdrawn] == [29, 29]


def test_a_check_that_was_taken_back_counts_as_first_given(session: Session) -> None:
    project, people = a_seeded_project(session)
    before = same_everywhere(session, project, people)
    again, lost = (an_item(session, project, settings=LABELS, state="gold") for _ in range(2))
    for item in (again, lost):
        a_gold(session, item, {"labels": ["a"]}).created_at = LONG_AGO - timedelta(days=1)
        held = an_assignment(session, item, people[0], purpose="gold", slot=None)
        given = {"purpose": "gold", "assignment_id": held.id}
        said(session, item, people[0], "b", at=LONG_AGO, passed=False, current=False, undone_at=LONG_AGO, **given)
        if item is again:
            later = LONG_AGO + timedelta(minutes=1)
            said(session, item, people[0], "a", at=later, passed=True, revision=2, **given)
    after = same_everywhere(session, project, people)
    assert (after[0].n, after[0].value * after[0].n) == (before[0].n + 2, before[0].value * before[0].n)
    assert after[1] == before[1]


def the_same(**shown: object) -> None:
    """All that different surfaces tell of one thing."""
    assert len({repr(value) for value in shown.values()}) == 1, shown


def worked(session: Session, project: Project, person: Person, at: datetime) -> None:
    """Half an hour of counted time."""
    item = an_item(session, project, settings=LABELS, state="open")
    held = an_assignment(session, item, person, state="expired", slot=None)
    beat = activity.Measured(1, at, 1_800_000, assignment_id=held.id)
    activity.receive(session, acting(person), now=at, desk=f"{person.id}-{at.day}", beats=[beat])


def test_counts_speed_hours_and_agreement_are_the_same_wherever_they_are_told(session: Session) -> None:
    project, people = a_seeded_project(session)
    for person in people:
        for day in range(3):
            worked(session, project, person, LONG_AGO + timedelta(days=day))
    a_member(session, project, a_person(session, "viewer"), role="viewer")
    slug, now = project.slug, NOW
    seen, assessed = progress.overview(session, SYSTEM, slug, now=now), reporting.assess(session, SYSTEM, slug)
    insight = overview.overview(session, SYSTEM, assessed, now=now)
    client = client_report.client_report(session, SYSTEM, assessed, now=now)
    report = reporting.quality(session, SYSTEM, slug)
    (summary,) = summaries.summaries(session, SYSTEM)
    ready, queued = readiness.readiness(session, SYSTEM, slug), routing.batches(session, SYSTEM, slug)
    states = summaries.item_states(session, [summary.project.id])[summary.project.id]
    card = export_quality.judged(session, summary.project).agreement
    agreed = report["targets"]["labels"]["agreement"]
    assert card is not None
    assert insight.cost is not None
    the_same(progress=seen.items, list=summary.items, queue=sum(one.items for one in queued), of_all=51)
    the_same(progress=seen.states["done"], list=summary.done, insight=insight.cost.finished, queue=sum(one.done for one in queued))  # fmt: skip
    the_same(progress=dict(sorted(seen.states.items())), cli=dict(sorted(states.items())), project=dict(sorted(ready.counts.items())))  # fmt: skip
    the_same(progress=seen.answers_given, insight=insight.finish.given, report=report["labels"], client=client.labels, sum=sum(one.work for one in seen.people))  # fmt: skip
    the_same(report=report["annotators"], client=client.people, progress=len(seen.people), list=summary.people, rule=len(labellers.labellers(session, SYSTEM, slug)))  # fmt: skip
    the_same(progress=seen.hours, insight=insight.cost.hours, people=sum(one.hours for one in seen.people), in_all=3.0)
    figures = ("percent", "alpha", "pairs", "units")
    the_same(
        report=[agreed[name] for name in figures], card=[card[name] for name in figures],
        insight=[insight.quality.agreed[name] for name in figures], client=[client.targets[0].agreed[name] for name in figures],
    )  # fmt: skip
    for person in people:
        mine = mywork.progress(session, acting(person), now=now).projects[0]
        own = quality_own.mine(session, acting(person), slug, now=now).own
        (lead,) = (one for one in seen.people if one.person_id == person.id)
        assert own is not None
        the_same(progress=lead.answers, my_work=mine.answers, my_quality=own.answers)
        the_same(progress=lead.per_hour_range, my_quality=own.per_hour)


def test_hidden_checks_are_counted_once(session: Session) -> None:
    project = a_project(
        session, "here", task="classification", settings=LABELS, state="pilot", policy={"gold_rate": 0.1}
    )
    for use in ("check", "check", "reference"):
        a_gold(session, an_item(session, project, settings=LABELS), {"labels": ["a"]}, use=use)
    (step,) = (one for one in readiness.readiness(session, SYSTEM, "here").steps if one.need == "gold")
    (few,) = (one for one in concerns.today(session, SYSTEM, now=NOW).concerns if one.kind == "few_checks")
    the_same(project=(step.have, step.want), today=(few.figures["n"], few.figures["wanted"]), of_all=(2, 5))


@pytest.mark.parametrize(("state", "left"), [("open", 1), ("taken", 1), ("done", 0), ("withdrawn", 0)])
def test_a_batch_is_unfinished_by_one_rule(session: Session, state: str, left: int) -> None:
    """An item that all its people hold just now is as unfinished as one that nobody has taken."""
    project = a_project(session, "here", task="classification", settings=LABELS)
    lane = a_lane(session, project, batch="late")
    an_item(session, project, settings=LABELS, lane=lane, state=state)
    session.get_one(Batch, lane.batch_id).due_at = LONG_AGO
    session.flush()
    assessed = reporting.assess(session, SYSTEM, "here")
    (summary,) = summaries.summaries(session, SYSTEM)
    today = [one.figures["n"] for one in concerns.today(session, SYSTEM, now=NOW).concerns if one.kind == "overdue"]
    insight = overview.overview(session, SYSTEM, assessed, now=NOW).finish.overdue
    the_same(today=sum(today), list=int(summary.due_at is not None), insight=len(insight), of_all=left)


def test_finished_items_are_not_read_to_find_what_is_unfinished(empty_sqlite: Engine) -> None:
    """Without statistics, as in a new workspace."""
    schema.upgrade(empty_sqlite)
    query = select(work.batch.c.name, batches.left()).where(work.batch.c.project_id == 1, batches.unfinished())
    sql = str(query.compile(empty_sqlite, compile_kwargs={"literal_binds": True}))
    with empty_sqlite.connect() as connection:
        steps = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    items = [step.split(" (")[0] for step in steps if " item " in step]
    assert items == ["SEARCH item USING INDEX ix_item_open", "SEARCH item USING INDEX ix_item_listed"] * 2
