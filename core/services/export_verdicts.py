"""What each item is worth as training data: records and their origins, and what has no record, and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from core.interchange.training_rows import TrainingFormat
from core.records import PreferencePair, Prompt, Record, Tie, Unpaired
from core.services.export_counts import unit_of, units_in
from core.services.export_job import ExportJob, Rubrics
from core.services.verdicts import (
    VOTED,
    Decided,
    Provenance,
    Source,
    Unresolved,
    Vote,
    all_alike,
    decide,
    decide_as,
    main_target,
)
from core.store import verdicts as verdicts_store
from core.tasks.base import Target
from core.tasks.comparing import TIE, PairVotes, has_cycle
from core.tasks.ranking import Ranking, RankingAnswer, RankingPayload

APART = ("gold", "stub", "quarantined", "flagged", "withdrawn")
"""States of items that are never training data."""
BY_PAIRS = "pairwise_majority"


@dataclass(frozen=True)
class Part:
    """Records that share one origin."""

    records: Sequence[Record]
    known: Provenance


@dataclass(frozen=True)
class Worth:
    """Of one item. `missing` counts what has no record, by reason; `aside` is what side files keep, pair by pair."""

    parts: Sequence[Part]
    missing: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""
    """Why the whole item has no record, if so."""
    aside: Sequence[tuple[str, PairVotes]] = ()


class Verdicts:
    """Settles items one by one."""

    def __init__(self, job: ExportJob, made: TrainingFormat) -> None:
        self.job, self.rubric = job, job.project.rubric
        self.unit, self.prompts_only = unit_of(made), made.takes == (Prompt,)
        self.rubrics = Rubrics(job.connection, job.project)
        self.target = main_target(self.rubric)
        self.choice = job.judged.used(job.options.verdict)
        self.adjudicated = verdicts_store.final_verdicts(job.connection, job.project.id)
        self.unsettled = verdicts_store.unsettled(job.connection, job.project.id)

    def of(self, item: Any, votes: Sequence[Vote]) -> Worth:
        settled = self.adjudicated.get(item.id)
        if reason := self._apart(item, votes, settled):
            return self._nothing(item, votes, reason)
        if settled is not None:
            return self._reviewed(item, settled, votes)
        if not self.rubric.checkable:
            return self._each(item, votes)
        if isinstance(self.rubric, Ranking):
            return self._by_pairs(self.rubric, item, votes)
        return self._by_vote(item, votes)

    def _apart(self, item: Any, votes: Sequence[Vote], settled: Any) -> str:
        """Why the item has no row, if so."""
        if item.state in APART:
            return str(item.state)
        if item.id in self.unsettled:
            return "in_review"
        if settled is None:
            return "no_answer" if not votes else "not_reviewed" if self.choice == "review-only" else ""
        return "bad_item" if settled.reason == "bad_item" else ""

    def _nothing(self, item: Any, votes: Sequence[Vote], reason: str) -> Worth:
        return Worth((), {reason: units_in(item, self.unit, len(votes))}, reason)

    # Ways of settling -------------------------------------------------------------------------------------------------

    def _reviewed(self, item: Any, settled: Any, votes: Sequence[Vote]) -> Worth:
        self.job.tally.adjudicate(settled)
        records = self._records(item, settled.body, settled.settings_version)
        known = self._known(
            item, "adjudicated", votes, votes_for=sum(vote.body == settled.body for vote in votes), basis=settled.basis,
            reason=settled.reason or "", stages=settled.stage, reviewers=settled.stage,
        )  # fmt: skip
        replaced = {"replaced": len(votes)} if self.unit == "answers" else {}
        return Worth([Part(records, known)], {**self._unmet(records), **replaced}, aside=_ties(records))

    def _each(self, item: Any, votes: Sequence[Vote]) -> Worth:
        """Where answers cannot contradict each other, each is worth its own records; the prompt is the same in all."""
        known = self._known(item, "single", votes)
        chosen = votes[:1] if self.prompts_only else votes
        return Worth([Part(self._records(item, vote.body, vote.settings_version), known) for vote in chosen])

    def _by_vote(self, item: Any, votes: Sequence[Vote]) -> Worth:
        verdict = self._decided(item, votes)
        if isinstance(verdict, Decided):
            records = self._records(item, verdict.body, verdict.settings_version)
            return Worth([Part(records, self._of_votes(item, verdict, votes))], self._unmet(records))
        if self.prompts_only:
            known = self._known(item, "unresolved", votes)
            return Worth([Part(self._records(item, votes[0].body, votes[0].settings_version), known)])
        return self._nothing(item, votes, "unresolved")

    def _decided(self, item: Any, votes: Sequence[Vote]) -> Decided | Unresolved:
        if self.choice != "recommended" or item.id not in self.job.judged.values:
            return decide(self.rubric, votes)
        value, _ = self.job.judged.values[item.id]
        if self.target.scale == "nominal":
            return decide_as(self.rubric, votes, [vote for vote in votes if self._category(vote) == value])
        if self.target.scale == "set" and value is not None:
            return decide_as(self.rubric, votes, [v for v in votes if orjson.loads(str(v.says)) == value])
        return decide(self.rubric, votes)

    def _by_pairs(self, rubric: Ranking, item: Any, votes: Sequence[Vote]) -> Worth:
        """Of rankings each pair has its own majority: whole orders seldom repeat."""
        payload = RankingPayload.model_validate_json(item.payload)
        pairs = rubric.pair_votes(payload, [RankingAnswer.model_validate_json(vote.body) for vote in votes])
        cycle = has_cycle(pairs)
        self.job.tally.cycles += cycle
        known = self._known(item, _source(votes), votes, method=BY_PAIRS, cycle=cycle)
        told = [(pair, rubric.pair_record(payload, pair)) for pair in pairs]
        if self.unit != "pairs":
            return Worth([Part([Prompt(payload.asked), *(record for _, record in told if record is not None)], known)])
        parts = [Part([one], self._of_pair(item, pair, cycle)) for pair, one in told if isinstance(one, PreferencePair)]
        rest = [("tie" if one else "unresolved", pair) for pair, one in told if not isinstance(one, PreferencePair)]
        return Worth(parts, Counter(reason for reason, _ in rest), aside=rest)

    # Records and origins ----------------------------------------------------------------------------------------------

    def _records(self, item: Any, body: str, settings_version: int) -> list[Record]:
        """Stored content was checked when it was stored: only its shape is read again."""
        rubric = self.rubrics.at(settings_version)
        payload = rubric.payload_model.model_validate_json(item.payload)
        return list(rubric.records(payload, rubric.answer_model.model_validate_json(body)))

    def _unmet(self, records: Sequence[Record]) -> dict[str, int]:
        """Pairs that a verdict decides without preferring one."""
        if self.unit != "pairs":
            return {}
        ties = sum(isinstance(record, Tie) for record in records)
        bad = any(isinstance(record, Unpaired) for record in records)
        return {reason: count for reason, count in (("tie", ties), ("both_bad", int(bad))) if count}

    def _known(self, item: Any, source: Source, votes: Sequence[Vote], **more: Any) -> Provenance:
        self.job.tally.verdicts[source] += 1
        return Provenance(source, len(votes), votes=_listed(self.counts(item, votes)), **more)

    def _of_votes(self, item: Any, verdict: Decided, votes: Sequence[Vote]) -> Provenance:
        said = next(vote.says for vote in votes if vote.body == verdict.body)
        agreeing = sum(vote.says == said for vote in votes)
        if self.choice == "recommended":
            method, probability = self.job.judged.method, self.job.judged.values.get(item.id, (None, None))[1]
        else:
            counted = len(votes) > 1 and self.target.scale in VOTED
            method, probability = "majority", agreeing / len(votes) if counted else None
        return self._known(item, verdict.source, votes, method=method, probability=probability, votes_for=agreeing)

    @staticmethod
    def _of_pair(item: Any, pair: PairVotes, cycle: bool) -> Provenance:
        counts = named(pair, item)
        most, total = max(pair.counts.values()), sum(pair.counts.values())
        source: Source = "single" if total == 1 else "unanimous" if most == total else "majority"
        share = most / total if total > 1 else None
        return Provenance(source, total, BY_PAIRS, share, _listed(counts), most, cycle)

    def counts(self, item: Any, votes: Sequence[Vote]) -> dict[str, int]:
        """What answers say, sides by the import's own ids; of texts nothing can be counted."""
        if self.target.scale == "text":
            return {}
        responses = list(orjson.loads(item.aliases or "{}").values())
        found = Counter(says(self.target, vote.says, responses) for vote in votes if vote.says is not None)
        return dict(found.most_common())

    def _category(self, vote: Vote) -> str | None:
        names = main_target(self.rubrics.at(vote.settings_version)).categories
        return names[vote.says] if isinstance(vote.says, int) else None


def _source(votes: Sequence[Vote]) -> Source:
    return "single" if len(votes) == 1 else "unanimous" if all_alike(votes) else "majority"


def _ties(records: Sequence[Record]) -> list[tuple[str, PairVotes]]:
    """Of rankings that a reviewer settled: nobody's votes decided them."""
    ties = [record for record in records if isinstance(record, Tie)]
    if not any(isinstance(record, PreferencePair) for record in records):
        return []
    return [("tie", PairVotes(tie.response_ids[0], tie.response_ids[1], 0, 0, 0)) for tie in ties]


def _listed(counts: Mapping[str, int]) -> tuple[dict[str, Any], ...]:
    return tuple({"value": value, "count": count} for value, count in counts.items())


def named(pair: PairVotes, item: Any) -> dict[str, int]:
    """Votes on a pair by the import's own ids, the most frequent first."""
    aliases = orjson.loads(item.aliases or "{}")
    found = Counter({aliases.get(name, name) if name != TIE else TIE: count for name, count in pair.counts.items()})
    return dict(found.most_common())


def says(target: Target, value: Any, responses: Sequence[str]) -> str:
    """A vote by the import's own ids."""
    if not isinstance(value, int):
        return str(value)
    name = target.categories[value]
    return dict(zip(("first", "second"), responses, strict=False)).get(name, name)
