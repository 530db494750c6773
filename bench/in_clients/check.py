"""Runs in the clients' own environment: `python check.py EXPORTS.json CACHE` loads every export in every client it is for.

It knows of the product no more than what stands in the exported folders.
"""

import contextlib
import io
import json
import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "CUDA_VISIBLE_DEVICES": "",
}

import datasets
import openai_types
import trainers
import yaml

Export = dict[str, Any]
Check = Callable[[Export, Path], None]


def by_the_card(export: Export, cache: Path) -> None:
    """`load_dataset(folder)`: every split of every configuration, row by row."""
    folder = Path(export["folder"])
    configs = header(folder).get("configs", [])
    assert bool(configs) == any(export["rows"].values()), "the card declares nothing to load"
    for config in configs:
        loaded = datasets.load_dataset(str(folder), config["config_name"], cache_dir=str(cache))
        same_rows(export, {split: list(rows) for split, rows in loaded.items()}, decoded=True)


def by_the_loader_line(export: Export, cache: Path) -> None:
    """The card's code as it stands, run in the folder."""
    folder = Path(export["folder"])
    found = re.search(r"```python\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    if not any(export["rows"].values()):
        assert found is None, "the card loads files without rows"
        return
    assert found, "the card has no code"
    known: dict[str, Any] = {}
    with contextlib.chdir(folder):
        exec(found[1].replace('load_dataset("', f'load_dataset(cache_dir={str(cache)!r}, path="'), known)
    same_rows(export, {split: list(rows) for split, rows in known["data"].items()}, decoded=False)


def same_rows(export: Export, loaded: dict[str, list[Any]], *, decoded: bool) -> None:
    counts = {path: count for path, count in export["rows"].items() if count}
    assert sorted(map(len, loaded.values())) == sorted(counts.values()), (
        f"{ {k: len(v) for k, v in loaded.items()} } of {counts}"
    )
    for path in counts:
        rows = loaded[Path(path).stem if Path(path).stem in loaded else "train"]
        if path.endswith(".jsonl"):
            written = [
                json.loads(line) for line in (Path(export["folder"]) / path).read_text(encoding="utf-8").splitlines()
            ]
            for one, other in zip(written, rows, strict=True):
                assert alike(one, other, decoded=decoded), f"{one} was loaded as {other}"


def alike(written: Any, loaded: Any, *, decoded: bool) -> bool:
    """The same but for fields without a value, times, and texts that are JSON."""
    if isinstance(written, dict) and isinstance(loaded, dict):
        return all(alike(written.get(k), loaded.get(k), decoded=decoded) for k in written.keys() | loaded.keys())
    if isinstance(written, list) and isinstance(loaded, list):
        return len(written) == len(loaded) and all(
            alike(a, b, decoded=decoded) for a, b in zip(written, loaded, strict=True)
        )
    if hasattr(loaded, "isoformat"):
        return bool(loaded.isoformat() == written)
    if isinstance(written, dict | list) and isinstance(loaded, str):
        return not decoded and json.loads(loaded) == written
    return bool(written == loaded)


def header(folder: Path) -> dict[str, Any]:
    return yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("---\n")[1])  # type: ignore[no-any-return]


def trained(trainer: str) -> Check:
    def check(export: Export, cache: Path) -> None:
        rows = datasets.load_dataset(export["folder"], split="train", cache_dir=str(cache))
        with tempfile.TemporaryDirectory() as out:
            trainers.one_step(trainer, rows, Path(out))

    return check


def openai_file(export: Export, cache: Path) -> None:
    del cache
    for path in export["rows"]:
        for number, line in enumerate((Path(export["folder"]) / path).read_text(encoding="utf-8").splitlines(), 1):
            openai_types.check(export["format"], json.loads(line), number)


CHECKS: dict[str, dict[str, Check]] = {
    "trl-preference": {name: trained(name) for name in ("DPO", "Reward", "ORPO")},
    "trl-kto": {"KTO": trained("KTO")},
    "trl-sft": {"SFT": trained("SFT")},
    "trl-prompt": {"GRPO": trained("GRPO")},
    "openai-sft": {"OpenAI": openai_file, "SFT": trained("SFT")},
    "openai-dpo": {"OpenAI": openai_file},
}


def checks(export: Export) -> Iterator[tuple[str, Check]]:
    yield "datasets", by_the_card
    yield "loader line", by_the_loader_line
    if export["rows"].get("train.jsonl"):
        yield from CHECKS.get(export["format"], {}).items()


def run(check: Check, export: Export, cache: Path) -> str:
    """Nothing, or why it is red."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            check(export, cache)
    except Exception as error:  # noqa: BLE001 - whatever a client says is what is measured
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {str(error)[:300]} ({Path(place.filename).name}, line {place.lineno})"
    return ""


def on_both_sides(exports: list[Export]) -> list[str]:
    """Prompts that are in the training file of one export and in the test file of this or another."""
    found: dict[str, set[str]] = {}
    for export in exports:
        for path in export["rows"]:
            side = Path(path).stem
            for line in (Path(export["folder"]) / path).read_bytes().splitlines() if side in ("train", "test") else ():
                found.setdefault(asked(json.loads(line)), set()).add(side)
    return [f"{prompt!r} is in train and test" for prompt, sides in found.items() if len(sides) > 1 and prompt]


def asked(row: dict[str, Any]) -> str:
    """What the model is asked; a conversation of one turn is the text that it says."""
    prompt = row.get("prompt") or row.get("input", {}).get("messages") or ""
    return prompt if isinstance(prompt, str) else "\n".join(turn["content"] for turn in prompt)


def main(exports_file: str, cache: str) -> int:
    datasets.disable_progress_bars()
    exports, red, started = json.loads(Path(exports_file).read_text()), [], time.monotonic()
    for export in exports:
        cells = []
        for name, check in checks(export):
            why = run(check, export, Path(cache))
            cells.append(f"{'✗' if why else '✓'} {name}")
            if why:
                red.append(f"{export['world']} {export['format']} {export['options']} · {name}: {why}")
        rows = sum(export["rows"].values())
        print(
            f"{export['world']:<15}{export['format']:<17}{export['options']:<16}{rows:>6}  {'  '.join(cells)}",
            flush=True,
        )
    red += on_both_sides(exports)
    print(*red, sep="\n")
    print(f"{len(exports)} exports, {len(red)} red cells, {time.monotonic() - started:.0f} s")
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
