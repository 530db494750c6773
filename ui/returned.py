"""Answers that reviewers sent back, on their author's page: what was said, and to revise the answer or to keep it."""

import streamlit as st

from core.permissions import Actor
from core.services import mywork
from core.services.mywork import SentBack
from core.services.review import returned as review_returned
from core.store.engine import reading, transaction
from ui import auth, figures, forms, headings, navigation, state
from ui.review_words import reason_name
from ui.text import _, _n, content, plain


def show(actor: Actor) -> None:
    with reading() as session:
        found = mywork.returned(session, actor)
    if not found:
        return
    headings.section(_("Sent back to you"))
    st.caption(
        _n(
            "A reviewer asks you to look at {n} answer again. Change it, or keep it and say why.",
            "A reviewer asks you to look at {n} answers again. Change them, or keep them and say why.",
            len(found),
        ).format(n=len(found))
    )
    for sent in found:
        _sent_back(actor, sent)


def said_of(actor: Actor, answer_id: int) -> None:
    """What a reviewer said of the answer that is open."""
    with reading() as session:
        found = mywork.returned(session, actor)
    for sent in found:
        if sent.answer_id == answer_id:
            st.info(_("Sent back to you: {comment}").format(comment=plain(sent.comment)), icon=":material/undo:")


def _sent_back(actor: Actor, sent: SentBack) -> None:
    with st.container(border=True, key=f"returned_{sent.id}"):
        st.text(sent.comment)
        st.caption(f"{plain(sent.excerpt) or _('(not shown)')}  \n{_facts(sent)}")
        with st.container(horizontal=True, vertical_alignment="center"):
            if sent.revisable:
                st.page_link(
                    navigation.page("work"), label=_("Revise"), icon=":material/edit:", width="content",
                    query_params={"answer": str(sent.answer_id)},
                )  # fmt: skip
            with st.popover(_("Keep my answer"), icon=":material/shield:"):
                _keep(actor, sent)


def _facts(sent: SentBack) -> str:
    reason = [reason_name(sent.reason)] if sent.reason else []
    return " · ".join([plain(content(sent.title)), *reason, figures.moment(sent.at)])


def _keep(actor: Actor, sent: SentBack) -> None:
    form = forms.open_form(f"returned:{sent.id}", actor, {"reply": ""})
    reply = st.text_area(_("Reason for keeping it"), form.start["reply"], key=f"{form.key}:reply", max_chars=5000)
    form.settle({"reply": reply}, bool(reply))
    if st.button(_("Keep my answer"), type="primary", key=f"keep_{sent.id}"):
        if not reply.strip():
            st.error(_("Write why you keep it."), icon=":material/edit:")
            return
        with transaction() as session:
            review_returned.keep(session, actor, sent.id, reply=reply.strip(), now=auth.now())
        form.restart()
        state.flash(_("Your answer is kept. The reviewer sees what you wrote."))
        st.rerun()
