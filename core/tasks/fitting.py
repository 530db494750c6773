"""What fits: texts that can be stored, ids that can be parts of paths, and words for everything that does not."""

import json
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from core.errors import N_, InvalidInput

HALF_A_CHARACTER = N_("The text contains half a character at position {position}.")


class Unfit(ValueError):
    """What one of our validators found: a message template, its parameters, and where below the model it looked at."""

    def __init__(self, template: str, /, *, at: str = "", **params: Any) -> None:
        super().__init__(template.format(**params))
        self.template, self.at, self.params = template, at, params


def _storable(text: str) -> str:
    """Databases and files take neither NUL nor half a character."""
    if "\0" in text:
        raise Unfit("The text contains a NUL character.")
    if (half := _first_half(text)) is not None:
        raise Unfit(HALF_A_CHARACTER, position=half)
    return text


def _first_half(text: str) -> int | None:
    """Where the first lone surrogate is."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return None


def _scalar_as_text(raw: object) -> object:
    """A model that answered "True" or "36" reaches many a file as a bare value: taken, written as JSON writes it."""
    if raw is None or (isinstance(raw, float) and not isfinite(raw)):
        return raw
    return json.dumps(raw) if isinstance(raw, bool | int | float) else raw


def _path_segment(name: str) -> str:
    """Ids of criteria, dimensions and checks become parts of paths such as "scores.accuracy"."""
    if "." in name or name.isdigit() or name.startswith("__"):
        raise Unfit("An id contains no dot, does not start with __ and is not a number.")
    return name


StoredText = Annotated[str, AfterValidator(_storable)]
OutputText = Annotated[StoredText, BeforeValidator(_scalar_as_text)]
NonEmpty = Annotated[str, Field(min_length=1), AfterValidator(_storable)]
Identifier = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_storable)]
PathId = Annotated[Identifier, AfterValidator(_path_segment)]
LocalisedText = NonEmpty | Annotated[dict[Identifier, NonEmpty], Field(min_length=1)]


def first_problem(error: ValidationError) -> tuple[str, InvalidInput]:
    """The place and the words of the first thing found."""
    return problems_of(error)[0]


def problems_of(error: ValidationError) -> list[tuple[str, InvalidInput]]:
    """Place and words of everything found, one a place: members of a union all complain about the same value."""
    found: dict[str, InvalidInput] = {}
    for problem in error.errors(include_url=False):
        raised = problem.get("ctx", {}).get("error")
        path = _path((*problem["loc"], *(raised.at.split(".") if isinstance(raised, Unfit) and raised.at else ())))
        found.setdefault(path, _words(problem))
    return list(found.items())


def _path(loc: Iterable[str | int]) -> str:
    """Dotted, without pydantic's own names of union members; a key that is half a character can still be named."""
    path = ".".join(str(part) for part in loc if not _names_a_union_member(part))
    return path.encode(errors="replace").decode()


def _names_a_union_member(part: str | int) -> bool:
    return isinstance(part, str) and ("[" in part or part in UNION_MEMBERS)


UNION_MEMBERS = {"str", "int", "float", "dict", "tuple", "constrained-str"}
WORDS: Mapping[str, str] = {
    "missing": N_("This is missing."),
    "extra_forbidden": N_("This field is not known here."),
    "string_type": N_("This must be text."),
    "string_unicode": N_("This must be text."),
    "string_too_short": N_("This must not be empty."),
    "string_too_long": N_("This must have at most {max_length} characters."),
    "int_type": N_("This must be a whole number."),
    "int_parsing": N_("This must be a whole number."),
    "int_from_float": N_("This must be a whole number."),
    "float_type": N_("This must be a number."),
    "float_parsing": N_("This must be a number."),
    "finite_number": N_("This must be a finite number."),
    "bool_type": N_("This must be true or false."),
    "bool_parsing": N_("This must be true or false."),
    "tuple_type": N_("This must be a list."),
    "dict_type": N_("This must be an object."),
    "model_type": N_("This must be an object."),
    "model_attributes_type": N_("This must be an object."),
    "literal_error": N_("This must be one of: {expected}."),
    "greater_than": N_("This must be more than {gt}."),
    "greater_than_equal": N_("This must be {ge} or more."),
    "less_than_equal": N_("This must be {le} or less."),
    "too_short": N_("This needs at least {min_length}, and has {actual_length}."),
    "too_long": N_("At most {max_length} allowed."),
}


def _words(problem: Mapping[str, Any]) -> InvalidInput:
    context = dict(problem.get("ctx", {}))
    raised = context.pop("error", None)
    if isinstance(raised, Unfit):
        return InvalidInput(raised.template, **raised.params)
    if problem["input"] is None:
        return InvalidInput(WORDS["missing"])
    if problem["type"] == "string_unicode" and isinstance(problem["input"], str):
        return InvalidInput(HALF_A_CHARACTER, position=_first_half(problem["input"]))
    if template := WORDS.get(problem["type"]):
        return InvalidInput(template, **context)
    return InvalidInput("{reason}.", reason=str(problem["msg"]).rstrip("."))
