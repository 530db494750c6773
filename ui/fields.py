"""What kind of control a pydantic field wants: its shape, its bounds, its words. Draws nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.errors import N_

Kind = Literal["flag", "whole", "number", "text", "localised", "texts", "rows", "points", "form", "other"]

LABELS: Mapping[str, str] = {
    "accuracy": N_("Accuracy target (%)"),
    "allow_both_bad": N_("Offer “both bad”"),
    "allow_na": N_("May be “not applicable”"),
    "allow_tie": N_("Offer a tie"),
    "allow_ties": N_("Allow equal ranks"),
    "anchors": N_("Meaning of each point"),
    "checks": N_("Checklist"),
    "confidence": N_("Ask for self-rated confidence"),
    "criteria": N_("Criteria"),
    "currency": N_("Currency"),
    "daily_limit": N_("Daily answer limit per person"),
    "description": N_("Description"),
    "dimensions": N_("Dimensions asked one by one"),
    "gold_rate": N_("Hidden checks (% of items served)"),
    "hours_per_week": N_("Hours per week"),
    "id": N_("Id (made from the name)"),
    "items": N_("Items in the pilot"),
    "labels": N_("Labels"),
    "lease_minutes": N_("Time limit per item (minutes)"),
    "max": N_("Highest"),
    "license": N_("License"),
    "max_chars": N_("Maximum characters"),
    "min": N_("Lowest"),
    "min_chars": N_("Minimum characters"),
    "multiple": N_("Several labels may apply"),
    "name": N_("Name"),
    "overlap": N_("Answers per item"),
    "parent": N_("Under label (id)"),
    "pilot": N_("Pilot"),
    "question": N_("Question"),
    "pilot.overlap": N_("Annotators per pilot item"),
    "rates": N_("Pay"),
    "rates.per_hour": N_("Hourly pay"),
    "rationale": N_("Ask for the reason"),
    "rationale.min_chars": N_("Minimum characters of the reason"),
    "rationale.required": N_("The reason is required"),
    "reasons": N_("Reasons to choose from"),
    "repeat_rate": N_("Hidden repeats (% of items served)"),
    "required": N_("Required"),
    "review": N_("Review"),
    "review.audit_share": N_("Reviewed at random (% of finished items)"),
    "review.doubt": N_("Reviewed when in doubt (% likely to be wrong)"),
    "review.stages": N_("Reviewers per item"),
    "safety_flag": N_("Offer a safety flag"),
    "skip_limit": N_("Skips before an item is put on hold"),
    "step": N_("Step"),
    "strength_levels": N_("Levels of strength"),
    "strengths": N_("Names of the levels, weakest first"),
    "targets": N_("Targets"),
    "targets.per_hour": N_("Answers per hour"),
}
"""By field name: one word means one thing in every task type; by path where a form has two of the same name."""


def msgid_of(path: str) -> str | None:
    return LABELS.get(path) or LABELS.get(path.rpartition(".")[2])


HELP: Mapping[str, str] = {
    "allow_both_bad": N_("For two responses of which neither should be learnt from."),
    "daily_limit": N_("Empty: no limit."),
    "gold_rate": N_("Gold items served unmarked among the others. 5–10% is usual."),
    "lease_minutes": N_("After that, someone else may take the item. Drafts stay with their author."),
    "max_chars": N_("Empty: no limit."),
    "overlap": N_("Annotators who answer each item independently. With 3, a majority decides."),
    "review.audit_share": N_("Drawn at random, whatever was answered, so review results hold for all items."),
    "review.doubt": N_("Items whose consensus is at least this likely to be wrong wait for a reviewer."),
    "review.stages": N_("2: a second reviewer confirms or changes the first verdict."),
    "repeat_rate": N_("An annotator's own items served again later: shows self-consistency."),
    "strength_levels": N_("1: only which is better, not by how much."),
}

PERCENT = frozenset({"gold_rate", "repeat_rate", "accuracy", "audit_share", "doubt"})


@dataclass(frozen=True)
class Shape:
    """What a field holds; `model` is the row's or the sub-form's."""

    kind: Kind
    optional: bool = False
    model: type[BaseModel] = BaseModel


def shape_of(annotation: Any) -> Shape:
    members = [bare(member) for member in _members(bare(annotation))]
    optional = NoneType in members
    members = [member for member in members if member is not NoneType]
    origins = set(map(_origin, members))
    if origins == {str, dict}:
        return Shape("localised", optional)
    if origins == {int, float}:
        return Shape("number", optional)
    return _single(members[0], optional) if len(members) == 1 else Shape("other", optional)


_PLAIN: Mapping[Any, Kind] = {bool: "flag", int: "whole", float: "number", str: "text"}


def _single(member: Any, optional: bool) -> Shape:
    if member in _PLAIN:
        return Shape(_PLAIN[member], optional)
    if isinstance(member, type) and issubclass(member, BaseModel):
        return Shape("form", optional, member)
    if _origin(member) is tuple:
        return _listed(shape_of(get_args(member)[0]))
    if _origin(member) is dict and shape_of(get_args(member)[1]).kind == "localised":
        return Shape("points")
    return Shape("other", optional)


def _listed(inner: Shape) -> Shape:
    if inner.kind == "localised":
        return Shape("texts")
    return Shape("rows", model=inner.model) if inner.kind == "form" else Shape("other")


def bare(annotation: Any) -> Any:
    """Without Annotated's metadata."""
    return bare(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def _members(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _origin(annotation: Any) -> Any:
    return get_origin(annotation) or annotation


@dataclass(frozen=True)
class Bounds:
    low: float | None
    high: float | None


def bounds_of(info: FieldInfo) -> Bounds:
    lows = [getattr(m, "ge", getattr(m, "gt", None)) for m in info.metadata]
    highs = [getattr(m, "le", getattr(m, "lt", None)) for m in info.metadata]
    return Bounds(_first(lows), _first(highs))


def _first(found: list[Any]) -> float | None:
    return next((value for value in found if value is not None), None)


def default_of(info: FieldInfo) -> Any:
    """As JSON has it; None where the field must be given."""
    default = info.get_default(call_default_factory=True, validated_data={})
    if isinstance(default, BaseModel):
        return default.model_dump(mode="json")
    if isinstance(default, tuple):
        return [value.model_dump(mode="json") if isinstance(value, BaseModel) else value for value in default]
    return None if info.is_required() else default
