"""Which answers the figures of a page are about: batch, language and guideline version, chosen at its top and kept in its address."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st

from core.permissions import Actor
from core.services.projects import ProjectView
from core.services.quality import assessments
from core.services.quality.assessments import Scope, Scopes
from core.store.engine import reading
from ui import address, auth, figures
from ui.insight.quality_words import target_name
from ui.text import _

NONE = "-"
"""In an address: items that have no batch, or name no language."""
EVERY = ""
"""The choice that stands in no address."""
WIDTH = 200


def choose(actor: Actor, slug: str, base: Scope) -> Scope:
    """What the page is about already, narrowed by what the reader chooses."""
    with reading() as session:
        found = assessments.scopes(session, actor, slug, now=auth.now())
    with st.container(horizontal=True, gap="small"):
        return Scope(
            batch=base.batch if base.batch is not None else _pick("batch", _("Batch"), found.batches, batch_name),
            lang=base.lang if base.lang is not None else _pick("lang", _("Language"), found.langs, lang_name),
            guidelines=base.guidelines if base.guidelines is not None else _version(found),
            settings=base.settings,
        )


def _version(found: Scopes) -> int | None:
    said = _pick("guidelines", _("Guidelines"), {str(n): count for n, count in found.guidelines.items()}, version_name)
    return None if said is None else int(said)


def _pick(name: str, label: str, counts: Mapping[str, int], named: Callable[[str], str]) -> str | None:
    """None is all of them; with one value there is nothing to choose."""
    if len(counts) < 2:
        return None
    values = {value or NONE: value for value in counts}

    def words(code: str) -> str:
        return _("All") if code == EVERY else f"{named(values[code])} · {figures.number(counts[values[code]])}"

    return values.get(address.choice(name, label, [EVERY, *values], words, width=WIDTH))


def target(project: ProjectView, names: Iterable[str]) -> str:
    """Which of the things measured the page is about."""
    return address.choice("target", _("Target"), list(names), lambda name: target_name(project, name))


def in_address(slug: str, scope: Scope) -> dict[str, str]:
    """The project and the scope, for a link to another page of Insight."""
    parts: Mapping[str, Any] = {"batch": scope.batch, "lang": scope.lang, "guidelines": scope.guidelines}
    return {"project": slug, **{name: str(value) or NONE for name, value in parts.items() if value is not None}}


def batch_name(name: str) -> str:
    """As the others, for lists to choose from: not made safe for Markdown."""
    return name or _("without a batch")


def lang_name(tag: str) -> str:
    return figures.language_name(tag) if tag else _("no language given")


def version_name(number: str) -> str:
    return _("version {n}").format(n=number)
