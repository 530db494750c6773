"""Every field that a lead may set has a control and words; nested settings survive a table."""

from typing import Any

import pytest
from pydantic import BaseModel

from core.services.policies import Extras, Policy
from core.services.project_files import templates
from core.tasks import TASK_TYPES
from ui import tables
from ui.fields import PERCENT, msgid_of, shape_of

UNSHOWN = {"ladder", "stopping"}
"""The ladder is set in the project file only, until there is a page for it; adaptive overlap has a form of its own."""
MODELS: dict[str, type[BaseModel]] = {**TASK_TYPES, "policy": Policy, "extras": Extras}


def fields(model: type[BaseModel], at: str = "") -> list[tuple[str, Any]]:
    """Every field by its path, also of rows and sub-forms."""
    found = [(name, info) for name, info in model.model_fields.items() if name not in UNSHOWN]
    inner = [(name, shape_of(info.annotation).model) for name, info in found]
    deeper = [pair for name, child in inner if child is not BaseModel for pair in fields(child, f"{at}{name}.")]
    return [(f"{at}{name}", info) for name, info in found] + deeper


@pytest.mark.parametrize("key", sorted(MODELS))
def test_every_setting_has_a_control_and_a_label(key: str) -> None:
    for path, info in fields(MODELS[key]):
        assert shape_of(info.annotation).kind != "other", path
        assert msgid_of(path)


def test_shares_are_shown_as_percent() -> None:
    assert {path.rpartition(".")[2] for path, _ in fields(Policy)} >= PERCENT


def test_tables_keep_every_setting_of_every_template() -> None:
    for file in templates().values():
        model = TASK_TYPES[file.task]
        for name, info in model.model_fields.items():
            shape = shape_of(info.annotation)
            if shape.kind == "rows" and name in file.settings:
                rows: list[dict[str, Any]] = [*file.settings[name]]
                back = tables.nested_rows(shape.model, tables.flat_rows(shape.model, rows), rows)
                assert [shape.model.model_validate(row) for row in back] == [
                    shape.model.model_validate(row) for row in rows
                ]


@pytest.mark.parametrize(
    ("text", "back"),
    [("Plain", "Plain"), ({"en": "A", "zh": "甲"}, {"en": "A", "zh": "甲"}), ({"zh": "甲"}, {"zh": "甲"}), ("", None)],
)
def test_two_languages_come_back_as_they_were(text: Any, back: Any) -> None:
    assert tables.joined(tables.sides(text)) == back


def test_a_new_row_gets_an_id_from_its_name_and_never_one_that_is_taken() -> None:
    model = shape_of(TASK_TYPES["classification"].model_fields["labels"].annotation).model
    flat: list[dict[str, Any]] = [
        {"id": None, "name.en": "Lost card"},
        {"id": "", "name.en": "Lost card"},
        {"id": None, "name.zh": "挂失"},
    ]
    assert [row["id"] for row in tables.nested_rows(model, flat, [])] == ["lost_card", "lost_card_2", "item"]


def test_a_row_without_anything_is_left_out() -> None:
    model = shape_of(TASK_TYPES["rating"].model_fields["criteria"].annotation).model
    assert tables.nested_rows(model, [{"id": None, "name.en": "", "allow_na": False}], []) == []


@pytest.mark.parametrize(
    ("row", "points"),
    [
        ({"min": 1, "max": 3, "step": 1}, ["1", "2", "3"]),
        ({"min": 0, "max": 1, "step": 0.5}, ["0", "0.5", "1"]),
        ({"min": 0, "max": 100, "step": 1}, []),
        ({"min": 5, "max": 1, "step": 1}, []),
        ({"min": 1, "max": 5, "step": 0}, []),
    ],
)
def test_only_short_scales_have_a_text_for_each_point(row: dict[str, Any], points: list[str]) -> None:
    assert tables.points(row) == points
