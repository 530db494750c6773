"""What the figures about models mean, and what to do about them, in sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from ui import figures
from ui.text import _, _n, plain

Row = Mapping[str, Any]


def lead(report: Mapping[str, Any]) -> str:
    """Who is ahead, and whether that is beyond doubt."""
    rows: Sequence[Row] = report["models"]
    first, rivals = rows[0], [one for one in rows[1:] if one["rank_low"] == 1]
    top = plain(first["model"])
    if len(rows) == 1:
        return _("{model} is the only model here.").format(model=top)
    if not rivals:
        return _("{model} is significantly preferred to every other model.").format(model=top)
    words = _(
        "{model} is ahead, but not significantly: the intervals of {others} overlap. More "
        "comparisons between them would help."
    )
    return words.format(model=top, others=figures.listed([plain(one["model"]) for one in rivals]))


def fragile(found: Row | None) -> str:
    if found is None:
        return ""
    if found["votes"] is None:
        return _("The leader is stable: removing half of the comparisons would not change it.")
    words = _n(
        "Taking away {n} of {all} comparisons would put {instead} on top.",
        "Taking away {n} of {all} comparisons would put {instead} on top.",
        found["votes"],
    )
    share = found["votes"] / max(found["comparisons"], 1)
    told = words.format(
        n=figures.number(found["votes"]),
        all=figures.number(found["comparisons"]),
        instead=plain(found["instead"] or ""),
    )
    return figures.sentences(told, _("A lead based on so few comparisons is unreliable.") if share < 0.02 else "")


def connected(groups: Sequence[Sequence[str]]) -> str:
    """Which models share no comparison with the others."""
    parts = "; ".join(figures.listed([plain(name) for name in group], 6) for group in groups)
    return _("These groups were never compared with each other: {groups}. Compare a model of one with a model of the other, and they get a common scale.").format(groups=parts)  # fmt: skip


def matrix(found: Row) -> str:
    pairs = [(row, column) for row in range(len(found["models"])) for column in range(row) if found["n"][row][column]]
    few = sum(found["n"][row][column] < FEW for row, column in pairs)
    missing = len(found["models"]) * (len(found["models"]) - 1) // 2 - len(pairs)
    text = _(
        "Share of comparisons in which the row's model is preferred to the column's; a tie counts half, "
        "n is the number of comparisons."
    )
    doubt = _n("{n} pair rests on fewer than ten.", "{n} pairs rest on fewer than ten.", few) if few else ""
    never = _n("{n} pair was never compared.", "{n} pairs were never compared.", missing) if missing else ""
    return figures.sentences(text, doubt.format(n=few), never.format(n=missing))


FEW = 10


def controlled(found: Row, effect: Row | None) -> str:
    """Whether length alone carries a model."""
    moved = [one for one in found["models"] if one["raw"] and one["controlled"]]
    most = max(moved, key=lambda one: abs(one["controlled"]["share"] - one["raw"]["share"]))
    before, after = most["raw"]["share"], most["controlled"]["share"]
    start = length_effect(effect)
    if abs(after - before) < 0.01:
        return figures.sentences(start, _("No model's win rate changes by as much as a point when responses are taken as equally long."))  # fmt: skip
    if effect is None or effect["low"] <= 0 <= effect["high"]:
        words = _(
            "At equal length {model} would win {after} instead of {before}, but the effect of length "
            "is not significant."
        )
    elif after < before:
        words = _("At equal length {model} would win {after} instead of {before}: part of its success is length.")
    else:
        words = _("At equal length {model} would win {after} instead of {before}: length counted against it.")
    told = words.format(model=plain(most["model"]), after=figures.percent(after), before=figures.percent(before))
    return figures.sentences(start, told)


def length_effect(effect: Row | None) -> str:
    if effect is None:
        return ""
    share, low, high = (figures.percent(effect[name]) for name in ("share", "share_low", "share_high"))
    words = _("Between equally good models a response twice as long wins {share} ({low} to {high}).")
    return words.format(share=share, low=low, high=high)


def record(one: Row) -> str:
    """Rank and record: "1–2 · 25 won, 11 lost, 2 tied"."""
    rank = str(one["rank_low"]) if one["rank_low"] == one["rank_high"] else f"{one['rank_low']}–{one['rank_high']}"
    words = _("rank {rank} · {wins} won, {losses} lost, {ties} tied")
    counts = {name: figures.number(one[name]) for name in ("wins", "losses", "ties")}
    return words.format(rank=rank, **counts)


def parts(kind: str) -> str:
    if kind == "tags":
        return _("Each model's share of wins among the items of each tag; a tie counts half. Look for a row that changes colour: a model that is good at some things only.")  # fmt: skip
    return _("Each model's share of wins in each language; a tie counts half. Look for a row that changes colour: a model that is good in one language only.")  # fmt: skip


def scores(rows: Sequence[tuple[str, Any]], what: str, share: bool) -> str:
    """Which model has the highest mean, and whether the next one's interval reaches it."""
    known = [(name, found) for name, found in rows if found is not None]
    if not known:
        return _("No model has two labelled items yet, so there is nothing to compare.")
    (top, best), rest = known[0], known[1:]
    value = figures.percent(best.value) if share else figures.number(best.value, 2)
    start = _("{model} has the highest {what}: {value}.").format(model=plain(top), what=what, value=value)
    near = [name for name, found in rest if found.high >= best.low]
    if not rest:
        return start
    if near:
        words = _("The intervals of {others} overlap it: these models can't be distinguished yet.")
        return figures.sentences(start, words.format(others=figures.listed([plain(name) for name in near])))
    return figures.sentences(start, _("No other model's interval overlaps it."))
