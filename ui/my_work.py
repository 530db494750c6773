"""One's own work on a page: today and this week, drafts to finish, answers to find and revise."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st

from core.errors import N_
from core.permissions import Actor
from core.services import labelling, mywork, projects
from core.services.choices import compares
from core.services.mywork import Cursor, Given, OwnProgress, OwnProject, Unfinished
from core.services.projects import ProjectView
from core.services.quality.accuracy import BLOCK
from core.store.engine import reading
from ui import address, auth, charts, figures, headings, navigation, returned
from ui.charts import Series
from ui.desk.desk import desk
from ui.reasons import reason_words
from ui.text import _, _n, content, content_language, language, plain
from ui.workplace import desk_strings

PAGE = 12
HALF_WIDTH_TICKS = 4
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TURN = re.compile(r"([0-9]{1,16})-([0-9]{1,15})")
"""Where a page begins, as the address tells it: microseconds, and the answer among those of that moment."""
OUTCOMES: Mapping[str, str] = {
    "submitted": N_("Answered"),
    "skipped": N_("Skipped"),
    "bad_item": N_("Reported as broken"),
    "personal_data": N_("Reported: personal data"),
    "give_up": N_("Gave up"),
    "unsafe_for_me": N_("Not for me"),
}


def show(actor: Actor) -> None:
    headings.page_title(_("My work"))
    with reading() as session:
        own = mywork.progress(session, actor, now=auth.now())
        drafts = mywork.drafts(session, actor)
        mine = projects.listed(session, actor)
    returned.show(actor)
    _progress(own)
    _drafts(drafts, mine)
    _answers(actor, mine)


def open_answer(actor: Actor, answer_id: int) -> None:
    """One answer at the desk as it is now, to read again or to revise; the address of an earlier one leads here too."""
    with reading() as session:
        found = labelling.own_answer(session, actor, answer_id)
        project = mywork.project_of(session, actor, answer_id)
    with st.container(width="content"):
        st.page_link(navigation.page("work"), label=_("Back to my work"), icon=":material/arrow_back:")
    returned.said_of(actor, answer_id)
    if not found.revisable:
        st.info(_("This answer is read-only now."), icon=":material/lock:")
    desk(
        key=f"answer_{answer_id}", mode="revise", answer_id=str(found.answer), slug=project.slug, title=project.title,
        actor=str(actor.person_id), language=language(), ui_strings=desk_strings(), content_language=content_language(),
        home="/work",
    )  # fmt: skip


# How I am doing -------------------------------------------------------------------------------------------------------


def _progress(own: OwnProgress) -> None:
    st.markdown(_today(own))
    if not own.projects:
        return
    ours = charts.palette()
    left, right = st.columns(2, gap="large")
    with left:
        st.caption(_("Answers per day"))
        answers = {day.day: float(day.answers) for day in own.days}
        _bars(
            "own_answers",
            charts.daily_bars([Series(_("answers"), ours.accent, answers)], height=150, most=HALF_WIDTH_TICKS),
        )
    with right:
        in_hours = max(day.hours for day in own.days) >= 1
        st.caption(_("Active hours per day") if in_hours else _("Active minutes per day"))
        times = {day.day: day.hours if in_hours else day.hours * 60 for day in own.days}
        unit = _("hours") if in_hours else _("minutes")
        _bars("own_hours", charts.daily_bars([Series(unit, ours.a, times)], height=150, most=HALF_WIDTH_TICKS))
    for project in own.projects:
        st.markdown(f"- {_project(project)}")
    updated = _n(
        "Accuracy is updated overnight, after every {n} answer.",
        "Accuracy is updated overnight, after every {n} answers.",
        BLOCK,
    )
    st.caption(updated.format(n=figures.number(BLOCK)))


def _bars(key: str, figure: Any) -> None:
    st.plotly_chart(figure, key=key, theme=None, config={"displayModeBar": False})


def _today(own: OwnProgress) -> str:
    today = _n("Today {n} answer in {hours}.", "Today {n} answers in {hours}.", own.today)
    day = today.format(n=f"**{figures.number(own.today)}**", hours=f"**{figures.hours(own.today_s / 3600)}**")
    return figures.sentences(day, _week(own))


def _week(own: OwnProgress) -> str:
    counts = {"n": figures.number(own.week), "hours": figures.hours(own.week_s / 3600)}
    if own.week_target_h is None:
        return _n("This week {n} answer in {hours}.", "This week {n} answers in {hours}.", own.week).format(**counts)
    return _n(
        "This week {n} answer in {hours} of the {target} hours agreed on.",
        "This week {n} answers in {hours} of the {target} hours agreed on.",
        own.week,
    ).format(target=figures.number(own.week_target_h), **counts)


def _project(own: OwnProject) -> str:
    title = f"**{plain(content(own.project.title))}**"
    answers = _n("{n} answer", "{n} answers", own.answers).format(n=figures.number(own.answers))
    if own.gold is None:
        return _("{title}: {answers}; too few answers to gold items for an accuracy yet.").format(
            title=title, answers=answers
        )
    return _("{title}: {answers}; accuracy on gold items {found} (target {target}).").format(
        title=title, answers=answers, found=figures.percent_range(own.gold),
        target=figures.percent(own.project.policy.targets.accuracy),
    )  # fmt: skip


# Drafts ---------------------------------------------------------------------------------------------------------------


def _drafts(drafts: Sequence[Unfinished], mine: Sequence[ProjectView]) -> None:
    if not drafts:
        return
    headings.section(_("Drafts"))
    tasks = {project.slug: project.task for project in mine}
    for n, draft in enumerate(drafts):
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"draft_{n}"):
            words = f"{plain(draft.excerpt) or _('(not shown)')}  \n:small[:gray[{plain(content(draft.title))} · {_draft_state(draft)}]]"
            st.container().markdown(words)
            place = "compare" if draft.slug in tasks and compares(tasks[draft.slug]) else "label"
            st.page_link(
                navigation.page(place), label=_("Continue"), icon=":material/arrow_forward:",
                query_params={"project": draft.slug}, width="content",
            )  # fmt: skip


def _draft_state(draft: Unfinished) -> str:
    if draft.in_hand:
        return _("saved {moment}, yours until {until}").format(
            moment=figures.moment(draft.saved_at), until=figures.moment(draft.lease_until)
        )
    return _("saved {moment}; time limit passed, draft kept").format(moment=figures.moment(draft.saved_at))


# Answers --------------------------------------------------------------------------------------------------------------


def _answers(actor: Actor, mine: Sequence[ProjectView]) -> None:
    headings.section(_("Answers"))
    slug, outcome, since, until = _filters(mine)
    pages = _turned()
    after = pages[-1] if pages else None
    with reading() as session:
        leaf = mywork.answers(
            session, actor, slug=slug, outcome=outcome, since=since, until=until, after=after, limit=PAGE
        )
    if not leaf.rows:
        st.write(_("Your answers appear here, newest first. While a project is live you can revise them."))
    for row in leaf.rows:
        _row(row)
    _turn(pages, leaf.following)


def _filters(mine: Sequence[ProjectView]) -> tuple[str | None, str | None, date | None, date | None]:
    titles = {project.slug: content(project.title) for project in mine}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        slug = address.optional("project", _("Project"), list(titles), titles.__getitem__, width=240)
        outcome = address.optional("outcome", _("Outcome"), list(OUTCOMES), outcome_name, width=200)
        since = address.day("from", _("From"), width=140)
        until = address.day("to", _("To"), width=140)
    return slug, outcome, since, until


def _row(row: Given) -> None:
    """Few elements: there are a dozen rows, and a page costs by its elements."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"answer_row_{row.answer_id}"):
        words = f"{plain(row.excerpt) or _('(not shown)')}  \n:small[:gray[{' · '.join(_particulars(row))}]]"
        st.container().markdown(words)
        if row.outcome == "submitted":
            icon, label = (":material/edit:", _("Revise")) if row.revisable else (":material/visibility:", _("Read"))
            st.page_link(
                navigation.page("work"), label=label, icon=icon, query_params={"answer": str(row.answer_id)}, width="content"
            )  # fmt: skip


def outcome_name(outcome: str) -> str:
    return _(OUTCOMES[outcome])


def _particulars(row: Given) -> list[str]:
    reason = [reason_words(row.reason)] if row.reason else []
    found = [plain(content(row.title)), outcome_name(row.outcome), *reason, figures.moment(row.at)]
    if row.active_s is not None:
        found.append(_("{n} s").format(n=figures.number(row.active_s)).replace(" ", "\N{NO-BREAK SPACE}"))
    if row.revision > 1:
        found.append(_("revision {n}").format(n=row.revision))
    return found


def _turned() -> list[Cursor]:
    """Where each page that was turned begins, the latest last; none where the address holds anything else."""
    parts = (address.get(address.PAGE) or "").split(",")
    found = [TURN.fullmatch(part) for part in parts]
    return [Cursor(EPOCH + timedelta(microseconds=int(one[1])), int(one[2])) for one in found if one]


def _written(pages: Sequence[Cursor]) -> str | None:
    return ",".join(f"{(one.at - EPOCH) // timedelta(microseconds=1)}-{one.answer_id}" for one in pages) or None


def _to(pages: Sequence[Cursor]) -> None:
    address.put(**{address.PAGE: _written(pages)})


def _turn(pages: Sequence[Cursor], following: Cursor | None) -> None:
    """Newer and older: the address keeps where each page begins, so that going back finds the same rows."""
    if not pages and following is None:
        return
    with st.container(horizontal=True):
        st.button(_("Newer"), disabled=not pages, key="newer", on_click=_to, args=(pages[:-1],))
        older = [*pages, following] if following else pages
        st.button(_("Older"), disabled=following is None, key="older", on_click=_to, args=(older,))
