"""One project's progress on a page: where it stands in words and figures, the charts, what was set aside, who waits."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.permissions import Actor, Right
from core.services import concerns, flags, progress, projects
from core.services.concerns import Concern
from core.services.flags import SetAside
from core.services.progress import Finish, Overview
from core.services.projects import ProjectView
from core.store.engine import reading, transaction
from ui import auth, figures, headings, navigation, progress_charts, state
from ui.frame import show_errors
from ui.morning import ORDER, line
from ui.project.words import OUTCOMES, STATE_COLOURS
from ui.reasons import reason_words
from ui.text import _, _n, content, plain
from ui.words import state_name


def empty() -> None:
    if auth.current_actor().may(Right.CREATE_PROJECT):
        st.write(_("Once a project has items, this page shows how far it is, who does what and when it will be done."))
    else:
        st.write(_("Projects you can follow appear here once a lead adds you to one."))


def show(actor: Actor, slug: str) -> None:
    now = auth.now()
    with reading() as session:
        overview = progress.overview(session, actor, slug, now=now)
        waiting = concerns.out_of_work(session, actor, slug)
        decides = projects.may(session, actor, overview.project.id, Right.MANAGE_PROJECT)
        set_aside = flags.set_aside(session, actor, slug) if decides else []
    _head(overview)
    if not sum(overview.states.values()):
        _no_items()
        return
    _figures(overview)
    progress_charts.items(overview)
    if overview.days:
        headings.section(_("Answers per day"))
        progress_charts.answers(overview)
    if overview.people:
        _people(overview)
    _waiting(waiting)
    _set_aside(slug, set_aside)
    st.caption(_("As of {moment}.").format(moment=figures.moment(overview.as_of)))


def _head(overview: Overview) -> None:
    project = overview.project
    with st.container(horizontal=True, vertical_alignment="center"):
        headings.section(plain(content(project.title)), width="content")
        st.badge(state_name(project.state), color=STATE_COLOURS[project.state])
        if project.simulated:
            st.badge(_("simulated"), color="gray")
    if overview.answers_wanted:
        st.markdown(headline(overview))


def _no_items() -> None:
    st.write(_("No items yet. Import some, and this page will show how they get their answers."))
    with st.container(width="content"):
        st.page_link(navigation.page("projects"), label=_("Open the projects"), icon=":material/arrow_forward:")


def headline(overview: Overview) -> str:
    given, wanted = figures.number(overview.answers_given), figures.number(overview.answers_wanted)
    if not overview.finish.remaining:
        return _n("The answer is in.", "All {n} answers are in.", overview.answers_wanted).format(n=wanted)
    start = _n("{given} of {wanted} answer is in.", "{given} of {wanted} answers are in.", overview.answers_wanted)
    return figures.sentences(start.format(given=given, wanted=wanted), finish_words(overview.finish))


def finish_words(finish: Finish) -> str:
    if finish.pace is None:
        return _("The expected finish date shows after three full days of work.")
    if finish.expected is None or finish.soonest is None:
        return _("At the pace of recent days there is no foreseeable finish date.")
    if finish.latest is None:
        return _("At this pace the rest takes until about {expected}, {soonest} at the earliest; the pace varies too much for a latest date.").format(
            expected=figures.day(finish.expected), soonest=figures.day(finish.soonest)
        )  # fmt: skip
    return _("At this pace the rest takes until about {expected}, between {soonest} and {latest}.").format(
        expected=figures.day(finish.expected), soonest=figures.day(finish.soonest), latest=figures.day(finish.latest)
    )


def _figures(overview: Overview) -> None:
    with st.container(horizontal=True, gap="medium"):
        _figure(_("Answers left"), figures.number(overview.finish.remaining))
        left = overview.finish.hours_left
        _figure(_("Hours left, about"), "–" if left is None else figures.hours(left))
        _figure(_("Labelling hours so far"), figures.hours(overview.hours))
        gold = overview.gold
        note = (
            ""
            if gold is None
            else _("{low}–{high}, n = {n}").format(low=round(gold.low * 100), high=figures.percent(gold.high), n=gold.n)
        )
        _figure(_("Accuracy on gold items"), "–" if gold is None else figures.percent(gold.value), note)


def _figure(label: str, value: str, note: str = "") -> None:
    words = f"**{value}** :small[:gray[{note}]]" if note else f"**{value}**"
    st.markdown(f":small[:gray[{label}]]  \n{words}", width="content")


def _people(overview: Overview) -> None:
    if any(person.gold for person in overview.people):
        headings.section(_("Accuracy on gold items"))
        progress_charts.accuracy(overview)
    headings.section(_("Work by person"))
    progress_charts.speed(overview)


def _waiting(waiting: Sequence[Concern]) -> None:
    if not waiting:
        return
    headings.section(_("Out of items"))
    for concern in waiting:
        line(concern)


def _set_aside(slug: str, found: Sequence[SetAside]) -> None:
    if not found:
        return
    headings.section(_("Waiting for your decision"))
    st.caption(_n("{n} item is on hold: reported by annotators.", "{n} items are on hold: reported by annotators.", len(found)).format(n=len(found)))  # fmt: skip
    for item in found:
        with st.container(border=True, key=f"set_aside_{item.item_id}"):
            st.text(f"{item.key} · {item.excerpt}" if item.excerpt else item.key)
            if item.state == "quarantined":
                _locked(slug, item)
            st.caption("  \n".join(_remark(remark) for remark in item.remarks))
            ways = st.container(horizontal=True)
            if ways.button(_("Return to queue"), key=f"back_{item.item_id}"):
                _decide(flags.put_back, slug, item, _("The item is in the queue again."))
            if ways.button(_("Withdraw item"), key=f"out_{item.item_id}"):
                _decide(flags.withdraw, slug, item, _("The item is withdrawn; its answers are kept."))


def _locked(slug: str, item: SetAside) -> None:
    """Text that may hold personal data is read only on purpose, and on the record."""
    if st.button(_("Show the text"), key=f"reveal_{item.item_id}", type="tertiary", icon=":material/lock_open:"):
        with show_errors():
            with transaction() as session:
                text = flags.reveal(session, auth.current_actor(), slug, item.item_id, now=auth.now())
            st.text(text)


def _decide(decision: Callable[..., None], slug: str, item: SetAside, words: str) -> None:
    with show_errors():
        with transaction() as session:
            decision(session, auth.current_actor(), slug, item.item_id, now=auth.now())
        state.flash(words)
        st.rerun()


def _remark(remark: flags.Remark) -> str:
    reason = [reason_words(remark.reason)] if remark.reason else []
    return " · ".join([plain(remark.person), _(OUTCOMES[remark.outcome]), *reason, figures.moment(remark.at)])


def projects_to_see(actor: Actor) -> list[ProjectView]:
    with reading() as session:
        seen = projects.where(session, actor, Right.SEE_PROGRESS)
    return sorted(seen, key=lambda project: ORDER.index(project.state))
