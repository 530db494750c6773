"""What every registered task type keeps to, whatever its settings."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from string import Formatter
from typing import Any, TypeVar, get_args

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from core.errors import InvalidAnswer, InvalidPayload, InvalidSettings, TouchstoneError
from core.records import Prompt, Record
from core.tasks import TASK_TYPES, load_task
from core.tasks.base import Answer, Payload, Target, TaskType, Value
from core.tasks.screen import ASKS, SHOWS

AnyRefusal = TypeVar("AnyRefusal", bound=TouchstoneError)
ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "data" / "templates").glob("*.yaml"))
DEMANDING: Mapping[str, tuple[dict[str, Any], ...]] = {
    "pairwise": (
        {
            "allow_tie": False,
            "strength_levels": 5,
            "dimensions": [{"id": "tone", "name": {"en": "Tone", "zh": "语气"}}],
        },
        {"allow_both_bad": False, "dimensions": [{"id": "a"}, {"id": "b"}]},
    ),
    "ranking": ({"allow_ties": False},),
    "rating": (
        {"criteria": [{"id": "depth", "min": 0, "max": 100}, {"id": "style", "step": 0.5, "allow_na": True}]},
        {"criteria": [{"id": "share", "min": -1, "max": 1, "step": 0.1}]},
    ),
    "classification": (
        {"labels": [{"id": "1"}, {"id": "1.1", "parent": "1"}, {"id": "情绪", "name": "情绪"}], "multiple": True},
    ),
    "demonstration": ({"min_chars": 20, "max_chars": 60, "checks": [{"id": "own_words"}]},),
}


def rubrics() -> Iterator[Any]:
    """Every type as it comes, as each template sets it up, and as a demanding lead would."""
    for key in TASK_TYPES:
        yield pytest.param(key, {}, id=key)
        for n, chosen in enumerate(DEMANDING.get(key, ())):
            yield pytest.param(key, chosen, id=f"{key}-demanding-{n}")
    for path in TEMPLATES:
        template = yaml.safe_load(path.read_text("utf-8"))
        yield pytest.param(template["task"], template["settings"], id=f"template-{path.stem}")


every_rubric = pytest.mark.parametrize(("key", "chosen"), list(rubrics()))
every_type = pytest.mark.parametrize("key", list(TASK_TYPES))
seeds = given(seed=st.integers(0, 2**32))
often = settings(max_examples=40, deadline=None)

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 200)
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["r1", "tie", "\0", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3) | st.sampled_from(["r1", "\ud800"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def junk_for(names: Any) -> st.SearchStrategy[Any]:
    """Objects whose keys are the right ones, with anything below; and anything at all."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, JUNK)) | JUNK


def an_item(key: str, chosen: dict[str, Any], seed: int) -> tuple[TaskType[Any, Any], Payload, Answer, Answer]:
    task, rng = load_task(key, chosen), Random(seed)
    payload = task.sample_payload(rng)
    return task, payload, task.sample_answer(payload, rng), task.sample_answer(payload, rng)


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False))


def says_something(error: TouchstoneError) -> bool:
    """A sentence, with every parameter its template names, that can be sent; so can the place."""
    assert f"{error}{error.where}".encode()
    named = {name for _, name, _, _ in Formatter().parse(error.template) if name}
    return named <= error.params.keys() and re.fullmatch(r".{5,}[.…]", str(error), re.DOTALL) is not None


def attempt(act: Callable[[], Any], refusal: type[AnyRefusal]) -> tuple[Any, AnyRefusal | None]:
    """What came of it: a result or a refusal. Any other error fails the test that asks."""
    try:
        return act(), None
    except refusal as error:
        return None, error


@every_rubric
@often
@seeds
def test_distance_is_a_bounded_symmetric_disagreement(key: str, chosen: dict[str, Any], seed: int) -> None:
    task, _, a, b = an_item(key, chosen, seed)
    assert task.distance(a, a) == 0
    assert 0 <= task.distance(a, b) <= 1
    assert task.distance(a, b) == pytest.approx(task.distance(b, a), abs=1e-12)


@every_rubric
@often
@seeds
def test_answers_and_payloads_survive_json_and_hash_alike(key: str, chosen: dict[str, Any], seed: int) -> None:
    task, payload, answer, _ = an_item(key, chosen, seed)
    again = task.parse_answer(payload, through_json(answer.as_json()))
    assert again == answer
    assert hash(again) == hash(answer)
    assert task.parse_payload(through_json(payload.as_json())) == payload


@every_rubric
@often
@seeds
def test_gold_scores_one_and_wins_consensus(key: str, chosen: dict[str, Any], seed: int) -> None:
    task, _, gold, other = an_item(key, chosen, seed)
    assert task.score(gold, gold) == 1
    assert task.agrees(gold, gold)
    assert task.distance(task.consensus([other, gold, gold]), gold) == 0
    assert task.distance(task.consensus([other, gold], [0.1, 0.9]), gold) == 0


@every_rubric
@often
@seeds
def test_an_ask_writes_into_a_field_of_the_answer(key: str, chosen: dict[str, Any], seed: int) -> None:
    task, payload, _, _ = an_item(key, chosen, seed)
    names = [ask.name for ask in task.screen(payload).asks]
    assert names
    assert len(set(names)) == len(names)
    assert {name.split(".")[0] for name in names} <= set(task.answer_model.model_fields)


@every_rubric
@often
@seeds
def test_an_empty_draft_is_refused_in_words_beside_each_control(key: str, chosen: dict[str, Any], seed: int) -> None:
    task, payload, _, _ = an_item(key, chosen, seed)
    with pytest.raises(InvalidAnswer) as refusal:
        task.parse_answer(payload, {})
    asks = [ask.name for ask in task.screen(payload).asks]
    assert [problem.ask for problem in refusal.value.problems] == asks
    assert all(says_something(problem) for problem in refusal.value.problems)


@every_rubric
@often
@seeds
def test_shuffling_changes_nothing_but_order(key: str, chosen: dict[str, Any], seed: int) -> None:
    task, payload, _, _ = an_item(key, chosen, seed)
    screen = task.screen(payload)
    shuffled = screen.shuffled(Random(seed))
    assert sorted(shuffled.candidate_ids()) == sorted(screen.candidate_ids())
    assert shuffled == screen.shuffled(Random(seed))
    assert shuffled.ordered(screen.candidate_ids()).as_json() == screen.as_json()
    for ask in shuffled.as_json()["asks"]:
        assert tuple(ask.get("candidates", shuffled.candidate_ids())) == shuffled.candidate_ids()


@every_rubric
@often
@seeds
def test_a_screen_is_json_in_the_words_of_the_vocabulary(key: str, chosen: dict[str, Any], seed: int) -> None:
    task, payload, _, _ = an_item(key, chosen, seed)
    screen = task.screen(payload).as_json()
    assert through_json(screen) == screen
    assert {show["kind"] for show in screen["shows"]} <= {word.kind for word in SHOWS}
    assert {ask["kind"] for ask in screen["asks"]} <= {word.kind for word in ASKS}


@every_rubric
@often
@seeds
def test_a_screen_names_no_model(key: str, chosen: dict[str, Any], seed: int) -> None:
    task, payload, _, _ = an_item(key, chosen, seed)
    raw = payload.as_json()
    for response in raw.get("responses", {}).values():
        response["model"] = "heron-2"
    assert "heron-2" not in json.dumps(task.screen(task.parse_payload(raw)).as_json())


@every_rubric
@often
@seeds
def test_values_fit_their_targets(key: str, chosen: dict[str, Any], seed: int) -> None:
    task, payload, answer, _ = an_item(key, chosen, seed)
    values = task.values(payload, answer)
    assert tuple(values) == tuple(target.name for target in task.targets())
    assert [target.name for target in task.targets() if not fits(target, values[target.name])] == []


def fits(target: Target, value: Value) -> bool:
    match target.scale:
        case "nominal":
            return value in target.categories
        case "ordinal" | "interval":
            return value is None or (
                isinstance(value, int | float)
                and target.low is not None
                and target.high is not None
                and target.low <= value <= target.high
            )
        case "set":
            return isinstance(value, tuple) and list(value) == sorted(value) and set(value) <= set(target.categories)
        case "rank":
            return isinstance(value, str) and re.fullmatch(r"\d+(,\d+)+", value) is not None
        case "text":
            return isinstance(value, str) and value != ""
    return False


@every_rubric
@often
@seeds
def test_no_disagreement_means_equal_values(key: str, chosen: dict[str, Any], seed: int) -> None:
    task, payload, a, b = an_item(key, chosen, seed)
    if task.distance(a, b) == 0 and task.checkable:
        assert task.values(payload, a) == task.values(payload, b)


@every_rubric
@often
@seeds
def test_records_are_of_known_kinds_with_the_prompt_once(key: str, chosen: dict[str, Any], seed: int) -> None:
    task, payload, answer, _ = an_item(key, chosen, seed)
    records = list(task.records(payload, answer))
    assert all(isinstance(record, get_args(Record)) for record in records)
    prompts = [record for record in records if isinstance(record, Prompt)]
    asked = getattr(payload, "prompt", None) or getattr(payload, "text", None)
    assert len(prompts) == (asked is not None)
    assert len(records) > len(prompts)


@every_rubric
@often
@seeds
def test_renaming_responses_there_and_back_changes_nothing(key: str, chosen: dict[str, Any], seed: int) -> None:
    task, payload, answer, _ = an_item(key, chosen, seed)
    raw = answer.as_json()
    there = {name: f"x-{name}" for name in task.screen(payload).candidate_ids()}
    back = {new: old for old, new in there.items()}
    assert task.rename(task.rename(raw, there), back) == raw
    assert task.responses_in(raw) <= set(there)
    assert task.responses_in(task.rename(raw, there)) == {there[name] for name in task.responses_in(raw)}


@every_rubric
@often
@seeds
def test_answers_collected_elsewhere_fit_the_settings_inferred_from_them(
    key: str, chosen: dict[str, Any], seed: int
) -> None:
    task, rng = load_task(key, chosen), Random(seed)
    payload = task.sample_payload(rng)
    raws = [task.sample_answer(payload, rng).as_json() for _ in range(5)]
    uniform = [raw for raw in raws if ("strength" in raw) == ("strength" in raws[0])]
    inferred = load_task(key, type(task).infer_settings(iter(raws)))
    stub = inferred.stub("item-1", task.screen(payload).candidate_ids())
    for raw in uniform:
        assert inferred.parse_answer(stub, raw).as_json() == raw


@every_type
def test_settings_inferred_from_no_answers_are_usable(key: str) -> None:
    inferred = load_task(key, TASK_TYPES[key].infer_settings([]))
    assert inferred.targets()


@every_rubric
@often
@given(data=st.data())
def test_a_junk_answer_is_taken_or_refused_in_words(key: str, chosen: dict[str, Any], data: st.DataObject) -> None:
    task = load_task(key, chosen)
    payload = task.sample_payload(Random(1))
    raw = data.draw(junk_for(task.answer_model.model_fields))
    answer, refusal = attempt(lambda: task.parse_answer(payload, raw), InvalidAnswer)
    if refusal:
        assert all(says_something(problem) for problem in (refusal, *refusal.problems))
    else:
        assert tuple(task.values(payload, answer)) == tuple(target.name for target in task.targets())


@every_type
@often
@given(data=st.data())
def test_a_junk_payload_is_taken_or_refused_in_words(key: str, data: st.DataObject) -> None:
    task = load_task(key, {})
    raw = data.draw(junk_for(task.payload_model.model_fields))
    payload, refusal = attempt(lambda: task.parse_payload(raw), InvalidPayload)
    assert says_something(refusal) if refusal else task.screen(payload).asks


@every_type
@often
@given(data=st.data())
def test_junk_settings_are_taken_or_refused_in_words(key: str, data: st.DataObject) -> None:
    raw = data.draw(junk_for(TASK_TYPES[key].model_fields))
    task, refusal = attempt(lambda: load_task(key, raw), InvalidSettings)
    assert says_something(refusal) if refusal else task.targets()


@every_type
def test_a_setting_that_is_not_known_is_named(key: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        load_task(key, {"colour": "red"})
    assert refusal.value.where == "colour"


def test_a_task_type_that_is_not_known_is_named() -> None:
    with pytest.raises(InvalidSettings, match="pairwsie"):
        load_task("pairwsie", {})


@every_type
def test_titles_are_in_both_languages(key: str) -> None:
    title = TASK_TYPES[key].title
    assert isinstance(title, Mapping)
    assert set(title) == {"en", "zh"}


def golden() -> list[Any]:
    lines = (ROOT / "tests" / "golden" / "answers.jsonl").read_text("utf-8").splitlines()
    return [pytest.param(json.loads(line), id=f"{json.loads(line)['task']}-{n}") for n, line in enumerate(lines)]


@pytest.mark.parametrize("stored", golden())
def test_every_answer_ever_shipped_still_parses_and_means_the_same(stored: dict[str, Any]) -> None:
    task = load_task(stored["task"], stored["settings"])
    payload = task.parse_payload(stored["payload"])
    answer = task.parse_answer(payload, stored["answer"])
    assert answer.as_json() == stored["answer"]
    assert through_json(task.values(payload, answer)) == stored["values"]


@every_type
def test_every_type_has_golden_answers(key: str) -> None:
    assert key in {stored.values[0]["task"] for stored in golden()}


@every_type
def test_every_type_is_documented(key: str) -> None:
    assert f"`{key}`" in (ROOT / "docs" / "add-a-task-type.md").read_text("utf-8")


@every_type
def test_every_type_has_a_template_whose_settings_validate(key: str) -> None:
    template = yaml.safe_load((ROOT / "data" / "templates" / f"{key}.yaml").read_text("utf-8"))
    assert template["task"] == key
    assert load_task(key, template["settings"]).targets()
