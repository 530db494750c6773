"""Finds messages that put a number before an English plural without a singular: "1 words"."""

import re
from collections.abc import Iterable, Iterator

_BETWEEN = "more|other|different|known|shared|open|answered|decided|active|hidden|gold|pilot|imported|new"
_COUNTED = re.compile(rf"\{{(\w+)\}} (?:(?:{_BETWEEN}) )*(people|[a-z]+s)\b")
_NO_NOUNS = frozenset(
    {
        "as",
        "differs",
        "exists",
        "gets",
        "gives",
        "has",
        "holds",
        "is",
        "less",
        "others",
        "says",
        "takes",
        "this",
        "was",
        "works",
    }
)
_NEVER_ONE = {
    "Agreement is shown for the first {n} targets.": "several",
    "At least {n} characters; any language. A few words that only you would put together work best.": "a rule",
    "Each item was answered by {n} annotators, each without seeing the others' answers.": "several",
    "Fewer than {n} answers with a time.": "a rule",
    "A name has 1 to {n} characters.": "a rule",
    "No kind of item has {n} shared answers yet: too few to compare.": "a rule",
    "Takes {n} times as long as the team on the same items ({between}).": "a decimal",
    "The interval is too wide to decide: about {n} items with two labels would narrow it to ±0.1.": "tens",
    "The guidelines changed along the way; the figures of each of the {n} versions are shown above.": "several",
    "Active time today. It pauses when the tab is hidden or after {n} minutes without activity.": "a rule",
    "The {n} tags with the most comparisons.": "a rule",
    "Use at least {n} characters; a few words that only you would put together work best.": "a rule",
    "Use at most {n} characters.": "a rule",
    "{n} answers per active hour over the last four weeks ({low}–{high}, {days} person-days).": "a decimal",
    "{n} answers per active hour over the last four weeks. A range needs three person-days.": "a decimal",
    "{value} answers per active hour over all days so far ({low}–{high}, {days} days).": "three days at least",
}
"""Messages whose number is a constant above one, or is told only where there are several."""
_BOUNDS = frozenset({"least", "limit", "max_length", "most"})
"""Limits of lengths and sizes; none of them is one."""
_MANY_ANYHOW = frozenset({"high", "value", "points", "needed", "early"})
"""Decimals, and the upper end of a range: "1.0 answers", "1 to 2 people"."""


def without_singular(messages: Iterable[str]) -> Iterator[str]:
    """Messages that need `_n`. Pairs that have it are not passed in; the desk lists both of a pair, one by one."""
    known = frozenset(messages)
    for message in sorted(known - _NEVER_ONE.keys()):
        nouns = [noun for placeholder, noun in _COUNTED.findall(message) if _is_count(placeholder, noun)]
        if any(message.replace(noun, noun.removesuffix("s")) not in known - {message} for noun in nouns):
            yield message


def _is_count(placeholder: str, noun: str) -> bool:
    return noun not in _NO_NOUNS and placeholder not in _BOUNDS | _MANY_ANYHOW
