"""One's own quality on a page: how right, how steady, how fast, what review made of it, and what to work on."""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from core.permissions import Actor
from core.services.projects import ProjectView
from core.services.quality import own as quality_own
from core.services.quality.accuracy import BLOCK, FEWEST_CHECKS
from core.services.quality.own import Leans, Mixed, Own
from core.store.engine import reading
from ui import address, auth, charts, figures, fragments, headings
from ui.insight import quality_charts
from ui.insight.quality_charts import Range
from ui.insight.quality_words import target_name
from ui.people import words as people_words
from ui.people.words import MARKS
from ui.text import _, _n, content, plain
from ui.value_words import value_words

POLL = timedelta(seconds=2)


def show(actor: Actor) -> None:
    headings.page_title(_("My quality"))
    with reading() as session:
        listed = quality_own.worked_on(session, actor)
    if not listed:
        st.write(
            _(
                "Once you have answered, this page shows your accuracy and consistency, and what to "
                "work on. You see only your own; your lead sees everyone's."
            )
        )
        return
    slug = _choose(listed)
    with reading() as session:
        found = quality_own.mine(session, actor, slug, now=auth.now())
    if found.working:
        _wait(actor, slug)
    elif found.own is None:
        st.write(
            _(
                "None of your answers here counts yet: those of practice, of quizzes and of a pilot that was set apart do not."
            )
        )
    else:
        _own(found.own)


def _choose(listed: Sequence[ProjectView]) -> str:
    project = address.project(listed)
    if len(listed) == 1:
        headings.section(plain(content(project.title)))
    return project.slug


def _wait(actor: Actor, slug: str) -> None:
    """Looks again until the figures are there."""

    @fragments.polling(actor, POLL)
    def look() -> None:
        with reading() as session:
            found = quality_own.mine(session, actor, slug, now=auth.now())
        if not found.working:
            st.rerun()
        st.write(_("Calculating… Results appear here when ready."))

    look()


def _own(own: Own) -> None:
    st.caption(figures.sentences(
        _n("Your figures are updated overnight, after every {n} answer.", "Your figures are updated overnight, after every {n} answers.", BLOCK).format(n=figures.number(BLOCK)),
        _("Answers per hour and returned answers are counted right away."),
        _("Lines are 95% confidence intervals."),
    ))  # fmt: skip
    _right(own)
    _work_on(own)
    _speed(own)
    _review(own)


# How right and how steady ---------------------------------------------------------------------------------------------


def _right(own: Own) -> None:
    headings.section(_("Accuracy"))
    st.markdown(right_sentence(own))
    rows = _rows(own)
    if rows:
        bar = None if own.gold is None else own.project.policy.targets.accuracy
        name = "" if bar is None else _("target {share}").format(share=figures.percent(bar))
        figure = quality_charts.ranges(rows, share=True, line=bar, line_name=name)
        st.plotly_chart(figure, key="own_right", theme=None, config={"displayModeBar": False}, alt=right_sentence(own))
    if own.band is not None:
        st.caption(_("The middle half of your colleagues score {low}–{high} on gold items.").format(
            low=figures.percent(own.band[0]), high=figures.percent(own.band[1])
        ))  # fmt: skip


def right_sentence(own: Own) -> str:
    bar = figures.percent(own.project.policy.targets.accuracy)
    if own.gold is None:
        return _("Too few answers to gold items: accuracy is shown from {n} on.").format(n=FEWEST_CHECKS)
    words = {
        "pass": _("Your accuracy on gold items is {found}: at the target of {bar}. Well done."),
        "measuring": _("Your accuracy on gold items is {found}. The target is {bar}; more answers will show whether you meet it."),
        "doubtful": _("Your accuracy on gold items is {found}, which looks below the target of {bar}; more answers will show. See below what may help."),
        "below": _("Your accuracy on gold items is {found}, below the target of {bar}. See below what may help, and ask your lead."),
    }  # fmt: skip
    return words[own.decision].format(found=figures.percent_range(own.gold), bar=bar)


def _rows(own: Own) -> list[Range]:
    rows = [
        (_("Accuracy on gold items"), own.gold, people_words.colour(own.decision), MARKS[own.decision]),
        (_("Like most of the others"), own.consensus, charts.palette().a, "square"),
        (_("Same answer to the same item again"), own.consistency, charts.palette().others[0], "triangle-up"),
    ]
    return [
        Range(name, figures.percent_range(found), found, colour=colour, mark=mark)
        for name, found, colour, mark in rows
        if found is not None
    ]


# What to work on ------------------------------------------------------------------------------------------------------


def _work_on(own: Own) -> None:
    headings.section(_("What to work on"))
    lines = [*(_mixed(own, one) for one in own.mixed), *(_leans(own, one) for one in own.leaning)]
    if not lines:
        st.write(_("Nothing significant: your differences from the others are within chance."))
        return
    for line in lines:
        st.markdown(f"- {line}")
    st.caption(_("The others may be wrong too. Where you disagree with them for a reason, say so in your rationale."))


def _mixed(own: Own, one: Mixed) -> str:
    others, said = (plain(value_words(own.project, "nominal", value)) for value in (one.others, one.own))
    params = {"others": others, "own": said, "times": figures.number(one.times), "n": figures.number(one.of)}
    return _n(
        "Where most of the others say “{others}”, you said “{own}” {times} of {n} time. Read what the guidelines say of the two.",
        "Where most of the others say “{others}”, you said “{own}” {times} of {n} times. Read what the guidelines say of the two.",
        round(one.of),
    ).format(**params)


def _leans(own: Own, one: Leans) -> str:
    bias, name = one.found.bias, plain(target_name(own.project, one.target))
    points, n = figures.number(abs(bias.value), 2), figures.number(bias.n)
    if bias.value > 0:
        return _(
            "{target}: you score {points} points higher than the others on average (n = {n}). Look at "
            "the anchors of the scale again."
        ).format(target=name, points=points, n=n)
    return _(
        "{target}: you score {points} points lower than the others on average (n = {n}). Look at the "
        "anchors of the scale again."
    ).format(target=name, points=points, n=n)


# Speed and review -----------------------------------------------------------------------------------------------------


def _speed(own: Own) -> None:
    headings.section(_("Speed"))
    parts = [] if own.per_hour is None else [per_hour_sentence(own)]
    if own.pace is not None:
        parts.append(_own_pace(own.pace.low, own.pace.value, own.pace.high))
    st.markdown(figures.sentences(*parts) or _("Your answers per hour appear here after three days of work."))


def per_hour_sentence(own: Own) -> str:
    found, target = own.per_hour, own.project.policy.targets.per_hour
    if found is None:
        return ""
    said = _("{value} answers per active hour over all days so far ({low}–{high}, {days} days).").format(
        value=figures.number(found.value, 1), low=figures.number(found.low, 1), high=figures.number(found.high, 1),
        days=figures.number(found.n),
    )  # fmt: skip
    if target is None:
        return said
    return figures.sentences(said, _("Target: {n} per hour.").format(n=figures.number(target)))


def _own_pace(low: float, value: float, high: float) -> str:
    if low <= 1 <= high or abs(value - 1) < people_words.ABOUT_THE_SAME:
        return _("On the same items you take about as long as the team.")
    if value > 1:
        return _("On the same items you take {share} longer than the team. Accuracy matters more than speed.").format(
            share=figures.percent(value - 1)
        )
    return _("On the same items you take {share} less time than the team. Accuracy matters more than speed.").format(
        share=figures.percent(1 - value)
    )


def _review(own: Own) -> None:
    headings.section(_("Review results"))
    if own.upheld is None and not own.returned:
        st.write(_("Too few of your answers have been reviewed to say anything yet."))
        return
    parts = []
    if own.upheld is not None:
        parts.append(_("Reviewers upheld {found} of your answers that they looked at.").format(found=figures.percent_range(own.upheld)))  # fmt: skip
    if own.returned:
        text = _n("{n} answer came back to you; you have revised {revised}.", "{n} answers came back to you; you have revised {revised}.", own.returned)  # fmt: skip
        parts.append(text.format(n=figures.number(own.returned), revised=figures.number(own.revised)))
    st.markdown(figures.sentences(*parts))
