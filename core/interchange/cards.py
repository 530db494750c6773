"""The README.md of an export: a dataset card that says how the data were made and how to load them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_TAGS: Mapping[str, tuple[str, ...]] = {
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
    "quarantined": "set aside because of personal data",
    "flagged": "set aside as bad items, not looked at yet",
    "withdrawn": "withdrawn",
    "no_answer": "no answer yet",
    "unresolved": "as many votes for one value as for another",
    "tie": "judged equally good",
    "both_bad": "judged both bad",
    "more_than_one_message": "a response of several messages, which the format cannot hold",
    "balanced": "won as many comparisons as it lost",
    "in_review": "between two verdicts: reopened, or waiting for a second reviewer",
    "bad_item": "settled by a reviewer as a bad item",
}


@dataclass(frozen=True)
class Facts:
    """What a card is written from: the export's report, and the project's words."""

    title: str
    task: str
    guidelines: str
    report: Mapping[str, Any]
    configs: Mapping[str, Mapping[str, str]]
    """Config name to split to path."""
    loader: str


def card(facts: Facts) -> str:
    header = yaml.safe_dump(_header(facts), allow_unicode=True, sort_keys=False, default_flow_style=None, width=120)
    return f"---\n{header}---\n{_body(facts)}"


def _header(facts: Facts) -> dict[str, Any]:
    report = facts.report
    details = sorted(tag for tag in report["languages"] if tag)
    header = {
        "language": sorted({tag.split("-")[0] for tag in details}),
        "language_details": details,
        "pretty_name": facts.title,
        "size_categories": [_size(report["rows_total"])],
        "task_categories": ["text-classification" if facts.task == "classification" else "text-generation"],
        "tags": ["human-feedback", facts.task, *_TAGS.get(report["format"], ())],
        "annotations_creators": _creators(report["people"]),
        "configs": [
            {"config_name": name, "data_files": [{"split": split, "path": path} for split, path in files.items()]}
            for name, files in facts.configs.items()
        ],
    }
    return {key: value for key, value in header.items() if value}


def _size(rows: int) -> str:
    return next((name for limit, name in _SIZES if rows < limit), "n>10M")


def _creators(people: Mapping[str, int]) -> list[str]:
    human = any(count for kind, count in people.items() if kind in ("member", "imported"))
    return ["expert-generated"] * human + ["machine-generated"] * bool(people.get("machine") or people.get("simulated"))


def _body(facts: Facts) -> str:
    report = facts.report
    parts = [f"# {facts.title}", ""]
    if report["simulated"]:
        parts += [
            "**These answers are simulated: no person gave them. Do not train on them or publish them as human judgement.**",
            "",
        ]
    parts += [
        f"Exported from Touchstone, project `{report['project']}` (task type `{facts.task}`), as `{report['format']}` on {report['at']}.",
        "", "## Load", "", "```python", "from datasets import load_dataset", facts.loader, "```",
        "", "## How it was made", "", *_provenance(report),
        "", "## Files", "", "| file | rows |", "|---|---|", *(f"| `{path}` | {count:,} |" for path, count in report["rows"].items()),
        *(f"| `{path}` (not training data) | {count:,} |" for path, count in report["side_files"].items()),
        "", "`report.json` has these figures for programs.", *_left_out(report), *_notes(report),
        "", f"## Guidelines (version {report['guideline_versions'][-1] if report['guideline_versions'] else '–'})", "",
        facts.guidelines or "The project has none.", "",
    ]  # fmt: skip
    return "\n".join(parts)


def _provenance(report: Mapping[str, Any]) -> list[str]:
    people = ", ".join(f"{count} {kind}" for kind, count in report["people"].items()) or "nobody yet"
    lines = [
        f"- Answers by: {people} (kinds: member = signed-in annotators, imported = labels collected elsewhere, machine = model judges).",
        f"- Guideline versions: {_listed(report['guideline_versions'])}. Settings versions: {_listed(report['settings_versions'])}.",
    ]
    if report.get("verdicts"):
        lines.append(
            "- Verdicts: " + ", ".join(f"{count:,} {source}" for source, count in report["verdicts"].items()) + "."
        )
        lines += _adjudicated(report.get("adjudicated"))
        lines.append("- Machine answers, pilot answers, hidden checks and repeats of one's own items do not vote.")
    if report.get("agreement"):
        share, pairs = report["agreement"]["percent"], report["agreement"]["pairs"]
        lines.append(f"- Agreement: {share:.1%} of {pairs:,} pairs of answers to the same item were alike.")
    if report.get("split"):
        lines.append(
            f"- Split: {report['split']['test_share']:.0%} test, by a salted hash of the item's group (or its id), the same in every export."
        )
    return lines


def _adjudicated(told: Mapping[str, Any] | None) -> list[str]:
    if not told:
        return []
    parts = "; ".join(f"{name} {_counted(told[name])}" for name in ("basis", "reason", "stages"))
    people = f"{told['reviewers']} reviewer{'s' * (told['reviewers'] != 1)}"
    bases = "accepted = the suggested verdict, picked = another answer, edited = the reviewer's own"
    return [f"- Adjudicated by {people}: {parts} ({bases})."]


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers)) or "–"


def _left_out(report: Mapping[str, Any]) -> list[str]:
    if not report["left_out"]:
        return []
    rows = [f"| {reason} | {count:,} | {REASONS.get(reason, '')} |" for reason, count in report["left_out"].items()]
    return ["", "## Left out", "", "| reason | items | meaning |", "|---|---|---|", *rows]


def _notes(report: Mapping[str, Any]) -> list[str]:
    if report["format"] != "answers-csv":
        return []
    return [
        "",
        "Text cells that a spreadsheet would run as a formula (they begin with = + - @) have ' put before them; the JSON Lines and Parquet forms are exact.",
    ]
