"""Finds every message in the code: marked strings, templates of errors, descriptions of settings."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core import errors
from core.config import ROOT

_SOURCES = ("app.py", "frame.py", "api", "core", "pages", "ui")
_MARKS = {"_", "N_", *(name for name, it in vars(errors).items() if isinstance(it, type) and issubclass(it, Exception))}
_PLURALS = {"_n", "count"}
"""`count` is the client report's, which speaks a language of its own."""
_DESCRIBED = {"Field": ("title", "description")}
"""Calls whose keyword arguments are shown on generated forms."""


@dataclass(frozen=True)
class Message:
    id: str | tuple[str, str]
    """A pair: one and many."""
    place: str


def messages() -> Iterator[Message]:
    for path in _python_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        place = path.relative_to(ROOT).as_posix()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from (Message(found, place) for found in _of_call(node))


def _python_files() -> Iterator[Path]:
    for source in _SOURCES:
        root = ROOT / source
        yield from [root] if root.is_file() else sorted(root.rglob("*.py"))


def _of_call(node: ast.Call) -> Iterator[str | tuple[str, str]]:
    name = _name(node.func)
    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if name in _PLURALS and len(texts) >= 2:
        yield texts[0], texts[1]
    elif name in _MARKS and node.args and _text(node.args[0]):
        yield _text(node.args[0])
    for keyword in node.keywords:
        if keyword.arg in _DESCRIBED.get(name, ()) and _text(keyword.value):
            yield _text(keyword.value)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
