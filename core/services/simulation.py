"""How simulated people work: what they answer, how long it takes them, when they sit down. Pure: nothing here reads the store."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from random import Random
from typing import Any

from core.services.policies import Extras

SINGAPORE = timezone(timedelta(hours=8))
TIE_WITHIN, BAD_BELOW = 0.06, 0.3
SETTLING_SECONDS = 14.0
MIDNIGHT = time(0, tzinfo=SINGAPORE)


@dataclass(frozen=True)
class Habits:
    """One simulated person. Skill 1 sees the truth as it is; 0 sees little more than noise."""

    skill: float
    words_per_minute: float = 190
    first_bias: float = 0.0
    """Added to the perceived quality of whatever stands first."""
    generosity: float = 0.0
    """Points added to every score."""
    passes: float = 0.02
    """Share of items passed on."""
    hours: tuple[int, ...] = (10, 20)
    """When this person likes to sit down, Singapore time."""
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    sitting: int = 6
    """Answers in a usual sitting."""

    @property
    def noise(self) -> float:
        return 0.03 + 0.75 * (1 - self.skill)


@dataclass(frozen=True)
class Truth:
    """What an item is really worth: the sample data know, annotators never see it."""

    quality: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float | None] = field(default_factory=dict)
    label: str = ""


@dataclass(frozen=True)
class Simulated:
    """What a person did with one screen."""

    outcome: str
    reason: str | None
    answer: dict[str, Any] | None
    extras: dict[str, Any]
    seconds: float


def truth_of(meta: Mapping[str, Any] | None, aliases: Mapping[str, str] | None) -> Truth:
    """From an item's meta, which speaks of the file's own response ids."""
    meta, own = meta or {}, aliases or {}
    by_file = meta.get("quality", {})
    quality = {name: float(by_file[alias]) for name, alias in own.items() if alias in by_file}
    return Truth(quality, meta.get("scores", {}), meta.get("label", ""))


def can_work_on(screen: Mapping[str, Any]) -> bool:
    """Nobody pretends to write: texts that no person wrote would be no demonstration."""
    return all(ask["kind"] in _DRAW for ask in screen["asks"])


def work_on(screen: Mapping[str, Any], extras: Extras, truth: Truth, who: Habits, words: int, rng: Random) -> Simulated:
    """Answer a screen as the desk gets it."""
    seconds = seconds_for(words, who, rng)
    if rng.random() < who.passes:
        return Simulated("skipped", rng.choice(("unclear", "outside_knowledge")), None, {}, seconds / 2)
    answer: dict[str, Any] = {}
    for ask in screen["asks"]:
        for path, value in _DRAW[ask["kind"]](ask, truth, who, rng):
            put(answer, path, value)
    return Simulated("submitted", None, answer, extras_for(extras, who, rng), seconds)


def seconds_for(words: int, who: Habits, rng: Random) -> float:
    reading = 60 * words / who.words_per_minute
    return min((SETTLING_SECONDS + reading) * rng.lognormvariate(0, 0.35), 900)


def extras_for(extras: Extras, who: Habits, rng: Random) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if extras.confidence:
        given["confidence"] = max(1, min(5, round(rng.gauss(2.6 + 2 * who.skill, 0.7))))
    if extras.rationale and extras.rationale.reasons and rng.random() < 0.4:
        given["reasons"] = [rng.choice(extras.rationale.reasons).id]
    return given


def put(answer: dict[str, Any], path: str, value: Any) -> None:
    """Set a value at an ask's name: "scores.accuracy", "labels.0"; a number opens a list."""
    first, _, rest = path.partition(".")
    if not rest:
        answer[first] = value
    elif rest.isdigit():
        answer.setdefault(first, []).append(value)
    else:
        put(answer.setdefault(first, {}), rest, value)


Ask = Mapping[str, Any]
Drawn = Iterator[tuple[str, Any]]


def _prefer(ask: Ask, truth: Truth, who: Habits, rng: Random) -> Drawn:
    seen = _perceived(ask["candidates"], truth, who, rng)
    (best, high), (_, low), *_ = sorted(seen.items(), key=lambda pair: -pair[1])
    if ask["both_bad"] and high < BAD_BELOW:
        yield ask["name"], "both_bad"
    elif ask["tie"] and high - low < TIE_WITHIN:
        yield ask["name"], "tie"
    else:
        yield ask["name"], best
        if ask["levels"] > 1:
            yield ask["name"].removesuffix("preferred") + "strength", _strength(high - low, ask["levels"])


def _strength(gap: float, levels: int) -> int:
    return max(1, min(levels, 1 + int(gap * levels / 0.75)))


def _rank(ask: Ask, truth: Truth, who: Habits, rng: Random) -> Drawn:
    seen = _perceived(ask["candidates"], truth, who, rng)
    ranks: dict[str, int] = {}
    before: tuple[str, float] | None = None
    for place, (name, worth) in enumerate(sorted(seen.items(), key=lambda pair: -pair[1]), start=1):
        level = ask["ties"] and before is not None and before[1] - worth < TIE_WITHIN / 2
        ranks[name] = ranks[before[0]] if level and before else place
        before = (name, worth)
    yield ask["name"], ranks


def _perceived(names: Sequence[str], truth: Truth, who: Habits, rng: Random) -> dict[str, float]:
    seen = {name: truth.quality.get(name, 0.5) + rng.gauss(0, who.noise) for name in names}
    seen[names[0]] += who.first_bias
    return seen


def _scale(ask: Ask, truth: Truth, who: Habits, rng: Random) -> Drawn:
    true = truth.scores.get(ask["name"].rpartition(".")[2], (ask["low"] + ask["high"]) / 2)
    if true is None:
        yield ask["name"], None
        return
    seen = true + who.generosity + rng.gauss(0, who.noise * (ask["high"] - ask["low"]) * 0.5)
    points = round((seen - ask["low"]) / ask["step"])
    score = min(max(ask["low"] + points * ask["step"], ask["low"]), ask["high"])
    yield ask["name"], int(score) if float(score).is_integer() else score


def _one_of(ask: Ask, truth: Truth, who: Habits, rng: Random) -> Drawn:
    yield ask["name"], _label([option["value"] for option in ask["options"]], truth, who, rng)


def _many_of(ask: Ask, truth: Truth, who: Habits, rng: Random) -> Drawn:
    yield ask["name"], [_label([option["value"] for option in ask["options"]], truth, who, rng)]


def _label(values: Sequence[str | bool], truth: Truth, who: Habits, rng: Random) -> str | bool:
    """Mistakes go to a neighbour in the list more often than far away: real confusions are between likes."""
    if truth.label not in values or rng.random() > max(who.skill, 0.5):
        near = values.index(truth.label) if truth.label in values else rng.randrange(len(values))
        return values[(near + rng.choice((-1, 1, 1, 2))) % len(values)]
    return truth.label


_DRAW: Mapping[str, Callable[[Ask, Truth, Habits, Random], Drawn]] = {
    "prefer": _prefer,
    "rank": _rank,
    "scale": _scale,
    "one_of": _one_of,
    "many_of": _many_of,
}


@dataclass(frozen=True)
class Sitting:
    """One stretch of work: from when, and about how many answers."""

    at: datetime
    answers: int


def sittings(who: Habits, first: date, days: int, rng: Random) -> list[Sitting]:
    """When this person sits down over some days: the usual hours, give or take, and now and then a day off."""
    worked = [first + timedelta(days=n) for n in range(days) if (first + timedelta(days=n)).weekday() in who.weekdays]
    return [_sitting(who, day, hour, rng) for day in worked if rng.random() < 0.85 for hour in who.hours]


def _sitting(who: Habits, day: date, hour: int, rng: Random) -> Sitting:
    start = datetime.combine(day, MIDNIGHT) + timedelta(hours=hour, minutes=rng.gauss(10, 18))
    return Sitting(start.astimezone(UTC), max(1, round(rng.gauss(who.sitting, who.sitting / 4))))
