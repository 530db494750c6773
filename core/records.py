"""What a verdict is worth as training data: the shapes every export format projects from."""

from dataclasses import dataclass, field

Message = dict[str, str]
"""{"role": "system"|"user"|"assistant", "content": text}"""
Text = str | tuple[Message, ...]
"""Plain text, or a conversation."""


@dataclass(frozen=True)
class Prompt:
    """A prompt alone (GRPO, online DPO)."""

    prompt: Text


@dataclass(frozen=True)
class Demonstration:
    """A gold response to a prompt (SFT)."""

    prompt: Text
    completion: Text


@dataclass(frozen=True)
class PreferencePair:
    """One response preferred to another; margin in (0, 1], 1 = as strong as the project's scale goes."""

    prompt: Text
    chosen: Text
    rejected: Text
    margin: float = 1.0
    chosen_id: str = ""
    rejected_id: str = ""


@dataclass(frozen=True)
class Tie:
    """Two responses judged equally good: no trainer takes it, the side file keeps it."""

    prompt: Text
    responses: tuple[Text, ...]
    response_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unpaired:
    """One response judged good or bad by itself (KTO)."""

    prompt: Text
    completion: Text
    label: bool
    response_id: str = ""


@dataclass(frozen=True)
class Labelled:
    """A text with labels or scores: flat exports only."""

    prompt: Text
    response: Text | None
    values: dict[str, object] = field(default_factory=dict)


Record = Prompt | Demonstration | PreferencePair | Tie | Unpaired | Labelled
