"""Agreement against published figures, an oracle's, degenerate shapes and what it promises."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from core.errors import InvalidInput
from core.stats import agreement, distances
from core.stats.agreement import Table
from core.stats.labels import Floats, Labels, coded
from tests.core.stats import sets

KRIPPENDORFF_2011 = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
DOCSTRING_OF_KRIPPENDORFF = """
. . . . . 3 4 1 2 1 1 3 3 . 3
1 . 2 1 3 3 4 3 . . . . . . .
. . 2 1 3 4 4 . 2 1 1 3 3 . 4
"""
ORACLE = json.loads((Path(__file__).parent / "golden" / "agreement.json").read_text())


def from_matrix(said: Any, classes: int | None = None) -> Labels:
    """People x items, -1 = missing."""
    found = np.asarray(said)
    annotator, item = np.indices(found.shape).reshape(2, -1)
    return Labels.of(item, annotator, found.ravel(), items=found.shape[1], classes=classes)


def from_text(text: str) -> Table:
    said = [[-1 if cell == "." else int(cell) - 1 for cell in line.split()] for line in text.strip().splitlines()]
    return agreement.tabled(from_matrix(said, classes=5))


def two_by_two(both_no: int, left: int, right: int, both_yes: int) -> Labels:
    pairs = [(0, 0)] * both_no + [(0, 1)] * left + [(1, 0)] * right + [(1, 1)] * both_yes
    return from_matrix(np.array(pairs).T)


@pytest.mark.parametrize(
    ("text", "nominal", "ordinal", "interval"),
    [(KRIPPENDORFF_2011, 904 / 1216, 0.8154, 0.8491), (DOCSTRING_OF_KRIPPENDORFF, 0.691358, None, 0.810845)],
)
def test_alpha_is_as_published(text: str, nominal: float, ordinal: float | None, interval: float) -> None:
    table = from_text(text)
    assert agreement.alpha_nominal(table).value == pytest.approx(nominal, abs=1e-6)
    assert agreement.alpha_interval(table, np.arange(5)).value == pytest.approx(interval, abs=1e-4)
    if ordinal is not None:
        assert agreement.alpha_ordinal(table).value == pytest.approx(ordinal, abs=1e-4)


@pytest.mark.parametrize("row", ORACLE)
def test_alpha_equals_the_oracles(row: dict[str, Any]) -> None:
    table = agreement.tabled(from_matrix(np.array(row["labels"]).T, row["classes"]))
    found = {
        "nominal": agreement.alpha_nominal(table),
        "ordinal": agreement.alpha_ordinal(table),
        "interval": agreement.alpha_interval(table, np.arange(row["classes"])),
    }
    for level, figure in found.items():
        if row[level] is None:
            assert (figure.value, figure.why) == (None, agreement.ONE_ANSWER)
        else:
            assert figure.value == pytest.approx(row[level], abs=1e-10)


@pytest.mark.parametrize(
    ("cells", "percent", "alpha", "ac1"),
    [((90, 5, 5, 0), 0.90, -0.047, 0.890), ((45, 5, 5, 45), 0.90, 0.80, 0.80)],
)
def test_rare_answers_sink_alpha_but_not_ac1(
    cells: tuple[int, int, int, int], percent: float, alpha: float, ac1: float
) -> None:
    table = agreement.tabled(two_by_two(*cells))
    assert agreement.percent(table).value == pytest.approx(percent)
    assert agreement.alpha_nominal(table).value == pytest.approx(alpha, abs=1e-3 if alpha < 0 else 2e-3)
    assert agreement.ac(table).value == pytest.approx(ac1, abs=1e-3)


def test_agreement_on_a_rare_answer_is_low_where_percent_is_high() -> None:
    table = agreement.tabled(two_by_two(90, 4, 4, 2))
    assert agreement.specific(table, 1).value == pytest.approx(4 / 12)
    assert agreement.specific(table, 0).value == pytest.approx(180 / 188)


def test_pandalm_has_its_alpha() -> None:
    assert agreement.alpha_nominal(agreement.tabled(sets.pandalm())).value == pytest.approx(0.86422, abs=5e-6)


@pytest.mark.parametrize(
    ("criterion", "alpha", "means"),
    [
        ("correctness", 0.4587, (34.84, 45.40, 94.11)),
        ("coverage", 0.7813, (15.62, 24.26, 88.77)),
        ("overall", 0.7983, (18.14, 27.91, 91.26)),
    ],
)
def test_squality_has_its_alphas_and_means(criterion: str, alpha: float, means: tuple[float, ...]) -> None:
    rows = sets.rows("squality-rubric")
    labels, values = sets.columns(rows, lambda answer: answer["scores"][criterion])
    by_table = agreement.alpha_interval(agreement.tabled(labels), values)
    by_values = agreement.alpha_of_values(labels.item, np.array(values)[labels.code])
    assert by_table.value == pytest.approx(alpha, abs=5e-5)
    assert by_values.value == pytest.approx(by_table.value, abs=1e-10)
    assert (by_values.low, by_values.high) == pytest.approx((by_table.low, by_table.high), abs=1e-9)
    scores = {kind: [r["answer"]["scores"][criterion] for r in rows if r["item"].endswith(kind)] for kind in _SYSTEMS}
    assert [np.mean(scores[kind]) for kind in _SYSTEMS] == pytest.approx(means, abs=0.005)


_SYSTEMS = ("-bart", "-bart-dpr", "-human")


def test_convabuse_has_its_alphas() -> None:
    rows = [row for row in sets.rows("convabuse-safety") if not row.get("repeat")]
    severe, _ = sets.columns(rows, _severity)
    abusive, _ = sets.columns(rows, lambda answer: answer["verdict"] == "unsafe")
    assert agreement.alpha_ordinal(agreement.tabled(severe)).value == pytest.approx(0.6858, abs=5e-5)
    assert agreement.alpha_nominal(agreement.tabled(abusive)).value == pytest.approx(0.5644, abs=5e-5)


def test_wmt_has_its_alpha_on_weighted_errors() -> None:
    marks: dict[tuple[str, str], float] = {}
    for row in sets.lines("wmt23-mqm-zhen/mqm_zhen_4docs_3raters.jsonl"):
        if row["severity"] != "HOTW-test":
            segment = f"{row['system']} {row['doc']} {row['doc_seg_id']}", row["rater"]
            marks[segment] = marks.get(segment, 0) + _weight(row)
    item, _ = coded([segment for segment, _ in marks])
    assert agreement.alpha_of_values(item, list(marks.values())).value == pytest.approx(0.386, abs=5e-4)


def _weight(row: dict[str, Any]) -> float:
    if row["severity"] == "No-error" or "Source issue" in row["category"] or "Creative" in row["category"]:
        return 0
    if row["category"].startswith("Non-translation"):
        return 25
    if row["severity"] == "Major":
        return 5
    return 0.1 if row["category"] == "Fluency/Punctuation" else 1


def _severity(answer: dict[str, Any]) -> int:
    if answer["verdict"] != "unsafe":
        return {"unsure": 0, "safe": 1}[answer["verdict"]]
    return -max(flag["severity"] for flag in answer["flags"])


def test_masi_over_sets_has_passonneaus_constants() -> None:
    found = distances.masi(
        [frozenset("ab"), frozenset("a"), frozenset("bc"), frozenset("d"), frozenset(), frozenset("ab")]
    )
    assert found[0] == pytest.approx([0, 1 - 1 / 2 * 2 / 3, 1 - 1 / 3 * 1 / 3, 1, 1, 0])
    assert found[4, 4] == 0
    assert (found == found.T).all()


def test_two_rankings_differ_by_the_share_of_swapped_pairs() -> None:
    found, comparable = distances.kendall([(1, 2, 3), (1, 3, 2), (3, 2, 1), (1, 1, 2), (1, 2)])
    assert found[0] == pytest.approx([0, 1 / 3, 1, 1 / 6, 0])
    assert comparable[0].tolist() == [True, True, True, True, False]


def test_rankings_of_different_length_are_never_compared() -> None:
    short = agreement.tabled(Labels.of([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 1], classes=4))
    mixed = agreement.tabled(Labels.of([0, 0, 1, 1, 2, 2], [0, 1] * 3, [0, 0, 1, 1, 2, 2], classes=4))
    distance, comparable = distances.kendall([(1, 2), (2, 1), (1, 2, 3), (3, 2, 1)])
    assert agreement.alpha_matrix(short, distance, comparable=comparable).expected == pytest.approx(8 / 12)
    assert agreement.alpha_matrix(mixed, distance, comparable=comparable).expected == pytest.approx(8 / 14)


@pytest.mark.parametrize(
    ("item", "person", "code", "why"),
    [
        ([], [], [], agreement.NO_LABELS),
        ([0, 1, 2], [0, 0, 0], [0, 1, 0], agreement.NO_PAIRS),
        ([0, 1, 2], [0, 1, 2], [0, 1, 0], agreement.NO_PAIRS),
        ([0, 0, 1], [0, 1, 0], [-1, -1, -1], agreement.NO_LABELS),
        ([0, 0, 1, 1], [0, 1, 0, 1], [1, 1, 1, 1], agreement.ONE_ANSWER),
    ],
)
def test_what_cannot_be_computed_says_why(item: list[int], person: list[int], code: list[int], why: str) -> None:
    table = agreement.tabled(Labels.of(item, person, code, classes=3))
    found = [agreement.alpha_nominal(table), agreement.alpha_ordinal(table), agreement.alpha_interval(table, range(3))]
    for figure in [
        *found,
        agreement.alpha_of_values(np.array(item, int)[np.array(code) >= 0], [c for c in code if c >= 0]),
    ]:
        assert (figure.value, figure.low, figure.high, figure.why) == (None, None, None, why)


def test_a_scale_of_one_class_has_no_chance_agreement() -> None:
    table = agreement.tabled(Labels.of([0, 0], [0, 1], [0, 0], classes=1))
    assert agreement.ac(table).why == agreement.ONE_CLASS
    assert agreement.percent(table).value == 1


def test_one_item_has_a_figure_but_no_interval() -> None:
    found = agreement.percent(agreement.tabled(Labels.of([0, 0], [0, 1], [0, 1], classes=2)))
    assert (found.value, found.low, found.why) == (0, None, agreement.ONE_UNIT)


def test_full_agreement_on_few_items_is_not_certainty() -> None:
    labels = from_matrix([[0, 1, 0, 1, 0], [0, 1, 0, 1, 0]])
    for found in (agreement.percent(agreement.tabled(labels)), agreement.alpha_nominal(agreement.tabled(labels))):
        assert (found.value, found.high) == (1, 1)
        assert found.low is not None
        assert found.low < 0.6


def test_an_answer_nobody_gave_has_no_agreement() -> None:
    table = agreement.tabled(from_matrix([[0, 1, 0], [0, 1, 1]], classes=3))
    assert agreement.specific(table, 2).why == agreement.CLASS_NOT_USED


def test_scores_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(InvalidInput, match="not a number"):
        agreement.alpha_of_values(np.array([0, 0]), [1.0, float("nan")])


@pytest.mark.parametrize("columns", [([0], [0, 1], [0, 1]), ([0, -2], [0, 1], [0, 1]), ([0, 1], [0, 1], [0, -3])])
def test_columns_that_are_no_labels_are_refused(columns: tuple[list[int], ...]) -> None:
    with pytest.raises(InvalidInput):
        Labels.of(*columns)


def test_labels_outside_the_scale_are_refused() -> None:
    with pytest.raises(InvalidInput):
        Labels.of([0], [0], [3], classes=3)


def test_of_two_labels_by_one_person_the_first_counts() -> None:
    labels = Labels.of([0, 0, 0], [0, 1, 0], [1, 1, 0], classes=2)
    assert (len(labels), labels.repeats, labels.code.tolist()) == (2, 1, [1, 1])


def test_values_become_codes_in_order() -> None:
    codes, names = coded(["b", None, "a", "b"])
    assert (codes.tolist(), names) == ([1, -1, 0, 1], ("a", "b"))


worlds = st.integers(0, 2**32).map(np.random.default_rng)


def _said(rng: np.random.Generator) -> Any:
    people, items, classes = rng.integers(2, 5), rng.integers(2, 12), rng.integers(2, 5)
    return np.where(rng.random((people, items)) < 0.3, -1, rng.integers(0, classes, (people, items))), int(classes)


def _all(labels: Labels) -> list[float | None]:
    table = agreement.tabled(labels)
    found = (agreement.percent(table), agreement.alpha_nominal(table), agreement.ac(table))
    return [x for figure in found for x in (figure.value, figure.low, figure.high)]


@settings(max_examples=60, deadline=None)
@given(rng=worlds)
def test_names_of_people_items_and_classes_do_not_matter(rng: np.random.Generator) -> None:
    said, classes = _said(rng)
    names = rng.permutation(classes)
    renamed = np.where(said < 0, -1, names[said])[rng.permutation(len(said))][:, rng.permutation(said.shape[1])]
    assert _all(from_matrix(renamed, classes)) == [
        None if x is None else pytest.approx(x, abs=1e-9) for x in _all(from_matrix(said, classes))
    ]


@settings(max_examples=60, deadline=None)
@given(rng=worlds)
def test_alpha_equals_its_definition_over_pairs(rng: np.random.Generator) -> None:
    said, classes = _said(rng)
    distance = distances.squared(rng.random(classes))
    found = agreement.alpha_matrix(agreement.tabled(from_matrix(said, classes)), distance)
    assert found.value == (None if (known := _by_pairs(said, distance)) is None else pytest.approx(known, abs=1e-9))


def _by_pairs(said: Any, distance: Floats) -> float | None:
    units = [column[column >= 0] for column in said.T]
    units = [column for column in units if len(column) > 1]
    if not units:
        return None
    pooled = np.concatenate(units)
    observed = sum(distance[np.ix_(u, u)].sum() / (len(u) - 1) for u in units) / len(pooled)
    expected = distance[np.ix_(pooled, pooled)].sum() / (len(pooled) * (len(pooled) - 1))
    return None if expected == 0 else float(1 - observed / expected)


def test_a_thousand_labels_on_one_item_are_counted() -> None:
    labels = Labels.of([0] * 1000 + [1, 1], [*range(1000), 0, 1], [0, 1] * 500 + [0, 0], classes=2)
    found = agreement.percent(agreement.tabled(labels))
    assert found.pairs == 1000 * 999 // 2 + 1
    assert found.value == pytest.approx(0.4995, abs=1e-3)


@pytest.mark.parametrize("resampled", [False, True])
def test_the_interval_of_alpha_covers_as_often_as_it_says(resampled: bool) -> None:
    rng, covered, runs = np.random.default_rng(3), 0, 150
    truth = _alpha_of(rng, 40_000)
    for _ in range(runs):
        table = agreement.tabled(_team(rng, 120))
        found = agreement.alpha_nominal(table, rng if resampled else None)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
    assert 0.90 <= covered / runs <= 0.99


def _team(rng: np.random.Generator, items: int) -> Labels:
    truth = rng.choice(3, items, p=[0.6, 0.3, 0.1])
    said = np.where(rng.random((3, items)) < 0.75, truth, rng.integers(0, 3, (3, items)))
    return from_matrix(said, 3)


def _alpha_of(rng: np.random.Generator, items: int) -> float:
    found = agreement.alpha_nominal(agreement.tabled(_team(rng, items))).value
    assert found is not None
    return found


def test_items_of_many_classes_are_tabled_as_whole_rows_are_told_apart() -> None:
    rng = np.random.default_rng(3)
    item, code = np.repeat(np.arange(400), 3), rng.integers(0, 80, 1200)
    code[600:] = code[:600]
    labels = Labels.of(item, np.tile([0, 1, 2], 400), code, classes=80)
    rows, often = np.unique(labels.counts, axis=0, return_counts=True)
    found = agreement.tabled(labels)
    order = np.lexsort(found.patterns.T[::-1])
    assert (found.patterns[order] == rows).all()
    assert found.weight[order].tolist() == often.tolist()
