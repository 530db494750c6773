"""Words of a dataset card: the Hub's own, and what an export leaves out."""

from collections.abc import Mapping

SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
TAGS: Mapping[str, tuple[str, ...]] = {
    "trl-preference": ("preference", "dpo", "trl"),
    "trl-kto": ("kto", "trl"),
    "trl-sft": ("sft", "trl"),
    "trl-prompt": ("prompts", "trl"),
    "openai-sft": ("sft", "openai"),
    "openai-dpo": ("preference", "dpo", "openai"),
}
REASONS: Mapping[str, str] = {
    "gold": "hidden checks: their answers are known, and annotators were measured on them",
    "stub": "labels without content",
    "quarantined": "on hold because of personal data",
    "flagged": "on hold as bad items, not resolved yet",
    "withdrawn": "withdrawn",
    "no_answer": "no answer yet",
    "unresolved": "equal votes",
    "tie": "judged equally good",
    "both_bad": "judged both bad",
    "more_than_one_message": "a response of several messages, which the format cannot hold",
    "empty_output": "a response without text, which OpenAI refuses",
    "identical_outputs": "two responses with the same text, which OpenAI refuses",
    "not_plain": "a conversation of several turns, which plain text cannot hold",
    "balanced": "won as many comparisons as it lost",
    "not_reviewed": "not adjudicated by a reviewer",
    "replaced": "replaced by a reviewer's verdict",
    "in_review": "between two verdicts: reopened, or waiting for a second reviewer",
    "bad_item": "adjudicated as a bad item",
}


LICENSES = (
    "cc-by-4.0",
    "cc-by-sa-4.0",
    "cc-by-nc-4.0",
    "cc-by-nc-sa-4.0",
    "cc0-1.0",
    "odc-by",
    "cdla-permissive-2.0",
    "apache-2.0",
    "mit",
)
"""Known to the Hugging Face Hub; any other is written as "other" with its name."""
LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文"}
KINDS: Mapping[str, tuple[str, str]] = {
    "member": ("annotator", "annotators"),
    "imported": ("annotator whose answers were imported", "annotators whose answers were imported"),
    "machine": ("machine judge", "machine judges"),
    "simulated": ("simulated annotator", "simulated annotators"),
}
WARNINGS: Mapping[str, str] = {
    "too_few_rows": "{file} has too few rows ({rows}): the trainer needs at least {least}.",
    "same_prompt": "{items} items share their prompt with another item and stay together in train or test. "
    "The largest group has {largest} items.",
    "moved_sides": "Prompts on another side of train and test than in the last export ({since:.10}): {prompts}. "
    "Do not test a model on rows that it was trained on.",
}
