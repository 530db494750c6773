"""English is set in a Latin face wherever it is read, or its quotes come out full-width; the wordmark is drawn whole."""

import re
import tomllib
from xml.etree import ElementTree as ET

from core.config import ROOT
from ui import charts
from ui.frame import WORDMARK

LINUX = ("Liberation Sans", "DejaVu Sans")
"""Latin faces of systems that have none of the others."""


def test_pages_and_charts_have_one_list_of_faces() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    assert theme["font"] == charts.FONT


def test_latin_faces_come_before_chinese_ones() -> None:
    faces = [face.strip(" '") for face in charts.FONT.split(",")]
    chinese = [at for at, face in enumerate(faces) if re.search(r"SC$|YaHei|CJK", face)]
    assert chinese
    assert max(map(faces.index, LINUX)) < chinese[0]


def test_the_wordmark_ends_within_its_picture() -> None:
    """Whatever face the system has: its width is set."""
    picture = ET.fromstring(WORDMARK)
    text = picture.find("{http://www.w3.org/2000/svg}text")
    assert text is not None
    assert float(text.attrib["x"]) + float(text.attrib["textLength"]) <= float(picture.attrib["width"])
