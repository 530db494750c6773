"""What the client report says, in the language that it is asked for: figures with intervals, how they came about, what to bear in mind."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.errors import N_
from core.services.client_report import ClientReport, Figures, Limit, Part, Source
from core.tasks import TASK_TYPES
from ui.insight.report_blocks import (
    Block,
    Dot,
    Dots,
    Facts,
    Heading,
    Paragraph,
    Points,
    Report,
    Share,
    Stack,
    Table,
    Voice,
)

MOST_TARGETS = 4
"""Columns of agreement that a printed table has room for."""
SOURCES: Mapping[Source, str] = {
    "unanimous": N_("all answers agree"),
    "majority": N_("most alike"),
    "single": N_("one answer only"),
    "adjudicated": N_("adjudicated by a reviewer"),
    "unresolved": N_("undecided"),
}
METHODS: Mapping[str, str] = {
    "majority": N_("the majority of annotators"),
    "dawid_skene": N_("a model that weighs annotators by how they err (Dawid–Skene)"),
    "one_coin": N_("a model that weighs annotators by how often they err (one-coin)"),
    "map_dawid_skene": N_(
        "a model that weighs annotators by how they err, and knows the gold (Dawid–Skene with a prior)"
    ),
    "adjusted_mean": N_("the mean of annotators' scores, corrected for strict and lenient scorers"),
    "mean": N_("the mean of annotators' scores"),
    "medoid": N_("the answer nearest to all others"),
    "crowdlab": N_("annotators and a model's probabilities together (CROWDLAB)"),
}
LIMITS: Mapping[Limit, str] = {
    "simulated": N_("These answers are simulated, for demonstration: they say nothing about real annotators."),
    "no_gold": N_("There are no gold items, so only agreement is measured, not accuracy."),
    "few_gold": N_("Few answers to gold items measure accuracy ({n}), so the range is wide."),
    "few_units": N_(
        "Items with two labels or more, by which agreement is judged: only {n} for at least one target, so the range is wide."
    ),
    "few_people": N_("Annotators: {n}. With so few, shared errors can't be detected."),
    "single": N_("Items with one label only and no second annotator: {n}."),
    "unresolved": N_("Undecided items (equal votes): {n}."),
    "other_settings": N_("Labels left out because they were given under settings that meant something else: {n}."),
    "versions": N_("The guidelines changed along the way; the figures of each of the {n} versions are shown above."),
    "under_way": N_("Work is still in progress; figures will change."),
}


def written(found: ClientReport, language: str) -> Report:
    voice = Voice(language)
    task = TASK_TYPES.get(found.project.task)
    name = voice.content(found.project.title)
    kind = voice.content(task.title) if task else found.project.task
    return Report(
        voice.say(N_("Data quality: {project}"), project=name),
        voice.say(N_("{task} · {slug} · as of {day}"), task=kind, slug=found.project.slug, day=voice.day(found.at)),
        language,
        tuple(_blocks(voice, found)),
    )


def _blocks(voice: Voice, found: ClientReport) -> Iterator[Block]:
    yield Facts(tuple(_facts(voice, found)))
    yield Heading(voice.say(N_("Measurement")))
    yield Points(tuple(_method(voice, found)))
    yield Heading(voice.say(N_("Agreement")))
    yield from _agreement(voice, found)
    yield Heading(voice.say(N_("Sources of the consensus")))
    yield _sources(voice, found)
    yield Heading(voice.say(N_("By batch, language and guideline version")))
    yield from _parts(voice, found)
    yield Heading(voice.say(N_("What to bear in mind")))
    yield Points(
        tuple(voice.say(LIMITS[name], n=voice.number(n)) for name, n in found.limits)
        or (voice.say(N_("Nothing beyond what is said above.")),)
    )


# At a glance ----------------------------------------------------------------------------------------------------------


def _facts(voice: Voice, found: ClientReport) -> Iterator[tuple[str, str]]:
    scope = _scope(voice, found)
    if scope:
        yield voice.say(N_("Scope")), scope
    yield voice.say(N_("Items labelled")), voice.number(found.items)
    yield voice.say(N_("Labels given")), voice.number(found.labels)
    yield voice.say(N_("Number of annotators")), voice.number(found.people)
    yield voice.say(N_("Languages")), voice.say(N_(", ")).join(voice.language_name(tag) for tag in found.langs)
    yield voice.say(N_("Labelling period")), _between(voice, voice.day(found.first), voice.day(found.last))
    gold = voice.say(N_("not measured")) if found.gold is None else voice.share_range(found.gold)
    yield voice.say(N_("Accuracy on gold items")), gold
    reviewed = found.settled.reviewed / found.settled.items if found.settled.items else 0
    count = voice.count(
        "{share} ({n} item)", "{share} ({n} items)", found.settled.reviewed, share=voice.share(reviewed)
    )
    yield voice.say(N_("Adjudicated by a reviewer")), count


def _between(voice: Voice, first: str, last: str) -> str:
    return first if first == last else voice.say(N_("{first} to {last}"), first=first, last=last)


def _scope(voice: Voice, found: ClientReport) -> str:
    scope = found.scope
    parts = [
        *([] if scope.batch is None else [scope.batch or voice.say(N_("without a batch"))]),
        *([] if scope.lang is None else [voice.language_name(scope.lang)]),
        *([] if scope.guidelines is None else [voice.say(N_("guidelines {n}"), n=scope.guidelines)]),
    ]
    return " · ".join(parts)


# How it was measured --------------------------------------------------------------------------------------------------


def _method(voice: Voice, found: ClientReport) -> Iterator[str]:
    yield from _overlap(voice, found)
    if found.gold is not None:
        yield _checks(voice, found)
    yield voice.say(
        N_(
            "Only first answers count: answers changed after review are not independent. Practice, "
            "quizzes and pilot answers that were set apart do not count."
        )
    )
    yield voice.say(
        N_(
            "Chance-corrected agreement is Krippendorff's alpha: 1 is full agreement, 0 is what "
            "chance alone would give. All intervals are at 95%; those of agreement apply to other "
            "items by the same annotators."
        )
    )
    yield _settling(voice, found.targets[0])
    yield from _reviewed(voice, found)
    if found.machines:
        yield voice.say(N_("Labels by machine judges are not in these figures."))


def _reviewed(voice: Voice, found: ClientReport) -> Iterator[str]:
    if not found.settled.reviewed:
        yield voice.say(N_("No item has been reviewed."))
        return
    review = found.project.policy.review
    yield voice.say(
        N_(
            "Reviewers see items whose consensus is wrong with a probability of {doubt} or more, "
            "items that annotators flagged, and a random {share} of the rest. No one reviews their "
            "own answers."
        ),
        doubt=voice.share(review.doubt),
        share=voice.share(review.audit_share),
    )
    if review.stages > 1:
        yield voice.say(N_("Two reviewers adjudicate each item, one after the other."))


def _overlap(voice: Voice, found: ClientReport) -> Iterator[str]:
    if found.imported:
        yield voice.count(
            "{n} label was collected elsewhere and imported: how it was made is not known here.",
            "{n} labels were collected elsewhere and imported: how they were made is not known here.",
            found.imported,
        )
    if found.imported < found.labels:
        yield from _answered(voice, found)


def _answered(voice: Voice, found: ClientReport) -> Iterator[str]:
    fewest, most = found.answers_an_item
    if most == 1:
        yield voice.say(N_("Each item was answered by one annotator, by the guidelines of the project."))
    elif fewest == most:
        yield voice.say(
            N_("Each item was answered by {n} annotators, each without seeing the others' answers."), n=most
        )
    else:
        said = N_("Items were answered by {low} to {high} annotators, each without seeing the others' answers.")
        yield voice.say(said, low=fewest, high=most)
    if (stopping := found.project.policy.stopping) is not None:
        yield voice.count(
            "An item gets {n} answer first and up to {most} until its consensus reaches {sure} "
"confidence. A random {audit} of items gets every answer, so agreement is measured "
"without bias.",
            "An item gets {n} answers first and up to {most} until its consensus reaches {sure} "
"confidence. A random {audit} of items gets every answer, so agreement is measured "
"without bias.",
            stopping.start, most=stopping.most, sure=voice.share(stopping.confidence), audit=voice.share(stopping.audit_share),
        )  # fmt: skip


def _checks(voice: Voice, found: ClientReport) -> str:
    share = found.check_share
    said = voice.count(
        "{n} item is a gold item: its answer was known beforehand or decided by a reviewer. "
        "Annotators do not see which. An answer is correct if it matches.",
        "{n} items are gold items: their answers were known beforehand or decided by a reviewer. "
        "Annotators do not see which. An answer is correct if it matches.",
        found.gold_items,
    )
    return voice.join(
        said,
        voice.say(N_("Of the answers given here, {share} were to such checks."), share=voice.share(share))
        if share
        else "",
    )


def _settling(voice: Voice, first: Figures) -> str:
    if first.method is None:
        return voice.say(N_("Each consensus is the annotator's answer, unchanged."))
    return voice.say(
        N_("The consensus of an item is found by {method}."),
        method=voice.say(METHODS.get(first.method, first.method)),
    )


# Agreement ------------------------------------------------------------------------------------------------------------


def _agreement(voice: Voice, found: ClientReport) -> Iterator[Block]:
    known = [one for one in found.targets if one.agreed["alpha"] is not None]
    if known:
        dots = tuple(_dot(voice, found, one) for one in known)
        yield Dots(voice.say(N_("Alpha of each target: the dot is the figure, the line its range.")), dots)
    columns = (
        N_("Target"),
        N_("Alpha"),
        N_("Same answer"),
        N_("AC1"),
        N_("Items with two labels"),
        N_("Consensus accuracy on gold items"),
    )
    yield Table(tuple(voice.say(name) for name in columns), tuple(_target(voice, found, one) for one in found.targets))


def _dot(voice: Voice, found: ClientReport, one: Figures) -> Dot:
    agreed = one.agreed
    label = voice.coefficient(agreed["alpha"], agreed["alpha_low"], agreed["alpha_high"])
    return Dot(
        voice.class_name(found.project, one.name), label, agreed["alpha"], agreed["alpha_low"], agreed["alpha_high"]
    )


def _target(voice: Voice, found: ClientReport, one: Figures) -> tuple[str, ...]:
    agreed = one.agreed
    return (
        voice.class_name(found.project, one.name), _alpha(voice, agreed), _same(voice, one),
        "–" if agreed["ac1"] is None else voice.coefficient(agreed["ac1"], agreed["ac1_low"], agreed["ac1_high"]),
        voice.number(agreed["units"]), _accuracy(voice, one.accuracy),
    )  # fmt: skip


def _same(voice: Voice, one: Figures) -> str:
    """On a long scale hardly anybody gives the very same score: that says nothing."""
    share = one.agreed["percent"]
    return "–" if share is None or one.scale == "interval" else voice.share(share)


def _alpha(voice: Voice, agreed: Mapping[str, Any]) -> str:
    if agreed["alpha"] is None:
        return voice.say(agreed["why"]) if agreed.get("why") else "–"
    return voice.coefficient(agreed["alpha"], agreed["alpha_low"], agreed["alpha_high"])


def _accuracy(voice: Voice, found: Mapping[str, Any] | None) -> str:
    if found is None:
        return voice.say(N_("not measured"))
    return voice.say(
        N_("{value} ({low}–{high}, n = {n})"), value=voice.share(found["accuracy"]), low=round(found["low"] * 100),
        high=voice.share(found["high"]), n=voice.number(found["n"]),
    )  # fmt: skip


# Values and parts -----------------------------------------------------------------------------------------------------


def _sources(voice: Voice, found: ClientReport) -> Stack:
    total = found.settled.items
    parts = tuple(
        Share(voice.say(words), found.settled.sources[name], tone)
        for tone, (name, words) in enumerate(SOURCES.items())
        if found.settled.sources.get(name)
    )
    return Stack(
        voice.count(
            "Of {n} item, by the first target. Where annotators differ, the consensus is the "
            "majority answer, or on scales and in texts the answer nearest to all others. A "
            "reviewer's verdict comes first.",
            "Of {n} items, by the first target. Where annotators differ, the consensus is the "
            "majority answer, or on scales and in texts the answer nearest to all others. A "
            "reviewer's verdict comes first.",
            total,
        ),
        parts,
    )


def _parts(voice: Voice, found: ClientReport) -> Iterator[Block]:
    shown = found.targets[:MOST_TARGETS]
    if len(shown) < len(found.targets):
        yield Paragraph(voice.say(N_("Agreement is shown for the first {n} targets."), n=len(shown)))
    alphas = [voice.say(N_("Alpha: {target}"), target=voice.class_name(found.project, one.name)) for one in shown]
    names = (
        N_("Batch"),
        N_("Language"),
        N_("Guidelines"),
        N_("Items"),
        N_("Labels given"),
        N_("Number of annotators"),
        N_("Accuracy on gold items"),
        N_("Reviewed"),
    )
    yield Table(
        (*(voice.say(name) for name in names), *alphas), tuple(_part(voice, part, shown) for part in found.parts)
    )


def _part(voice: Voice, part: Part, shown: Sequence[Figures]) -> tuple[str, ...]:
    return (
        part.batch or voice.say(N_("without a batch")), voice.language_name(part.lang), str(part.guidelines), voice.number(part.items),
        voice.number(part.labels), voice.number(part.people), "–" if part.gold is None else voice.share_range(part.gold),
        voice.number(part.settled.reviewed), *(_brief(voice, part.agreed.get(one.name)) for one in shown),
    )  # fmt: skip


def _brief(voice: Voice, agreed: Mapping[str, Any] | None) -> str:
    if agreed is None or agreed["alpha"] is None:
        return "–"
    return voice.coefficient(agreed["alpha"], agreed["alpha_low"], agreed["alpha_high"])
