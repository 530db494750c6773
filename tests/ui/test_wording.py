"""The glossary where it was broken before: one word for one idea in every message, in both languages."""

import pytest

from ui.locales.extract import messages

HOLD = ("set aside", "set this item aside", "put back", "puts it back", "back into the queue", "out of the work")
"""Said before of what is on hold, and of what becomes of it."""


@pytest.mark.parametrize("words", HOLD)
def test_what_waits_for_a_lead_is_on_hold_everywhere(words: str) -> None:
    assert [said for said in _said() if words in said.lower()] == []


def _said() -> list[str]:
    return [said for message in messages() for said in ([message.id] if isinstance(message.id, str) else message.id)]
