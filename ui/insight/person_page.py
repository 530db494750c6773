"""One person's quality on a page: where they stand, what they mix up, drift, time, review, and answers unlike the rest."""

from collections.abc import Sequence

import streamlit as st

from core.services.quality import item_lines, person as quality_person
from core.services.quality.item_lines import Line
from core.services.quality.look import Differing, Leaning
from core.services.quality.person import Person, Standing
from core.stats.intervals import Interval
from core.store.engine import reading
from ui import address, auth, figures, headings, navigation
from ui.insight import person_charts, scope
from ui.insight.head import Opened
from ui.insight.scope import in_address
from ui.people import words as people_words
from ui.people.words import DECISIONS, SIGNS
from ui.text import _, _n, plain
from ui.value_words import letters_note, value_words

BADGES = {"pass": "green", "measuring": "gray", "doubtful": "orange", "below": "orange"}
ICONS = {"pass": ":material/check:", "measuring": ":material/hourglass_empty:", "doubtful": ":material/help:", "below": ":material/arrow_downward:"}  # fmt: skip
SHOWN = 12
LEAST_DRIFT = 5
"""Answers below which a line of evidence says nothing."""


def show(opened: Opened, name: str) -> None:
    with reading() as session:
        found = quality_person.person(
            session, opened.actor, opened.assessment, name, target=address.get("target"), now=auth.now()
        )
        lines = item_lines.lines(session, [one.item_id for one in found.differing[:SHOWN]])
    _head(opened, found)
    key = f"{opened.slug}-{opened.assessment.evidence.people.index(name)}"
    _confusion(opened, found, key)
    _groups(found, key)
    _drift(found, key)
    _time(found, key)
    _review(found, key)
    _differing(opened, found, lines)


def _head(opened: Opened, found: Person) -> None:
    with st.container(width="content"):
        st.page_link(
            navigation.page("annotators"), label=_("Everyone"), icon=":material/arrow_back:",
            query_params=in_address(opened.slug, opened.scope),
        )  # fmt: skip
    one = found.standing
    with st.container(horizontal=True, vertical_alignment="center"):
        headings.section(plain(one.name), width="content")
        st.badge(_(DECISIONS[one.decision]), color=BADGES[one.decision], icon=ICONS[one.decision])  # type: ignore[arg-type]
    st.markdown(people_words.advice(one, figures.percent(found.bar)))
    _figures(one)
    for sign in one.signs:
        st.warning(_(SIGNS[sign]), icon=":material/flag:")
    scope.target(opened.assessment.evidence.project, opened.assessment.targets)


def _figures(one: Standing) -> None:
    with st.container(horizontal=True, gap="medium"):
        _figure(_("Answers"), figures.number(one.labels))
        _figure(_("Accuracy on gold items"), *_interval(one.accuracy))
        _figure(_("Like the others"), *_interval(one.consensus))
        _figure(_("Repeat consistency"), *_interval(one.consistency))
        if one.information is not None:
            _figure(_("Bits per answer"), figures.number(one.information, 2))


def _interval(found: Interval | None) -> tuple[str, str]:
    if found is None:
        return "–", ""
    note = _("{low}–{high}, n = {n}").format(
        low=round(found.low * 100), high=figures.percent(found.high), n=figures.number(found.n)
    )
    return figures.percent(found.value), note


def _figure(label: str, value: str, note: str = "") -> None:
    with st.container(width="content"):
        st.markdown(f":small[:gray[{label}]]  \n**{value}**" + (f" :small[:gray[{note}]]" if note else ""))


# What is mixed up -----------------------------------------------------------------------------------------------------


def _confusion(opened: Opened, found: Person, key: str) -> None:
    only_leaning = found.leaning is not None and not found.confusions
    headings.section(_("High or low") if only_leaning else _("Confusion matrix"))
    if found.leaning is not None:
        st.markdown(_leaning(found.leaning))
    if not found.confusions:
        if found.leaning is None:
            st.write(_("This appears once others have answered the same items, or gold items have "
                       "been answered. Rankings and sets of labels have no such table."))  # fmt: skip
        return
    evidence = opened.assessment.evidence
    names = {"gold": _("Gold items"), "consensus": _("Most of the others")}
    by = {str(one.against): one for one in found.confusions}
    chosen = next(iter(by))
    if len(by) > 1:
        chosen = address.pills("against", _("Compare with"), list(by), names.__getitem__, default=chosen)
    person_charts.confusion(
        f"{key}-confusion-{chosen}", evidence.project, evidence.targets[found.target].scale, by[chosen]
    )
    if note := letters_note(evidence.project):
        st.caption(note)


def _leaning(found: Leaning) -> str:
    value, low, high = (_signed(one) for one in (found.bias.value, found.bias.low, found.bias.high))
    params = {
        "value": value,
        "low": low,
        "high": high,
        "n": figures.number(found.bias.n),
        "spread": figures.number(found.spread, 2),
    }
    if found.bias.low > 0:
        text = _(
            "Scores higher than the others: {value} points on average ({low} to {high}, n = {n}), spread "
            "{spread}. Compare a few scores together."
        )
    elif found.bias.high < 0:
        text = _(
            "Scores lower than the others: {value} points on average ({low} to {high}, n = {n}), spread "
            "{spread}. Compare a few scores together."
        )
    else:
        text = _(
            "No significant bias: {value} points from the others on average ({low} to {high}, n = "
            "{n}), spread {spread}."
        )
    return text.format(**params)


def _signed(value: float) -> str:
    return ("+" if value > 0 else "−" if value < 0 else "") + figures.number(abs(value), 2)


def _groups(found: Person, key: str) -> None:
    if found.groups:
        headings.section(_("By language and tag"))
        person_charts.groups(f"{key}-groups", found.groups)


# Over time ------------------------------------------------------------------------------------------------------------


def _drift(found: Person, key: str) -> None:
    tracks = (len(found.gold_track.rows), 0 if found.others_track is None else len(found.others_track.rows))
    if max(tracks) < LEAST_DRIFT:
        return
    headings.section(_("Drift"))
    if tracks[0] >= LEAST_DRIFT:
        person_charts.gold_drift(f"{key}-drift", found.gold_track)
    else:
        st.write(_("Too few gold items to detect a fall."))
    if found.others_track is not None and tracks[1] >= LEAST_DRIFT:
        person_charts.others_drift(f"{key}-agreeing", found.others_track)


def _time(found: Person, key: str) -> None:
    headings.section(_("Time"))
    one = found.standing
    if one.pace is not None:
        st.markdown(people_words.pace_words(one.pace))
    elif one.seconds is None:
        st.write(_("No times were recorded for these answers."))
    st.markdown(_speeding(found))
    person_charts.days(f"{key}-days", found.days)


def _speeding(found: Person) -> str:
    speeding, who = found.speeding, found.who
    n, fast = int(speeding.n[who]), int(speeding.fast[who])
    if not n:
        return ""
    text = _n(
        "{fast} of {n} answer came faster than the item can be read; the team's usual is {usual}.",
        "{fast} of {n} answers came faster than the item can be read; the team's usual is {usual}.",
        n,
    )
    parts = [text.format(fast=figures.number(fast), n=figures.number(n), usual=figures.percent(speeding.usual))]
    if speeding.alarm[who]:
        parts.append(_("That is significant: look at the items before you talk to the annotator."))
    if found.fast.fast is not None and found.fast.slow is not None:
        parts.append(_("Accuracy on gold items: {fast} of fast answers, {slow} of the others.").format(
            fast=figures.percent_range(found.fast.fast), slow=figures.percent_range(found.fast.slow)
        ))  # fmt: skip
    return figures.sentences(*parts)


# Review and differences -----------------------------------------------------------------------------------------------


def _review(found: Person, key: str) -> None:
    headings.section(_("Review"))
    if found.standing.upheld is None and not found.returned:
        st.write(_("No answer of this person has been reviewed yet."))
        return
    person_charts.reviewed(f"{key}-review", found)
    if found.returned:
        text = _n("{n} answer was sent back; {revised} of them has been revised.", "{n} answers were sent back; {revised} of them have been revised.", found.returned)  # fmt: skip
        st.markdown(text.format(n=figures.number(found.returned), revised=figures.number(found.revised)))


def _differing(opened: Opened, found: Person, lines: dict[int, Line]) -> None:
    headings.section(_("Answers that differ from most"))
    if not found.differing:
        st.write(_("None: all gold items are correct, and this person agrees wherever two or more others agree."))
        return
    st.caption(_("Newest first: gold items missed, and items that two or more others answered "
                 "differently. Discuss these."))  # fmt: skip
    for one in found.differing[:SHOWN]:
        _unlike(opened, found, one, lines[one.item_id])
    if (left := len(found.differing) - SHOWN) > 0:
        st.caption(_n("{n} more is not listed.", "{n} more are not listed.", left).format(n=figures.number(left)))


def _unlike(opened: Opened, found: Person, one: Differing, line: Line) -> None:
    project, scale = opened.assessment.evidence.project, opened.assessment.evidence.targets[found.target].scale
    with st.container(border=True, key=f"unlike_{one.item_id}_{int(one.known)}"):
        words, link = st.columns([5, 1.2], vertical_alignment="center")
        with words:
            st.text(f"{line.key} · {line.excerpt}" if line.excerpt else line.key)
            said, *expected = (plain(value_words(project, scale, value)) for value in (one.said, *one.expected))
            st.caption(_difference(one, said, expected, mean=scale == "interval"))
        link.page_link(
            navigation.page("items"), label=_("Open"), icon=":material/arrow_forward:", icon_position="right",
            query_params={**in_address(opened.slug, opened.scope), "target": found.target, "item": str(one.item_id)},
        )  # fmt: skip


def _difference(one: Differing, said: str, expected: Sequence[str], *, mean: bool) -> str:
    if one.known and (not expected or said in expected):
        words = _("Answered {said}; the gold answer differs in another part.")
    elif one.known:
        words = _("Answered {said}; the gold answer is {expected}.")
    elif mean:
        words = _("Answered {said}; the mean of the others is {expected}.")
    else:
        words = _("Answered {said}; most others answered {expected}.")
    told = words.format(said=f"**{said}**", expected=f"**{figures.listed(list(expected))}**")
    return f"{figures.moment(one.at)} · {told}"
