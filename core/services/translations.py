"""Texts in two languages: which exist in one alone, and which were left behind when the other was edited."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import orjson
from pydantic import BaseModel
from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import audit, projects, versions
from core.services.projects import ProjectView
from core.tasks.fitting import LocalisedText

LANGUAGES = ("en", "zh")
Texts = Mapping[str, Mapping[str, str]]
"""By its place: a text by language."""
Part = Literal["settings", "guidelines"]
Behind = Mapping[str, str]
"""By its place: the language that was not edited when the other one was."""


@dataclass(frozen=True)
class Gap:
    """A text that two readers do not read alike; `text` is what it says in the other language."""

    lang: str
    text: str
    missing: bool
    """Whether there is none at all in that language; else it was left as it was when the other was edited."""


def gaps(texts: Texts, behind: Behind) -> tuple[Gap, ...]:
    """In the order of the texts, those that exist in one language alone after those left behind."""
    left = [
        Gap(behind[place], _other(text, behind[place]), missing=False)
        for place, text in texts.items()
        if place in behind
    ]
    alone = [
        Gap(lang, _other(text, lang), missing=True)
        for text in texts.values()
        for lang in LANGUAGES
        if any(text.values()) and not text.get(lang)
    ]
    return (*left, *alone)


def _other(text: Mapping[str, str], lang: str) -> str:
    return next((words for code, words in text.items() if code != lang and words), "")


# What is in force -----------------------------------------------------------------------------------------------------


def of_settings(session: Session, actor: Actor, project: ProjectView) -> Behind:
    """Over all versions of the settings."""
    found = reversed(versions.settings(session, actor, project.slug))
    return _over(
        (in_model(projects.rubric_of(project.task, orjson.dumps(one.content))), one.languages_agree) for one in found
    )


def of_guidelines(session: Session, actor: Actor, project: ProjectView) -> Behind:
    found = reversed(versions.guidelines(session, actor, project.slug))
    return _over((in_text(one.content), one.languages_agree) for one in found)


def in_force(session: Session, actor: Actor, slug: str) -> tuple[tuple[Gap, ...], tuple[Gap, ...]]:
    """Of the questions, and of the guidelines."""
    project = projects.get(session, actor, slug)
    asked = gaps(in_model(project.rubric), of_settings(session, actor, project))
    return asked, gaps(in_text(project.guidelines), of_guidelines(session, actor, project))


def agree(session: Session, actor: Actor, slug: str, *parts: Part, now: datetime) -> None:
    """The texts in force need no change in the other language. It is asked again once one of them is edited again."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    found: Mapping[Part, tuple[Behind, int]] = {
        "settings": (of_settings(session, actor, project), project.settings_version),
        "guidelines": (of_guidelines(session, actor, project), project.guideline_version),
    }
    facts = []
    for part in parts:
        behind, number = found[part]
        if behind:
            versions.mark_agreed(session, part, project.id, number)
            subject = f"project:{project.id} version:{number}"
            facts.append(audit.Fact(f"{part}.languages_agree", subject, project.id, audit.digest_of(sorted(behind))))
    if facts:
        audit.record(session, actor, now, *facts)


def _over(history: Iterable[tuple[Texts, bool]]) -> Behind:
    """`history` from the earliest on: the texts of each version, and whether they were said to agree."""
    behind: Behind = {}
    (before, _agreed), *later = history
    for after, agreed in later:
        behind, before = {} if agreed else after_edit(before, after, behind), after
    return behind


def after_edit(before: Texts, after: Texts, behind: Behind) -> Behind:
    """Where one language alone was changed the other is behind, until it is changed as well."""
    return reduce(lambda found, place: _after_one(before, after, found, place), after, dict(behind))


def _after_one(before: Texts, after: Texts, behind: dict[str, str], place: str) -> dict[str, str]:
    was, now = before.get(place, {}), after[place]
    changed = {lang for lang in LANGUAGES if was.get(lang, "") != now.get(lang, "")}
    rest = {at: lang for at, lang in behind.items() if at != place}
    if not all(text.get(lang) for text in (was, now) for lang in LANGUAGES):
        return rest
    if len(changed) != 1:
        return rest if changed else behind
    (edited,) = changed
    if behind.get(place) == edited:
        return rest
    return {**rest, place: next(lang for lang in LANGUAGES if lang != edited)}


# Finding texts --------------------------------------------------------------------------------------------------------


def in_text(text: LocalisedText | str) -> Texts:
    return {"": {"en": text} if isinstance(text, str) else dict(text)} if text else {}


def in_model(model: BaseModel) -> Texts:
    """Every text that people read, by its place: rows by their ids, so that moving one changes nothing."""
    return dict(_texts(model, type(model), ""))


def _texts(value: Any, annotation: Any, at: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    if _is_localised(annotation):
        if value:
            yield at, in_text(value)[""]
    elif isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            yield from _texts(getattr(value, name), info.annotation, f"{at}.{name}")
    elif isinstance(value, tuple | Mapping):
        inner = _inside(annotation)
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for place, one in pairs:
            yield from _texts(one, inner, f"{at}.{getattr(one, 'id', place)}")


def _is_localised(annotation: Any) -> bool:
    """A text, or a text by language."""
    bare = {get_origin(one) or one for one in _alternatives(annotation)}
    return {str, dict} <= bare


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, without what pydantic is told of them."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return tuple(one for member in get_args(annotation) for one in _alternatives(member))
    return (annotation,)


def _inside(annotation: Any) -> Any:
    """What a tuple or a mapping holds."""
    for one in _alternatives(annotation):
        if get_origin(one) is tuple:
            return get_args(one)[0]
        if get_origin(one) is dict:
            return get_args(one)[1]
    return None
