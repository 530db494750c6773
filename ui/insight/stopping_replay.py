"""The simulator of adaptive overlap on its page: settings to try, the replay under way, and what it found."""

from datetime import timedelta

import streamlit as st

from core.services.policies import Stopping
from core.services.stopping import replay as stopping_replay
from core.services.stopping.replay import Rehearsal, Thin
from core.services.stopping.report import Report
from core.stats.replay import THEMSELVES
from core.store.engine import reading
from ui import address, figures, fragments
from ui.insight import stopping_charts
from ui.insight.head import Opened
from ui.text import _, _n

POLL = timedelta(seconds=1)


def show(found: Opened, report: Report) -> None:
    st.markdown(
        _(
            "A replay collects this project's answers again in random order: once with adaptive "
            "overlap, once with the same number for every item. The difference is what adaptive "
            "overlap would have saved here."
        )
    )
    wanted = _wanted(report)
    if wanted.most <= wanted.start:
        st.write(_("The maximum must be above the initial number of answers."))
        return
    _draw(found, report, wanted)


def _wanted(report: Report) -> Stopping:
    rule = report.rule
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        start = address.amount("start", _("Initial answers per item"), (1, 20), rule.start, width=190)
        most = address.amount("most", _("Maximum answers"), (1, 100), max(rule.most, 2), width=150)
        percent = address.amount(
            "confidence", _("Confidence threshold (%)"), (51, 99), round(rule.confidence * 100), width=170
        )
    return rule.model_copy(update={"start": start, "most": most, "confidence": percent / 100})


def _draw(found: Opened, report: Report, wanted: Stopping) -> None:
    looked = _look(found, wanted, start=False)
    if isinstance(looked, str):
        st.write(_(looked))
    elif isinstance(looked, Thin):
        st.write(_(looked.message).format(**looked.params))
    elif looked is None:
        if st.button(_("Replay"), key="replay", icon=":material/replay:"):
            _look(found, wanted, start=True)
            st.rerun()
    elif looked.found is None and not looked.failed:
        _wait(found, wanted)
    else:
        _result(report, looked)


def _look(found: Opened, wanted: Stopping, *, start: bool) -> Rehearsal | Thin | str | None:
    with reading() as session:
        return stopping_replay.rehearse(session, found.actor, found.slug, found.assessment, wanted, start=start)


def _wait(found: Opened, wanted: Stopping) -> None:
    """Looks again until the replay is there."""

    @fragments.polling(found.actor, POLL)
    def look() -> None:
        looked = _look(found, wanted, start=False)
        if not isinstance(looked, Rehearsal) or looked.share is None:
            st.rerun()
        else:
            st.progress(min(looked.share, 1.0), text=_("Replaying."))

    look()


def _result(report: Report, looked: Rehearsal) -> None:
    if looked.found is None:
        st.error(_("The replay failed; the server's log says why."))
        return
    found = looked.found
    stopping_charts.replay(report, found)
    notes = [_n("Replayed on {n} item.", "Replayed on {n} items.", found.items).format(n=figures.number(found.items))]
    if found.against == THEMSELVES:
        notes.append(
            _("Without gold, “correct” means matching the consensus of all labels; this favours both methods equally.")
        )
    else:
        judged = _n("Accuracy is measured on {n} gold item.", "Accuracy is measured on {n} gold items.", found.judged)
        notes.append(judged.format(n=figures.number(found.judged)))
    if report.on:
        notes.append(_("Only the audit sample is replayed: among other items, those with more answers are harder."))
    notes.append(_("The bands hold each accuracy with 95% confidence."))
    st.caption(figures.sentences(*notes))
