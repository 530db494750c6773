"""A project whose answers tests export."""

import shutil
from pathlib import Path
from random import Random
from typing import Any

import datasets
import orjson
import yaml
from sqlalchemy import select
from sqlmodel import Session

from core.permissions import SYSTEM
from core.services import exporting, importing, projects
from core.store.tables import Answer, Item
from tests.clock import NOW
from tests.factories import a_person, a_project, an_answer

CHAT = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "你好"}]


def pair(key: str, prompt: Any = "Why?", a: Any = "So.", b: Any = "Not so.", **more: Any) -> dict[str, Any]:
    said = [{"text": text} if isinstance(text, str) else {"messages": text} for text in (a, b)]
    return {
        "id": key,
        "payload": {"prompt": prompt, "responses": {"left": {**said[0], "model": "m1"}, "right": said[1]}},
        **more,
    }


class World:
    """A project with imported items and answers, exported as often as a test likes."""

    def __init__(
        self,
        session: Session,
        folder: Path,
        task: str = "pairwise",
        settings: Any = None,
        slug: str = "here",
        **fields: Any,
    ) -> None:
        self.session, self.folder, self.slug = session, folder, slug
        self.project = a_project(session, slug, task=task, settings=settings, **fields)
        self.people: dict[str, Any] = {}

    def items(self, *rows: dict[str, Any]) -> None:
        self._take("items", rows)

    def labels(self, **answers: dict[str, Any]) -> None:
        """Imported labels: item to annotator to answer."""
        self._take(
            "labels", [{"item": i, "annotator": who, "answer": a} for i, by in answers.items() for who, a in by.items()]
        )

    def _take(self, kind: Any, rows: Any) -> None:
        path = self.folder / f"{kind}.jsonl"
        path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
        importing.import_file(self.session, SYSTEM, self.slug, kind, path, now=NOW, rng=Random(1))

    def item(self, key: str) -> Item:
        return self.session.scalars(select(Item).where(Item.key == key, Item.project_id == self.project.id)).one()  # type: ignore[arg-type]

    def item_of(self, prompt: Any) -> Item:
        found = self.session.scalars(select(Item).where(Item.project_id == self.project.id)).all()  # type: ignore[arg-type]
        return next(item for item in found if item.payload["prompt"] == prompt)

    def answer(self, key: str, who: str, body: Any, **fields: Any) -> Answer:
        """As labelling stores it: by the item's own response ids."""
        person = self.people.setdefault(who, None) or a_person(self.session, who)
        self.people[who] = person
        item = self.item(key)
        names = {alias: made for made, alias in (item.aliases or {}).items()}
        rubric = projects.get(self.session, SYSTEM, self.slug).rubric
        return an_answer(self.session, item, person, rubric.rename(body, names) if body else body, **fields)

    def export(self, name: str, **options: Any) -> tuple[Path, dict[str, Any]]:
        out = self.folder / f"out-{name}"
        shutil.rmtree(out, ignore_errors=True)
        options = {"test_share": 0.0, **options}
        return out, exporting.export(self.session, SYSTEM, self.slug, name, out, now=NOW, **options)

    def rows(self, name: str, path: str = "train.jsonl", **options: Any) -> list[dict[str, Any]]:
        out, _ = self.export(name, **options)
        return lines(out / path)


def lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def prefer(name: str, **more: Any) -> dict[str, Any]:
    return {"preferred": name, **more}


def header(out: Path) -> dict[str, Any]:
    """The YAML of an export's card."""
    return yaml.safe_load((out / "README.md").read_text(encoding="utf-8").split("---\n")[1])  # type: ignore[no-any-return]


def loaded(folder: Path, cache: Path, split: str = "train") -> Any:
    """A folder as its card has it loaded."""
    return datasets.load_dataset(str(folder), split=split, cache_dir=str(cache))
