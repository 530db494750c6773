"""Made-up texts for sample items: natural enough to look at, free of anybody's data."""

from collections.abc import Sequence
from random import Random

PROMPTS: Sequence[str] = (
    "How do I keep basil alive on a windowless office desk?",
    "Write a short note to my neighbour about the dripping air conditioner.",
    "Explain why the sky turns red at sunset, for a ten-year-old.",
    "What is the difference between a list and a tuple in Python?",
    "请帮我把这句话改得更礼貌一些：你的报告有三处错误。",
    "怎样向第一次来新加坡的朋友介绍小贩中心？",
    "用三句话解释什么是复利。",
    "明天要面试，晚上睡不着，有什么办法？",
)
ENGLISH: Sequence[str] = (
    "Start with the simplest thing that could work.",
    "It depends on how much light and water there is.",
    "A short example makes this clearer.",
    "Most people notice the difference within a week.",
    "Check the number once more before you send it.",
    "If that does not help, ask somebody who has done it before.",
)
CHINESE: Sequence[str] = (
    "先从最简单的办法开始。",
    "举个例子就明白了。",
    "这要看具体情况，不能一概而论。",
    "发出去之前，最好再核对一遍。",
    "如果还是不行，可以请教有经验的人。",
)


def prompt(rng: Random) -> str:
    return rng.choice(PROMPTS)


def response(rng: Random, to: str) -> str:
    """A few sentences in the language of the prompt."""
    sentences, glue = (ENGLISH, " ") if to.isascii() else (CHINESE, "")
    return glue.join(rng.choice(sentences) for _ in range(rng.randint(1, 6)))
