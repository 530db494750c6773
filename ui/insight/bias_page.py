"""Bias: what sways answers besides quality, person by person, and whether the order shown is fair."""

import pandas as pd
import streamlit as st

from core.services.quality import bias as quality_bias, scores as quality_scores
from core.services.quality.contest import Contest
from core.services.quality.scores import Amount
from core.stats import bias
from ui import charts, figures, headings
from ui.insight import bias_charts, bias_words, head, models_charts, scored
from ui.insight.head import Opened
from ui.text import _


def show() -> None:
    if not (found := head.opened(_("Bias"))):
        return
    if found.assessment.contest is not None:
        _compared(found, found.assessment.contest)
    elif (amount := scored.amount(found)) is not None:
        _scored(found, amount)
    else:
        st.write(
            _(
                "Texts and marked spans have no scale to measure bias on: this page covers comparisons, "
                "scores and labels."
            )
        )


# Comparisons ----------------------------------------------------------------------------------------------------------


def _compared(found: Opened, contest: Contest) -> None:
    if not len(contest):
        st.write(_("Once annotators have compared responses, this page shows what influences them."))
        return
    report = found.assessment.report["bias"]
    headings.section(_("The order shown"))
    if report["first_position"]["share"] is None:
        st.write(bias_words.position(report["first_position"]))
    else:
        bias_charts.position(found.slug, report)
    st.write(bias_words.order(report["order"]))
    _people(found, contest)
    headings.section(_("The same comparison again"))
    _again(found, contest)
    headings.section(_("Length"))
    if report["longer"]["share"] is None:
        st.write(bias_words.length(report["longer"]))
    else:
        bias_charts.length(found.slug, report)
    _needed(found)


def _people(found: Opened, contest: Contest) -> None:
    """Only for those who may see names."""
    names = found.assessment.evidence.people
    leanings = quality_bias.leanings(contest, found.assessment.evidence)
    if leanings and all(names[one.person] for one in leanings):
        headings.section(_("By annotator"))
        bias_charts.people(found.slug, leanings, names)
        st.caption(
            _(
                "A diamond marks annotators who differ significantly. Exact test against one half; false "
                "discovery rate 5% (Benjamini–Hochberg)."
            )
        )


def _again(found: Opened, contest: Contest) -> None:
    swapped, same = quality_bias.flip_rates(contest.again)
    if swapped is None:
        st.write(bias_words.flips(swapped, same))
    else:
        bias_charts.flips(found.slug, swapped, same)


def _needed(found: Opened) -> None:
    headings.section(_("Comparisons needed"))
    shares = quality_bias.NOTICED
    told = " · ".join(f"{_share(share)}: {figures.number(bias.needed(share))}" for share in shares)
    st.write(figures.sentences(bias_words.needed(), told))
    table = pd.DataFrame({_("Leaning"): list(shares), _("Decided comparisons"): [bias.needed(one) for one in shares]})
    charts.show_table(f"{found.slug}-needed", table)


def _share(share: float) -> str:
    return f"{figures.number(share * 100, 1 if round(share * 1000) % 10 else 0)}%"


# Scores ---------------------------------------------------------------------------------------------------------------


def _scored(found: Opened, amount: Amount) -> None:
    evidence, share = found.assessment.evidence, amount.label is not None
    names = evidence.people
    uses = quality_scores.uses(evidence, amount)
    if uses and all(names[one.person] for one in uses):
        headings.section(_("Use of the scale by annotator"))
        bias_charts.uses(f"{found.slug}-{amount.target}-use", uses, names, share=share)
        st.caption(
            _(
                "Against other annotators' labels of the same items, so that harder or better items do "
                "not count as strictness."
            )
        )
    for kind, heading, groups in (
        ("languages", _("By language"), scored.languages(evidence)), ("lengths", _("By length"), scored.lengths(evidence)),
    ):  # fmt: skip
        if len(groups) > 1:
            rows = quality_scores.averages(evidence, amount, groups)
            headings.section(heading)
            models_charts.scores(
                f"{found.slug}-{amount.target}-{kind}-bias", rows, bias_words.groups(kind, rows), scored.ends(amount, rows), heading
            )  # fmt: skip
    if any(found.assessment.evidence.about.words):
        st.caption(_("Length of prompt and response together, in words; Chinese is converted by reading time."))
