"""Export: a format is chosen, its files are written on the server, and downloaded from there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pandas as pd
import streamlit as st

from core.errors import N_
from core.permissions import Actor, Right
from core.services import export_files, exporting
from core.services.export_job import ExportOptions
from core.services.exporting import ExportView, FormatOffer
from core.services.projects import ProjectView
from core.store.engine import reading, transaction
from ui import auth, export_options, figures, headings, navigation, state
from ui.morning import ORDER
from ui.project.pick import link_to_templates, pick
from ui.text import _, _n, plain

REASONS: Mapping[str, str] = {
    "gold": N_("hidden checks"),
    "stub": N_("labels without content"),
    "quarantined": N_("on hold because of personal data"),
    "flagged": N_("reported as broken"),
    "withdrawn": N_("withdrawn"),
    "no_answer": N_("no answer yet"),
    "unresolved": N_("equal votes"),
    "tie": N_("judged equally good"),
    "both_bad": N_("judged both bad"),
    "more_than_one_message": N_("a response of several messages"),
    "balanced": N_("won as many comparisons as it lost"),
    "not_reviewed": N_("not reviewed yet"),
    "replaced": N_("replaced by a reviewer's verdict"),
    "in_review": N_("reopened, or waiting for a second reviewer"),
    "bad_item": N_("adjudicated as a bad item"),
    "empty_output": N_("a response without text"),
    "identical_outputs": N_("two responses with the same text"),
    "not_plain": N_("a conversation of several turns"),
}
DECIDED_IN_REVIEW = frozenset({"unresolved", "not_reviewed", "in_review"})
"""Of the reasons, those that a reviewer's verdict takes away."""
TITLES: Mapping[str, tuple[str, str]] = {
    "trl-preference": (
        N_("TRL preference"),
        N_("prompt, chosen, rejected, margin: for DPO, CPO, ORPO and reward models"),
    ),
    "trl-kto": (
        N_("TRL unpaired preference"),
        N_("prompt, completion, label: for KTO and BCO; “both bad” becomes two bad ones"),
    ),
    "trl-sft": (N_("TRL prompt and completion"), N_("prompt, completion: for supervised fine-tuning")),
    "trl-prompt": (N_("TRL prompt only"), N_("prompt: for GRPO, RLOO and online DPO")),
    "openai-sft": (N_("OpenAI fine-tuning"), N_("messages: chat fine-tuning files")),
    "openai-dpo": (N_("OpenAI preference"), N_("input, preferred_output, non_preferred_output: text only")),
    "answers-jsonl": (N_("All answers, JSON Lines"), N_("every current answer as it was given, one object per line")),
    "answers-csv": (N_("All answers, CSV"), N_("every current answer, one row each, for spreadsheets")),
    "answers-parquet": (N_("All answers, Parquet"), N_("every current answer, typed columns, for analysis")),
}
A_ROW = 3
_SHOWN = "export_shown"


def show(actor: Actor) -> None:
    headings.page_title(_("Export"))
    project = pick(actor, Right.EXPORT, states=ORDER)
    if project is None:
        st.write(_("Data are exported from a project, and there is none yet."))
        link_to_templates(_("Create a project"))
        return
    if project.simulated:
        st.warning(_("The answers of this project are simulated. The card of every export says so."))
    _answered(actor, project)
    share, options = export_options.chosen(project)
    offers = exporting.offered(project.rubric)
    for start in range(0, len(offers), A_ROW):
        for cell, offer in zip(st.columns(A_ROW), offers[start : start + A_ROW], strict=False):
            with cell:
                _card(actor, project, offer, share, options)
    _past(actor, project)


def _answered(actor: Actor, project: ProjectView) -> None:
    with reading() as session:
        items, answers = exporting.answered(session, actor, project.slug)
    if not answers:
        st.info(_("There are no answers to train on yet. Exports will hold what is there when you press the button."))
        return
    st.caption(
        _("{items} answered, {answers} in all. Hidden checks, pilot answers and repeats are kept apart.").format(
            items=_n("{n} item", "{n} items", items).format(n=f"{items:,}"),
            answers=_n("{n} answer", "{n} answers", answers).format(n=f"{answers:,}"),
        )
    )  # fmt: skip


def _card(actor: Actor, project: ProjectView, offer: FormatOffer, share: float, options: ExportOptions) -> None:
    name = offer.name
    title, contains = TITLES[name]
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{plain(_(title))}**")
        st.caption(plain(_(contains)))
        st.caption(f"`{name}`")
        if st.button(_("Export"), key=f"export_{name}", icon=":material/download:"):
            _run(actor, project, name, share, options)


def _run(actor: Actor, project: ProjectView, name: str, share: float, options: ExportOptions) -> None:
    out, at = exporting.new_path(), auth.now()
    with st.spinner(_("Writing the files…")), reading() as session:
        report = exporting.export(session, actor, project.slug, name, out, now=at, test_share=share, options=options)
    with transaction() as session:
        made = exporting.keep(session, actor, project.slug, report, out, now=at)
    state.keep(_SHOWN, made)
    st.rerun()


# Past exports ---------------------------------------------------------------------------------------------------------


def _past(actor: Actor, project: ProjectView) -> None:
    with reading() as session:
        past = exporting.listed(session, actor, project.slug)
    headings.section(_("Exported so far"))
    if not past:
        st.caption(_("Nothing yet. Each export will stay here with its report and its files."))
        return
    st.caption(_n("{n} export", "{n} exports", len(past)).format(n=len(past)))
    fresh = state.recall(_SHOWN, "")
    for one in past:
        icon = ":material/warning:" if one.report.get("warnings") else None
        with st.expander(_heading(one), expanded=one.id == fresh, icon=icon):
            _details(project, one)


def _heading(one: ExportView) -> str:
    title = TITLES[one.format][0] if one.format in TITLES else one.format
    rows = int(one.report.get("rows_total", 0))
    said = _n("{title} · {rows} row · {at} · {by}", "{title} · {rows} rows · {at} · {by}", rows)
    return said.format(title=_(title), rows=figures.number(rows), at=figures.moment(one.at), by=plain(one.by or "–"))


def _details(project: ProjectView, one: ExportView) -> None:
    files: Mapping[str, Any] = one.report.get("files", {})
    rows = {**one.report.get("rows", {}), **one.report.get("twins", {}), **one.report.get("side_files", {})}
    for warning in one.report.get("warnings", ()):
        st.warning(_warning(warning))
    st.markdown(f"**[{_('Download all (zip)')}]({_address(one, export_files.ARCHIVE)})**")
    for path, seal in files.items():
        count = _n("{n} row", "{n} rows", rows[path]).format(n=f"{rows[path]:,}") + " · " if path in rows else ""
        st.markdown(f"- [{plain(path)}]({_address(one, path)}) — {count}{seal['bytes'] / 1e3:,.1f} kB")
    st.markdown(f"- [report.json]({_address(one, 'report.json')})")
    if left_out := one.report.get("left_out"):
        st.markdown(_("**Left out**"))
        table = [
            {_("Items"): count, _("Reason"): _(REASONS[reason]) if reason in REASONS else reason}
            for reason, count in left_out.items()
        ]
        st.dataframe(pd.DataFrame(table), hide_index=True)
        if left_out.keys() & DECIDED_IN_REVIEW:
            st.page_link(
                navigation.page("review"), label=_("Open the review queue"), icon=":material/gavel:", width="content",
                query_params={"project": project.slug},
            )  # fmt: skip


def _warning(warning: Mapping[str, Any]) -> str:
    match warning["warning"]:
        case "same_prompt":
            said = _(
                "Items that share their prompt with another item and stay together in train or test: {items}. Largest group: {largest}."
            )
            return said.format(items=figures.number(warning["items"]), largest=figures.number(warning["largest"]))
        case "moved_sides":
            said = _n(
                "{n} prompt is on another side of train and test than in the last export ({since}). Don't test a model on rows that it was trained on.",
                "{n} prompts are on another side of train and test than in the last export ({since}). Don't test a model on rows that it was trained on.",
                warning["prompts"],
            )
            since = figures.moment(datetime.fromisoformat(warning["since"]))
            return said.format(n=figures.number(warning["prompts"]), since=since)
    return _("{file} has too few rows ({rows}). The trainer needs at least {least}.").format(
        file=plain(warning["file"]), rows=warning["rows"], least=warning["least"]
    )


def _address(one: ExportView, path: str) -> str:
    return f"/api/exports/{one.id}/{quote(path)}"
