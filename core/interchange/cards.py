"""The README.md of an export: a dataset card that says how the data were made and how to load them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import yaml

from core.interchange.card_words import KINDS, LANGUAGES, LICENSES, REASONS, SIZES, TAGS, WARNINGS
from core.interchange.features import features
from core.interchange.markdown import code, line, one_line, quote
from core.interchange.outputs import JSON, Split

_UNBROKEN = 1_000_000
"""Width of the header: a value that was folded could look like the header's end to simple readers."""
Localised = str | Mapping[str, str]


@dataclass(frozen=True)
class Facts:
    """What a card is written from: the export's report, and the project's words."""

    title: Localised
    task: str
    questions: Sequence[Localised]
    guidelines: Localised
    report: Mapping[str, Any]
    schema: pa.Schema
    splits: Mapping[str, Split]
    license: str = ""
    annotators: str | None = None
    """What the exporter says of the people who answered, in the Hub's words."""


def card(facts: Facts) -> str:
    header = yaml.safe_dump(
        _header(facts), allow_unicode=True, sort_keys=False, default_flow_style=None, width=_UNBROKEN
    )
    return f"---\n{header}---\n{_body(facts)}"


def one_text(text: Localised) -> str:
    return text if isinstance(text, str) else str(text.get("en") or next(iter(text.values()), ""))


# Header ---------------------------------------------------------------------------------------------------------------


def _header(facts: Facts) -> dict[str, Any]:
    report = facts.report
    details = sorted(tag for tag in report["languages"] if tag)
    header = {
        "language": sorted({tag.split("-")[0] for tag in details}),
        "language_details": details,
        **_license(facts.license),
        "pretty_name": one_line(one_text(facts.title)),
        "size_categories": [_size(report["rows_total"])],
        "task_categories": ["text-classification" if facts.task == "classification" else "text-generation"],
        "tags": ["human-feedback", facts.task, *TAGS.get(report["format"], ())],
        "annotations_creators": _creators(facts),
        **_loading(facts),
    }
    return {key: value for key, value in header.items() if value}


def _license(name: str) -> dict[str, str]:
    if not name:
        return {"license": "unknown"}
    return {"license": name} if name in LICENSES else {"license": "other", "license_name": name}


def _size(rows: int) -> str:
    return next((name for limit, name in SIZES if rows < limit), "n>10M")


def _creators(facts: Facts) -> list[str]:
    """Nothing is claimed of people unless the exporter says it; machines count where their answers are in the rows."""
    kinds = facts.report["people"]
    if facts.report["simulated"]:
        return ["machine-generated"]
    people = any(kinds.get(kind) for kind in ("member", "imported"))
    machines = kinds.get("simulated") or (kinds.get("machine") and facts.report["format"].startswith("answers-"))
    return [facts.annotators or "other"] * people + ["machine-generated"] * bool(machines) or ["no-annotation"]


def _loading(facts: Facts) -> dict[str, Any]:
    """Declared columns and sizes: `datasets` reads by them, and tells one export's cache from another's."""
    splits = {name: split for name, split in facts.splits.items() if split.rows}
    if not splits:
        return {}
    name = config_name(facts)
    files = [{"split": split, "path": made.parquet} for split, made in splits.items()]
    sizes = [{"name": n, "num_bytes": made.bytes, "num_examples": made.rows} for n, made in splits.items()]
    return {
        "configs": [{"config_name": name, "data_files": files}],
        "dataset_info": [{"config_name": name, "features": features(facts.schema), "splits": sizes}],
    }


def config_name(facts: Facts) -> str:
    """The project, the format and a digest of the rows: `datasets` caches under it."""
    report = facts.report
    seals = {split.parquet: report["files"][split.parquet]["sha256"] for split in facts.splits.values()}
    digest = hashlib.sha256(orjson.dumps(seals, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return f"{report['project']}-{report['format']}-{digest[:12]}"


# Body -----------------------------------------------------------------------------------------------------------------


def _body(facts: Facts) -> str:
    parts = [
        f"# {line(one_text(facts.title))}",
        "",
        *_simulated(facts),
        *_origin(facts),
        *_how_to_load(facts),
        *_provenance(facts),
        *_files(facts),
        *_left_out(facts.report),
        *_notes(facts.report),
        *_question(facts),
        *_guidelines(facts),
        "",
    ]
    return "\n".join(parts)


def _simulated(facts: Facts) -> list[str]:
    if not facts.report["simulated"] and not facts.report["people"].get("simulated"):
        return []
    which = "These answers are simulated" if facts.report["simulated"] else "Some of these answers are simulated"
    warning = f"{which}: no person gave them. Do not train on them or publish them as human judgement."
    return [f"**{warning}**", ""]


def _origin(facts: Facts) -> list[str]:
    report = facts.report
    titles = facts.title.values() if isinstance(facts.title, Mapping) else ()
    other = [title for title in titles if title and title != one_text(facts.title)]
    license_said = line(facts.license) or "not stated. Ask the provider of this dataset before you use it"
    return [
        *([" · ".join(map(line, other)), ""] if other else []),
        f"Exported from Touchstone: project `{report['project']}`, task type `{facts.task}`, format `{report['format']}`, {report['at']}.",
        "",
        f"License: {license_said}.",
        "",
    ]


def _how_to_load(facts: Facts) -> list[str]:
    files = {name: split.parquet for name, split in facts.splits.items() if split.rows}
    if not files:
        return ["## Load", "", "The export has no rows yet.", ""]
    listed = ", ".join(f'"{name}": "{path}"' for name, path in files.items())
    since = _least_version(facts.schema)
    return [
        "## Load",
        "",
        "In this folder:",
        "",
        "```python",
        "from datasets import load_dataset",
        f'data = load_dataset("parquet", data_files={{{listed}}})',
        "```",
        "",
        f'From elsewhere, `load_dataset("path/to/this/folder")` loads the same rows{since}. The Parquet files are typed.',
        "",
    ]


def _least_version(schema: pa.Schema) -> str:
    """Columns of JSON are declared as such, which `datasets` cannot read before 4.7."""
    return " with `datasets` 4.7 or later" if JSON in schema.types else ""


def _provenance(facts: Facts) -> list[str]:
    report = facts.report
    lines = [
        "## How it was made",
        "",
        f"- Answers: {_people(report)}.",
        f"- Guideline versions: {_listed(report['guideline_versions'])}. Settings versions: {_listed(report['settings_versions'])}.",
    ]
    if report.get("verdicts"):
        verdicts = ", ".join(f"{count:,} {source}" for source, count in report["verdicts"].items())
        lines.append(f"- Verdicts: {verdicts}.")
        lines += [*_settled_by(report.get("verdict")), *_cycles(report), *_adjudicated(report.get("adjudicated"))]
        lines.append(
            "- Not counted as votes: machine judges, answers of a pilot that were set apart, hidden checks and repeats."
        )
    if report.get("agreement"):
        lines.append(_agreement(report["agreement"]))
    if report.get("split"):
        lines.append(_test_set(report["split"]))
    return [*lines, ""]


def _test_set(split: Mapping[str, Any]) -> str:
    said = (
        f"- Test set: {split['test_share']:.0%} of the prompts. Items with the same prompt or group are on one side, "
        "the same in every project and export."
    )
    if split["near_duplicates"] is None:
        return said
    return f"{said} Similar prompts ({split['near_duplicates']:,} items) were joined within this project only."


def _agreement(agreed: Mapping[str, Any]) -> str:
    """As the quality report has it: of all items, before review."""
    alpha = "" if agreed["alpha"] is None else f" Krippendorff's alpha {agreed['alpha']:.2f}."
    share = f"{agreed['percent']:.1%} of pairs of answers to the same item agree (pairs: {agreed['pairs']:,})"
    return f"- Agreement on {code(agreed['target'])} before review: {share}.{alpha}"


def _settled_by(told: Mapping[str, Any] | None) -> list[str]:
    if not told:
        return []
    checked = f", correct on {told['accuracy']:.1%} of {told['gold_items']:,} gold items" if told["gold_items"] else ""
    return [
        f"- Rule for verdicts: {told['used']} (method `{told['method']}`{checked}). A reviewer's verdict comes first."
    ]


def _cycles(report: Mapping[str, Any]) -> list[str]:
    count = report.get("cycles")
    return [f"- Rankings with cyclic majorities (a over b, b over c, c over a): {count:,}."] if count else []


def _people(report: Mapping[str, Any]) -> str:
    known = [(count, KINDS.get(kind, (kind, kind))) for kind, count in report["people"].items() if count]
    return ", ".join(f"{count:,} {words[count != 1]}" for count, words in known) or "none yet"


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


def _files(facts: Facts) -> list[str]:
    report = facts.report
    rows = {**report["rows"], **report["twins"]}
    return [
        "## Files",
        "",
        "| file | rows |",
        "|---|---|",
        *(f"| `{path}` | {count:,} |" for path, count in rows.items()),
        *(f"| `{path}` (not training data) | {count:,} |" for path, count in report["side_files"].items()),
        "",
        "`report.json` has these figures for programs.",
        "",
        *(f"**{warning_text(one)}**\n" for one in report.get("warnings", ())),
    ]


def warning_text(warning: Mapping[str, Any]) -> str:
    return WARNINGS[warning["warning"]].format(**warning)


def _left_out(report: Mapping[str, Any]) -> list[str]:
    if not report["left_out"]:
        return []
    rows = [f"| {reason} | {count:,} | {REASONS.get(reason, '')} |" for reason, count in report["left_out"].items()]
    return ["## Left out", "", "| reason | items | meaning |", "|---|---|---|", *rows, ""]


def _notes(report: Mapping[str, Any]) -> list[str]:
    if report["format"] == "answers-csv":
        marks = "a single quotation mark before text that a spreadsheet would run as a formula (it begins with = + - @)"
        missing = "double ones around text that readers take for a missing value (NA, None, null, nan)"
        return [f"In the CSV file there is {marks}, and {missing}. The Parquet file is exact.", ""]
    if report["format"].startswith("openai-"):
        calls = "ids of tool calls are numbers, and the calls before them are placeholders"
        return [f"Items hold the results of tool calls, not the calls: {calls}.", ""]
    return []


def _question(facts: Facts) -> list[str]:
    return [
        "## Question",
        "",
        *(f"- {' · '.join(map(line, _texts(question).values()))}" for question in facts.questions),
        "",
    ]


def _guidelines(facts: Facts) -> list[str]:
    versions = facts.report["guideline_versions"]
    heading = f"## Guidelines (version {versions[-1] if versions else '–'})"
    texts = _texts(facts.guidelines)
    if not texts:
        return [heading, "", "The project has none."]
    if len(texts) == 1:
        return [heading, "", *quote(*texts.values())]
    parts = [part for tag, text in texts.items() for part in (f"### {_language(tag)}", "", *quote(text), "")]
    return [heading, "", *parts]


def _language(tag: str) -> str:
    return LANGUAGES.get(tag) or line(tag)


def _texts(text: Localised) -> dict[str, str]:
    """By language, what is there."""
    return {tag: one for tag, one in text.items() if one} if isinstance(text, Mapping) else ({"": text} if text else {})
