"""Agreement on spans, by hand-counted examples."""

import pytest

from core.stats import spans


def test_the_same_spans_agree_fully() -> None:
    found = spans.agreement([{"ann": [(0, 4), (8, 9)], "bo": [(8, 9), (0, 4)]}])
    assert (found.characters, found.overlapping, found.exact, found.pairs) == (1, 1, 1, 1)


def test_a_span_that_is_half_shared_counts_by_characters_and_by_overlap() -> None:
    found = spans.agreement([{"ann": [(0, 10)], "bo": [(0, 5)]}])
    assert found.characters == pytest.approx(10 / 15)
    assert (found.overlapping, found.exact) == (1, 0)


def test_one_span_is_matched_only_once() -> None:
    found = spans.agreement([{"ann": [(0, 10)], "bo": [(0, 6), (0, 9)]}])
    assert found.overlapping == pytest.approx(2 / 3)


def test_an_empty_mark_against_a_full_one_disagrees() -> None:
    found = spans.agreement([{"ann": [], "bo": [(0, 5)]}])
    assert (found.characters, found.pairs) == (0, 1)


@pytest.mark.parametrize("items", [[], [{"ann": [(0, 1)]}], [{"ann": [], "bo": []}]])
def test_nothing_marked_is_no_figure(items: list[spans.Marked]) -> None:
    found = spans.agreement(items)
    assert (found.characters, found.why) == (None, spans.NOTHING_MARKED)
