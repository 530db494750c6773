"""Models: which one people prefer, who beats whom, whether length carries it, and in which parts of the work."""

import streamlit as st

from core.services.quality import models as quality_models, scores as quality_scores
from core.services.quality.contest import Contest
from core.services.quality.scores import Amount, Makers
from core.store.engine import reading
from ui import address, figures, headings
from ui.insight import head, models_charts, models_words, scored
from ui.insight.head import Opened
from ui.insight.quality_words import class_name, target_name
from ui.text import _, plain

MOST_TAGS = 12


def show() -> None:
    if not (found := head.opened(_("Models"))):
        return
    if found.assessment.contest is not None:
        _compared(found, found.assessment.contest)
    elif found.assessment.makers is not None and found.assessment.makers.names:
        _scored(found, found.assessment.makers)
    else:
        _nameless(_('Once the items say which model each of them is about, this page compares the models. Give it in the file as "meta": {"model": "…"}.'))  # fmt: skip


def _nameless(words: str) -> None:
    st.write(plain(words))


# Comparisons ----------------------------------------------------------------------------------------------------------


def _compared(found: Opened, contest: Contest) -> None:
    report = found.assessment.report
    if report["win_matrix"] is None:
        why = report.get("models_why")
        hint = _('Name them in the file, beside each response\'s text: "model": "…". Annotators never see the names.')
        _nameless(figures.sentences(_(why) if why else "", "" if contest.models else hint))
        return
    if report["models"]:
        _leaderboard(found, contest)
    else:
        st.write(_(report["models_why"]))
        _groups(contest)
    headings.section(_("Pairwise win rates"))
    models_charts.matrix(found.slug, report["win_matrix"])
    _length(found)
    _parts(found, contest)


def _leaderboard(found: Opened, contest: Contest) -> None:
    report = found.assessment.report
    scales = {"odds": _("Ties as ties"), "arena": _("Ties as half wins, like chatbot arenas")}
    view = address.pills("scale", _("Scale"), list(scales), scales.__getitem__, default="odds")
    lead = models_words.lead(report)
    sentence = figures.sentences(lead, models_words.fragile(report["votes_to_flip"]))
    if view == "arena":
        points, counts = found.assessment.view("arena", lambda: quality_models.arena(contest))
        models_charts.arena(found.slug, contest.models, points, counts, sentence)
        st.caption(_("400 points are odds of ten to one; 1,000 is the middle. Where ties are common, half wins draw the models closer together than they are."))  # fmt: skip
    else:
        models_charts.leaderboard(found.slug, report["models"], sentence)
        st.caption(
            _(
                "Log odds against the average model, with ties (Davidson's Bradley–Terry). Intervals "
                "resample annotators, not comparisons; ranks hold for all pairs at once."
            )
        )
    if report["models_why"]:
        st.caption(_(report["models_why"]))


def _groups(contest: Contest) -> None:
    groups = quality_models.comparable(contest)
    if len(groups) > 1:
        st.write(models_words.connected(groups))


def _length(found: Opened) -> None:
    told = found.assessment.report["length_controlled"]
    headings.section(_("At equal length"))
    if told["why"]:
        st.write(_(told["why"]))
        return
    effect = found.assessment.report["bias"]["effects"]["length"]
    models_charts.controlled(found.slug, told, models_words.controlled(told, effect))
    st.caption(_("Predicted for the same comparisons with both responses equally long and neither shown first; what differs from the count is length and place alone."))  # fmt: skip


def _parts(found: Opened, contest: Contest) -> None:
    evidence = found.assessment.evidence
    models = found.assessment.report["win_matrix"]["models"]
    languages = quality_scores.by_language(evidence)
    with reading() as session:
        tags = found.assessment.view("tags", lambda: quality_scores.by_tag(session, evidence))
    for kind, heading, groups in (("languages", _("By language"), languages), ("tags", _("By tag"), tags)):
        parts = quality_models.parts(contest, models, groups)
        if len(parts) > (1 if kind == "languages" else 0):
            headings.section(heading)
            models_charts.parts(found.slug, kind, models, parts[:MOST_TAGS])
            if len(models) > models_charts.MOST_NAMED:
                st.caption(_("The columns carry the numbers that the models have above."))
            if len(parts) > MOST_TAGS:
                st.caption(_("The {n} tags with the most comparisons.").format(n=MOST_TAGS))


# Scores and labels ----------------------------------------------------------------------------------------------------


def _scored(found: Opened, makers: Makers) -> None:
    amount = scored.amount(found)
    if amount is None:
        st.write(_("This target has no scores or classes to average."))
        return
    share = amount.label is not None
    what = _what(found, amount)
    rows = quality_scores.averages(found.assessment.evidence, amount, makers.groups)
    sentence = models_words.scores(rows, what, share)
    models_charts.scores(f"{found.slug}-{amount.target}-models", rows, sentence, scored.ends(amount, rows), _("Model"))
    st.caption(
        _(
            "Every item counts the same, however many annotators labelled it. Intervals account for labels "
            "that share items or annotators."
        )
    )
    _scored_parts(found, makers, amount)


def _what(found: Opened, amount: Amount) -> str:
    project = found.assessment.evidence.project
    target = plain(target_name(project, amount.target))
    if amount.label is None:
        return _("mean for “{target}”").format(target=target)
    return _("share of “{label}”").format(label=plain(class_name(project, amount.label)))


def _scored_parts(found: Opened, makers: Makers, amount: Amount) -> None:
    """Model by model in each language, where there are several."""
    evidence = found.assessment.evidence
    languages = scored.languages(evidence)
    groups = {
        f"{name} · {language}": mine & items
        for name, mine in makers.groups.items()
        for language, items in languages.items()
    }
    rows = [row for row in quality_scores.averages(evidence, amount, groups) if row[1] is not None]
    if len(languages) > 1 and rows:
        headings.section(_("By language"))
        sentence = _(
            "Each model in each language, the highest first. Rows with overlapping intervals can't be distinguished."
        )
        key = f"{found.slug}-{amount.target}-languages"
        models_charts.scores(key, rows, sentence, scored.ends(amount, rows), _("Model and language"))
