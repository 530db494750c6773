"""What the docs promise about dependencies is what is installed."""

import re
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software|MPL|Mozilla|0BSD|Zlib|CC0|DFSG|Unlicense|HPND|Public Domain", re.IGNORECASE
)
COPYLEFT = re.compile(r"GPL|GNU|AGPL|SSPL|Commercial|Proprietary", re.IGNORECASE)
DISCUSSED = {"psycopg", "psycopg-binary"}
"""LGPL, as docs/dependencies.md says."""


def _requirements(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line.split("==")[0].strip() for line in lines if line and not line.startswith(("#", "-"))]


def _licence(found: Distribution) -> str:
    metadata = found.metadata
    trove = [line.split("::")[-1] for line in metadata.get_all("Classifier") or [] if line.startswith("License")]
    return metadata.get("License-Expression") or "; ".join(trove) or metadata.get("License") or _first_line(found)


def _first_line(found: Distribution) -> str:
    """Of the licence's own text, where the metadata names the file only."""
    texts = [found.read_text(f"licenses/{name}") for name in found.metadata.get_all("License-File") or []]
    return "; ".join(text.strip().splitlines()[0] for text in texts if text)


@pytest.mark.parametrize("name", _requirements("requirements.txt") + _requirements("requirements-dev.txt"))
def test_every_dependency_is_explained_with_its_licence(name: str) -> None:
    rows = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in rows if line.startswith(f"| {name} |")]
    stated = row.strip("|").split("|")[-1].strip()
    first_word = re.split(r"[- ,]", stated)[0]
    assert first_word.lower() in _licence(distribution(name.split("[", maxsplit=1)[0])).lower()


def test_every_version_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-lock.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if line and not line.startswith(("#", "-r")) and "==" not in line] == []


def test_the_lock_names_what_is_required() -> None:
    locked = (ROOT / "requirements-lock.txt").read_text(encoding="utf-8").lower()
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if "==" in line:
                assert re.sub(r"\[.*\]", "", line).lower() in locked


def test_no_licence_forbids_our_own() -> None:
    doubtful = {
        found.metadata["Name"]: _licence(found)
        for found in distributions()
        if COPYLEFT.search(_licence(found)) or not PERMISSIVE.search(_licence(found))
    }
    assert set(doubtful) <= DISCUSSED
