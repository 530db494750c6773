"""Machine judges: how they compare with people, whether one may stand in for a person, and what their labels are worth."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from core.services.quality import judges as quality_judges, unlike as quality_unlike
from core.services.quality.item_lines import Line
from core.services.quality.judges import Judged
from core.services.quality.unlike import Difference
from core.store.engine import reading
from ui import address, figures, headings, navigation
from ui.insight import head, judges_charts, judges_words, scope
from ui.insight.head import Opened
from ui.insight.quality_words import class_name
from ui.insight.scope import in_address
from ui.text import _, _n
from ui.value_words import LETTERS, letters_note, value_words

SHOWN = 10
ENOUGH_OF_BOTH = 30
Row = Mapping[str, Any]


def show() -> None:
    if not (found := head.opened(_("Machine judges"))):
        return
    judges = found.assessment.report["judges"]
    if not judges:
        _none_yet()
        return
    judge = address.choice("judge", _("Machine judge"), list(judges), str)
    st.write(judges_words.coverage(judge, judges[judge]))
    targets, project = judges[judge]["targets"], found.assessment.evidence.project
    target = scope.target(project, targets)
    if "why" in targets[target]:
        st.write(_(targets[target]["why"]))
        return
    _compared(found, judge, target, targets[target])


EXAMPLE = '{"item": "…", "annotator": "judge-1", "answer": {…}, "probabilities": {"TARGET": {"CLASS": 0.9}}}'


def _none_yet() -> None:
    st.write(
        _(
            "Machine labels are compared here with annotators' labels to show how far they can be trusted. "
            "Consensus never uses machine labels."
        )
    )
    st.code("manage.py import labels SLUG FILE --machine", language=None)
    st.caption(_("Each row has these fields; probabilities only where the machine knows them:"))
    st.code(EXAMPLE, language="json")


def _compared(found: Opened, judge: str, target: str, one: Row) -> None:
    key = f"{found.slug}-{judge}-{target}"
    headings.section(_("Agreement with annotators"))
    if one["agreement"] is None:
        judges_charts.distance(key, one, 1.0)
    else:
        judges_charts.agreement(key, one)
    _alt_test(key, one)
    if one["confusion"]:
        headings.section(_("Where its answers go"))
        judges_charts.confusion(key, one["confusion"], lambda name: _class(found, target, name))
        if note := letters_note(found.assessment.evidence.project):
            st.caption(note)
    _rates(found, key, target, one)
    if one["crowdlab"]:
        headings.section(_("Machine judge and annotators combined"))
        st.write(judges_words.crowdlab(one["crowdlab"]))
    _differences(found, judge, target)


def _class(found: Opened, target: str, name: Any) -> str:
    project, scale = found.assessment.evidence.project, found.assessment.evidence.targets[target].scale
    if name == "mean" and scale in ("ordinal", "interval"):
        return _("Mean score")
    if scale == "set":
        return class_name(project, name)
    return value_words(project, scale, name)


# The alt-test ---------------------------------------------------------------------------------------------------------


def _alt_test(key: str, one: Row) -> None:
    headings.section(_("Can it replace an annotator?"))
    level = address.pills(
        "margin", _("Kind of annotators"), list(judges_words.PEOPLE), lambda name: _(judges_words.PEOPLE[name]), default="skilled"
    )  # fmt: skip
    st.caption(judges_words.margin())
    test = one["alt_test"][level]
    shared = max((person["n"] for person in one["people"].values()), default=0)
    st.write(judges_words.tested(test, shared) if one["people"] or test["winning"] is not None else _(test["why"]))
    if one["people"]:
        judges_charts.people(key, one["people"], test, level)


# Rates ----------------------------------------------------------------------------------------------------------------


def _rates(found: Opened, key: str, target: str, one: Row) -> None:
    rates = {name: rate for name, rate in one["rates"].items() if name not in LETTERS}
    if not rates:
        return
    headings.section(_("Added value"))
    first = next(iter(rates.values()))
    if "why" in first:
        st.write(_(first["why"]))
        return
    measured = found.assessment.evidence.targets[target]
    scored = measured.scale in ("ordinal", "interval")
    low, high = measured.target.low, measured.target.high
    ends = (
        ((0.0 if low is None else low), (float(np.max(measured.numbers)) if high is None else high)) if scored else None
    )
    judges_charts.rates(key, rates, lambda name: _class(found, target, name), ends)
    if first["items_of_both"] < ENOUGH_OF_BOTH:
        st.caption(judges_words.few_both(first["items_of_both"]))


# Where they differ ----------------------------------------------------------------------------------------------------


def _differences(found: Opened, judge: str, target: str) -> None:
    evidence = found.assessment.evidence
    one = quality_judges.judged(
        evidence, evidence.targets[target], evidence.people.index(judge), found.assessment.targets[target].labels
    )
    unlike = quality_unlike.differences(one)
    headings.section(_("Disagreements with the machine judge"))
    if not unlike:
        st.write(_("On no item do most annotators disagree with the machine judge."))
        return
    st.write(judges_words.differences(len(unlike), int((one.labels.per_item > 0).sum())))
    with reading() as session:
        lines = quality_unlike.unlike(session, found.actor, evidence, unlike[:SHOWN])
    for each in unlike[:SHOWN]:
        _unlike(found, one, each, lines[each.item])
    if (left := len(unlike) - SHOWN) > 0:
        st.caption(_n("{n} more is not listed.", "{n} more are not listed.", left).format(n=figures.number(left)))


def _unlike(found: Opened, one: Judged, each: Difference, line: Line) -> None:
    evidence = found.assessment.evidence
    item = int(evidence.items[each.item])
    said, theirs = (_value(found, one, code) for code in (each.judge, each.people))
    with st.container(border=True, key=f"differs_{item}"):
        words, link = st.columns([5, 1.2], vertical_alignment="center")
        with words:
            st.text(f"{line.key} · {line.excerpt}" if line.excerpt else line.key)
            st.caption(judges_words.difference(theirs, said, each.against, each.labels))
        link.page_link(
            navigation.page("items"), label=_("Open"), icon=":material/arrow_forward:", icon_position="right",
            query_params={**in_address(found.slug, found.scope), "item": str(item)},
        )  # fmt: skip


def _value(found: Opened, one: Judged, code: int) -> str:
    if code < 0:
        return ""
    return value_words(found.assessment.evidence.project, one.measured.scale, one.measured.names[code])
