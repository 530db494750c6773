"""One item on a page: as people saw it, beside everything that was said about it and how probable each value is."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.services.quality import item as quality_item
from core.services.quality.item import OneItem, Said
from core.store.engine import reading
from ui import address, answers, figures, headings, navigation
from ui.desk.desk import desk
from ui.insight import item_words
from ui.insight.head import Opened
from ui.insight.quality_words import target_name
from ui.insight.scope import in_address
from ui.progress_charts import ITEM_STATES
from ui.project import withdrawn
from ui.project.words import OUTCOMES, navigation_has
from ui.reasons import reason_words
from ui.text import _, _n, content_language, language, plain
from ui.value_words import letters_note, value_words
from ui.workplace import desk_strings

DESK_HEIGHT = 720
LEAST_SHARE = 0.005
"""Values less probable than this are not listed."""


def show(opened: Opened, target: str, item_id: int) -> bool:
    """False for an item of another project: the reader has changed the project since."""
    with reading() as session:
        found = quality_item.one(session, opened.actor, opened.assessment, target, item_id)
    if found is None:
        return False
    _head(opened, target, found)
    _item(opened, found)
    comes_to, said = st.columns([2, 3], gap="large")
    with comes_to:
        _comes_to(opened, target, found)
    with said:
        _said(found)
    return True


def _head(opened: Opened, target: str, found: OneItem) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            navigation.page("items"), label=_("All items"), icon=":material/arrow_back:",
            query_params={**in_address(opened.slug, opened.scope), "target": target, **_list()},
        )  # fmt: skip
        if navigation_has("review") and found.reviewable:
            st.page_link(
                navigation.page("review"), label=_("Review item"), icon=":material/gavel:",
                query_params={"project": opened.slug, "item": found.key},
            )  # fmt: skip
        if opened.manages:
            _withdrawing(opened, found)
    with st.container(horizontal=True, vertical_alignment="center"):
        headings.section(plain(found.key), width="content")
        st.badge(_(ITEM_STATES[found.state]), color="gray")
        for reason in found.row.reasons if found.row else ():
            st.badge(_(item_words.REASONS[reason]), color="orange", icon=":material/visibility:")
    tags = [figures.language_name(found.lang)] if found.lang else []
    if about := " · ".join(plain(one) for one in [*tags, *found.tags]):
        st.caption(about)


def _list() -> dict[str, str]:
    """The list as the reader left it."""
    parts = {name: address.get(name) for name in ("view", "state", "import", address.PAGE)}
    return {name: value for name, value in parts.items() if value is not None}


def _withdrawing(opened: Opened, found: OneItem) -> None:
    if found.state == "withdrawn":
        if st.button(_("Restore item"), icon=":material/undo:", key="item_restore", type="tertiary"):
            withdrawn.restore(opened.actor, opened.slug, [found.key])
    elif found.state != "stub":
        withdrawn.ask(opened.actor, opened.slug, [found.key], key="item_withdraw")


def _item(opened: Opened, found: OneItem) -> None:
    if found.screen is None:
        hidden = found.state in ("quarantined", "withdrawn")
        st.write(
            _("The text may hold personal data and is not shown here; Progress shows it on the record.")
            if hidden
            else _("This item has labels but no content.")
        )
        return
    desk(
        key=f"item_{found.item_id}", mode="preview", actor=str(opened.actor.person_id), language=language(), ui_strings=desk_strings(),
        content_language=content_language(), screen=found.screen, height=DESK_HEIGHT,
    )  # fmt: skip


# What it comes to -----------------------------------------------------------------------------------------------------


def _comes_to(opened: Opened, target: str, found: OneItem) -> None:
    project, scale = opened.assessment.evidence.project, opened.assessment.evidence.targets[target].scale
    several = len(opened.assessment.targets) > 1
    st.markdown(f"**{_('Consensus')}**" + (f" · {plain(target_name(project, target))}" if several else ""))
    if found.row is None:
        st.write(_("No answers to it count yet."))
        return
    if found.row.known:
        st.markdown(
            _("Gold answer: {value}.").format(value=f"**{plain(value_words(project, scale, found.row.value))}**")
        )
    elif found.row.reviewed:
        value = f"**{plain(value_words(project, scale, found.row.value))}**"
        st.markdown(_("A reviewer decided: {value}.").format(value=value))
    elif found.probabilities:
        for value, share in found.probabilities[:6]:
            if share >= LEAST_SHARE:
                st.progress(share, text=f"{plain(value_words(project, scale, value))} · {figures.percent(share)}")
    else:
        st.markdown(f"**{plain(value_words(project, scale, found.row.value))}**")
    st.caption(figures.sentences(*_facts(found), letters_note(project)))


def _facts(found: OneItem) -> Sequence[str]:
    row = found.row
    if row is None or row.disagreement is None:
        return []
    parts = [_("Disagreement {share}.").format(share=figures.percent(row.disagreement))]
    if row.difficulty is not None:
        parts.append(_("Difficulty {share}.").format(share=figures.percent(row.difficulty)))
    return parts


# What was said --------------------------------------------------------------------------------------------------------


def _said(found: OneItem) -> None:
    said = found.said or ()
    if found.said is not None:
        st.markdown(f"**{_n('{n} answer', '{n} answers', len(said)).format(n=figures.number(len(said)))}**")
    if found.verdict is not None:
        _answer(found.screen, _("Verdict"), found.verdict, "")
    if found.known is not None:
        _answer(found.screen, _("Gold answer"), found.known, "")
    for one in said:
        if one.outcome == "submitted":
            _answer(found.screen, one.person, one.answer, one.rationale, _notes(one))
        else:
            _passed_on(one.person, one)


def _notes(one: Said) -> str:
    parts = [_("machine judge")] if one.machine else []
    parts += [_(item_words.PURPOSES[one.purpose])] if one.purpose in item_words.PURPOSES else []
    parts += [_("revised")] if one.revised else []
    parts += [_("{n} s").format(n=figures.number(one.seconds))] if one.seconds is not None else []
    return " · ".join([*parts, figures.moment(one.at)])


def _answer(
    screen: Mapping[str, Any] | None, name: str, answer: Mapping[str, Any] | None, rationale: str, notes: str = ""
) -> None:
    with st.container(border=True, gap="xxsmall"):
        st.caption(" · ".join(part for part in (f"**{plain(name)}**", notes) if part))
        if screen is None:
            if answer is not None:
                st.json(dict(answer))
            return
        told = answers.in_words(screen, answer)
        for question, words in told:
            st.markdown(plain(words) if len(told) == 1 else f":small[{plain(question)}]  \n{plain(words)}")
        if rationale:
            st.text(rationale)


def _passed_on(name: str, one: Said) -> None:
    with st.container(border=True, gap="xxsmall"):
        st.caption(f"**{plain(name)}** · {figures.moment(one.at)}")
        reason = f": {reason_words(one.reason)}" if one.reason else ""
        st.markdown(f"*{_(OUTCOMES[one.outcome])}*{reason}")
