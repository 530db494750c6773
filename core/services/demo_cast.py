"""The people and projects of the demo workspace: a founding engagement in Singapore, as it might stand after three weeks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from core.services.simulation import Habits

ProjectRole = Literal["annotator", "reviewer", "lead", "viewer"]
LEAD, REVIEWER = "Lim Mei Ling", "Chua Jia Hui"
EVERY_DAY = tuple(range(7))


@dataclass(frozen=True)
class Character:
    name: str
    role: ProjectRole
    language: str
    habits: Habits


CAST: tuple[Character, ...] = (
    Character(LEAD, "lead", "en", Habits(0.93, 240, hours=(10, 15), weekdays=EVERY_DAY, sitting=9)),
    Character(REVIEWER, "reviewer", "zh", Habits(0.82, 220, hours=(11, 16), weekdays=EVERY_DAY, sitting=9)),
    Character("Tan Wei Jie", "annotator", "en", Habits(0.92, 200, hours=(9, 14), weekdays=(0, 2, 4), sitting=4)),
    Character("Ng Xin Yi", "annotator", "zh", Habits(0.87, 230, generosity=0.2, hours=(20,), weekdays=(0, 1, 2, 3, 6))),
    Character("Goh Kai Xiang", "annotator", "en", Habits(0.78, 260, first_bias=0.05, hours=(13,), weekdays=(1, 3, 5))),
    Character("Lee Shu Fen", "annotator", "zh", Habits(0.85, 150, generosity=-0.5, passes=0.06, hours=(10,), sitting=4)),
    Character("Wong Zhi Hao", "annotator", "en", Habits(0.8, 210, hours=(21,), weekdays=(1, 2, 4, 6), sitting=5)),
    Character(
        "Koh Hui Min", "annotator", "zh",
        Habits(0.3, 420, first_bias=0.2, generosity=0.5, hours=(22,), weekdays=(0, 3, 5), sitting=6),
    ),
)  # fmt: skip
"""Six annotators who differ: the sure, the kind, the quick, the strict who passes often, the steady, and one in a hurry
who favours whatever stands first."""

ANNOTATORS = tuple(who.name for who in CAST if who.role == "annotator")


@dataclass(frozen=True)
class Plot:
    """One project of the demo, and what happens in it; days count back from now."""

    slug: str
    template: str
    sample: str
    title: Mapping[str, str]
    workers: tuple[str, ...]
    policy: Mapping[str, Any] = field(default_factory=dict)
    starts: timedelta = timedelta(days=21)
    ends: timedelta = timedelta(0)
    first_state: str = "live"
    last_state: str = "live"
    most: int = 0
    """Answers after which the simulated people stop, so that a newcomer finds work."""
    paced: bool = True
    """Spread over the whole time, rather than done as soon as can be."""
    aside: tuple[tuple[int, str, str | None], ...] = ()
    """(after how many, outcome, reason): what happens to the next item instead of an answer."""
    due: Mapping[str, timedelta] = field(default_factory=dict)
    """Due dates of batches, from now on."""
    judged: bool = False
    """A machine judges its items too."""


TRIAGE: Mapping[str, Any] = {
    "settings": {
        "question": {"en": "How soon does this message need an answer?", "zh": "这条消息多快要回复？"},
        "labels": [
            {"id": "now", "name": {"en": "Now", "zh": "马上"}},
            {"id": "today", "name": {"en": "Today", "zh": "今天"}},
            {"id": "whenever", "name": {"en": "When there is time", "zh": "有空再说"}},
            {"id": "none", "name": {"en": "No answer needed", "zh": "不用回复"}},
        ],
    },
    "guidelines": {
        "en": "**Now**: harm or loss is happening as it is written. **Today**: tomorrow is too late. "
        "**When there is time**: something is asked, without a date. **No answer needed**: nothing is asked.",
        "zh": "**马上**：写的时候危险或损失正在发生。**今天**：拖到明天就晚了。**有空再说**：有事相求，没有期限。**不用回复**：没有要办的事。",
    },
    "rates": {"currency": "USD", "per_hour": "12.00"},
}
"""A project that asks again where answers are in doubt; a large audit track, as one would have it at the start."""

PLOTS: tuple[Plot, ...] = (
    Plot(
        "zh-en-preferences", "pairwise", "preference", {"en": "Mandarin and English preferences", "zh": "中英文回答偏好"},
        ANNOTATORS, {"overlap": 5, "gold_rate": 0.3, "repeat_rate": 0.08}, most=128,
        aside=((17, "skipped", "outside_knowledge"), (31, "bad_item", None), (58, "skipped", "unclear")),
        due={"week-1": timedelta(days=-2), "week-2": timedelta(days=4)}, judged=True,
    ),
    Plot(
        "answer-quality", "rating", "rubric", {"en": "Answer quality on a rubric", "zh": "回答质量评分"},
        ANNOTATORS[:5], {"overlap": 3, "gold_rate": 0.35, "repeat_rate": 0.05}, starts=timedelta(days=14), most=64,
        aside=((12, "skipped", "too_long"), (26, "personal_data", None)), due={"week-2": timedelta(days=9)},
        judged=True,
    ),
    Plot(
        "best-of-four", "ranking", "ranking", {"en": "Best of four", "zh": "四选排序"}, ANNOTATORS[:4],
        {"overlap": 3, "gold_rate": 0.2, "repeat_rate": 0.0}, starts=timedelta(days=20), ends=timedelta(days=9),
        last_state="paused", most=18,
    ),
    Plot(
        "bank-intents", "classification", "intent", {"en": "Bank customers' intents", "zh": "银行客户意图"},
        (LEAD, REVIEWER), {"overlap": 2, "pilot": {"overlap": 2, "items": 18}}, starts=timedelta(days=4), ends=timedelta(hours=20), first_state="pilot",
        last_state="pilot", most=36, paced=False,
    ),
    Plot(
        "message-triage", "classification", "triage", {"en": "How soon to answer", "zh": "回复时效"}, ANNOTATORS,
        {**TRIAGE, "overlap": 2, "gold_rate": 0.0, "repeat_rate": 0.0, "stopping": {"start": 2, "most": 5, "confidence": 0.9, "audit_share": 0.35}},
        starts=timedelta(days=21), most=420,
    ),
    Plot(
        "ideal-answers", "demonstration", "demonstration", {"en": "Ideal answers", "zh": "示范回答"}, (),
        starts=timedelta(days=1), first_state="draft", last_state="draft",
    ),
)  # fmt: skip
