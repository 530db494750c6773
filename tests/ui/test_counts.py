"""No message writes "1 words": a number before a plural has a singular, too."""

import pytest

from ui.locales.counts import without_singular


@pytest.mark.parametrize(
    "message",
    ["{n} words", "by {people} people", "{title} · {rows} rows · {at}", "which need {wanted} more answers", "{sure} of {all} answered items"],
)  # fmt: skip
def test_a_number_before_a_plural_is_found(message: str) -> None:
    assert list(without_singular([message])) == [message]


@pytest.mark.parametrize(
    "message", ["{name} says so", "{title} is ready", "at most {most} characters", "{value} points from the others", "Items: {n}."]
)  # fmt: skip
def test_what_needs_no_singular_is_not(message: str) -> None:
    assert list(without_singular([message])) == []


def test_the_desk_lists_both_of_a_pair() -> None:
    assert list(without_singular(["{n} word", "{n} words"])) == []
