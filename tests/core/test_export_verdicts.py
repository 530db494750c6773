"""The verdict exported is the one recommended; rankings go pair by pair; agreement is the report's."""

from collections import Counter
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from sqlmodel import Session

from core.permissions import SYSTEM
from core.services import exporting, importing
from core.services.export_job import ExportOptions
from core.services.quality.reporting import quality
from core.tasks.comparing import PairVotes, has_cycle
from tests.conftest import NOW
from tests.factories import a_gold, a_project, a_verdict, an_item

Answers = dict[str, dict[str, Any]]


class Team:
    """A project with items and labels brought from elsewhere."""

    def __init__(self, session: Session, folder: Path, task: str, settings: Any = None) -> None:
        self.session, self.folder = session, folder
        self.project = a_project(session, "here", task=task, settings=settings)

    def take(self, answers: Answers) -> None:
        rows = [{"item": i, "annotator": who, "answer": said} for i, by in answers.items() for who, said in by.items()]
        path = self.folder / "labels.jsonl"
        path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
        importing.import_file(self.session, SYSTEM, "here", "labels", path, now=NOW, rng=Random(1))

    def export(self, name: str, verdict: Any = None) -> tuple[Path, dict[str, Any]]:
        out = self.folder / f"{name}-{verdict}"
        options = ExportOptions(verdict=verdict)
        report = exporting.export(self.session, SYSTEM, "here", name, out, now=NOW, test_share=0, options=options)
        return out, report


def lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


# Rankings -------------------------------------------------------------------------------------------------------------


def ranked(session: Session, folder: Path, *orders: str) -> Team:
    """One item a word list: `"abc bac"` is two people's orders, the best first; `"(ab)c"` is a tie."""
    team = Team(session, folder, "ranking")
    answers: Answers = {}
    for n, by in enumerate(orders):
        responses = {name: {"text": f"text {name}"} for name in sorted(set(by) & set("abcd"))}
        an_item(session, team.project, f"r{n}", payload={"prompt": f"Prompt {n}", "responses": responses})
        answers[f"r{n}"] = {f"p{m}": {"ranks": _ranks(order)} for m, order in enumerate(by.split())}
    team.take(answers)
    return team


def _ranks(order: str) -> dict[str, int]:
    ranks, place, tied = {}, 0, False
    for sign in order:
        if sign in "()":
            tied = sign == "("
            place += tied
        else:
            place += not tied
            ranks[sign] = place
    return ranks


def test_each_pair_of_a_ranking_has_its_own_majority(session: Session, tmp_path: Path) -> None:
    """Three people, three orders: none is the commonest, but every pair has a majority."""
    out, report = ranked(session, tmp_path, "abc acb bac").export("trl-preference")
    rows = {(row["chosen"][-1], row["rejected"][-1]): row for row in lines(out / "train.jsonl")}
    assert set(rows) == {("a", "b"), ("a", "c"), ("b", "c")}
    assert report["left_out"] == {}
    assert report["pairs"] == {"total": 3, "in_rows": 3, "left_out": {}}
    origins = {line["row"]: line for line in lines(out / "side/provenance.jsonl")}
    found = {pair: origins[row["meta"]["row"]] for pair, row in rows.items()}
    assert found["a", "b"]["votes"] == [{"value": "a", "count": 2}, {"value": "b", "count": 1}]
    assert (found["a", "c"]["source"], found["a", "c"]["votes_for"], found["a", "c"]["answers"]) == ("unanimous", 3, 3)
    assert found["b", "c"]["method"] == "pairwise_majority"
    assert found["b", "c"]["probability"] == pytest.approx(2 / 3)
    assert rows["a", "b"]["margin"] == pytest.approx((1 / 2 + 2 / 2) / 2)


def test_tied_and_open_pairs_are_counted_and_kept_aside(session: Session, tmp_path: Path) -> None:
    out, report = ranked(session, tmp_path, "(ab)c (ab)c", "abc bac").export("trl-preference")
    assert report["pairs"] == {"total": 6, "in_rows": 4, "left_out": {"tie": 1, "unresolved": 1}}
    assert report["items"] == {"total": 2, "in_rows": 2, "left_out": {}}
    (tie,), (unresolved,) = lines(out / "side/ties.jsonl"), lines(out / "side/unresolved.jsonl")
    assert (tie["item"], tie["pair"], tie["votes"]) == ("r0", ["a", "b"], {"tie": 2})
    assert (unresolved["item"], unresolved["votes"], unresolved["margin"]) == ("r1", {"a": 1, "b": 1}, 0.0)


def test_majorities_that_go_round_are_counted_and_said(session: Session, tmp_path: Path) -> None:
    out, report = ranked(session, tmp_path, "abc bca cab", "abc abc abc").export("trl-preference")
    assert (report["cycles"], report["rows_total"]) == (1, 6)
    assert {line["item"]: line["cycle"] for line in lines(out / "side/provenance.jsonl")} == {"r0": True, "r1": False}
    assert "Rankings with cyclic majorities (a over b, b over c, c over a): 1." in (out / "README.md").read_text()


def test_of_two_hundred_rankings_none_is_unresolved_where_every_pair_has_a_majority(
    session: Session, tmp_path: Path
) -> None:
    """Five people who swap neighbours: the commonest whole order is often shared, the pairs are clear."""
    rng = Random(7)
    items = [noisy_orders(rng, people=5) for _ in range(200)]
    assert sum(map(has_no_commonest, items)) > 40
    wins = [majorities(by) for by in items]
    out, report = ranked(session, tmp_path, *map(" ".join, items)).export("trl-preference")
    assert report["items"] == {"total": 200, "in_rows": 200, "left_out": {}}
    assert report["pairs"] == {"total": 1200, "in_rows": 1200, "left_out": {}}
    assert "unresolved.jsonl" not in {path.name for path in out.rglob("*")}
    found: dict[str, set[tuple[str, str]]] = {}
    origins = {line["row"]: line["item"] for line in lines(out / "side/provenance.jsonl")}
    for row in lines(out / "train.jsonl"):
        found.setdefault(origins[row["meta"]["row"]], set()).add((row["chosen"][-1], row["rejected"][-1]))
    assert [found[f"r{n}"] for n in range(200)] == wins
    round_ones = {f"r{n}" for n, won in enumerate(wins) if goes_round(won)}
    assert len(round_ones) == report["cycles"] > 0
    assert {line["item"] for line in lines(out / "side/provenance.jsonl") if line["cycle"]} == round_ones
    assert f"c over a): {len(round_ones)}." in (out / "README.md").read_text("utf-8")


def noisy_orders(rng: Random, people: int) -> list[str]:
    truth, orders = rng.sample("abcd", 4), []
    for _ in range(people):
        order = list(truth)
        for _ in range(rng.randint(0, 4)):
            at = rng.randrange(3)
            order[at], order[at + 1] = order[at + 1], order[at]
        orders.append("".join(order))
    return orders


def has_no_commonest(orders: list[str]) -> bool:
    counts = [count for _, count in Counter(orders).most_common(2)]
    return len(counts) == 2 and counts[0] == counts[1]


def majorities(orders: list[str]) -> set[tuple[str, str]]:
    """Of strict orders by an odd number of people each pair has one."""
    over = {
        (one, other): sum(by.index(one) < by.index(other) for by in orders) for one, other in permutations("abcd", 2)
    }
    return {pair for pair, count in over.items() if count > len(orders) / 2}


def goes_round(won: set[tuple[str, str]]) -> bool:
    """Whether no order of the four has all that won before what they beat."""
    return not any(all(by.index(one) < by.index(other) for one, other in won) for by in permutations("abcd"))


def test_responses_that_won_as_often_as_they_lost_are_counted_for_kto(session: Session, tmp_path: Path) -> None:
    _, report = ranked(session, tmp_path, "abc").export("trl-kto")
    assert report["responses"] == {"total": 3, "in_rows": 2, "left_out": {"balanced": 1}}


def test_a_cycle_is_found_behind_responses_that_are_in_none() -> None:
    def beats(one: str, other: str) -> PairVotes:
        return PairVotes(one, other, 2, 1, 0)

    chain = [beats("a", "b"), beats("b", "c"), beats("a", "c")]
    assert not has_cycle(chain)
    assert has_cycle([*chain, beats("c", "d"), beats("d", "e"), beats("e", "c")])
    assert not has_cycle([*chain, PairVotes("c", "a", 1, 1, 0), PairVotes("c", "b", 0, 0, 2)])


# Which verdict --------------------------------------------------------------------------------------------------------


def one_who_knows(session: Session, folder: Path, *, gold: int) -> Team:
    """Two people guess alike and wrong half of the time; one is always right, as gold shows where there is some."""
    team = Team(session, folder, "classification", {"labels": [{"id": "yes"}, {"id": "no"}]})
    rng, answers = Random(3), {}
    for n in range(160):
        truth = "yes" if n % 2 else "no"
        item = an_item(session, team.project, f"c{n}", payload={"prompt": f"Prompt {n}", "response": "So."})
        wrong = "no" if truth == "yes" else "yes"
        said = {"knows": truth, "one": rng.choice([truth, wrong]), "two": rng.choice([truth, wrong])}
        answers[f"c{n}"] = {who: {"labels": [label]} for who, label in said.items()}
        if n < gold:
            a_gold(session, item, {"labels": [truth]}, use="reference")
    team.take(answers)
    return team


def test_the_recommended_verdict_is_exported_once_gold_speaks_for_it(session: Session, tmp_path: Path) -> None:
    team = one_who_knows(session, tmp_path, gold=80)
    recommended = quality(session, SYSTEM, "here")["targets"]["labels"]["recommended"]
    out, report = team.export("trl-prompt")
    told = report["verdict"]
    assert (told["used"], told["asked"], told["method"], told["gold_items"]) == ("recommended", None, recommended, 80)
    assert told["accuracy"] > 0.9
    origins = {line["item"]: line for line in lines(out / "side/provenance.jsonl")}
    overruled = [line for line in origins.values() if line["votes_for"] == 1]
    assert len(overruled) > 10
    assert all(line["source"] == "recommended" and line["method"] == recommended for line in overruled)
    assert all(0.5 <= line["probability"] <= 1 for line in origins.values())
    assert f"Rule for verdicts: recommended (method `{recommended}`, correct on" in (out / "README.md").read_text(
        "utf-8"
    )


@pytest.mark.parametrize(
    ("gold", "asked", "used"),
    [(0, None, "majority"), (10, None, "majority"), (80, "majority", "majority"), (0, "recommended", "recommended")],
)
def test_without_gold_the_majority_counts_unless_another_is_asked_for(
    gold: int, asked: Any, used: str, session: Session, tmp_path: Path
) -> None:
    out, report = one_who_knows(session, tmp_path, gold=gold).export("trl-prompt", asked)
    assert (report["verdict"]["used"], report["verdict"]["asked"]) == (used, asked)
    if used == "majority":
        origins = lines(out / "side/provenance.jsonl")
        assert all(line["votes_for"] >= 2 and line["probability"] == line["votes_for"] / 3 for line in origins)


def test_review_only_exports_what_reviewers_settled_and_counts_the_rest(session: Session, tmp_path: Path) -> None:
    team = one_who_knows(session, tmp_path, gold=0)
    item = an_item(session, team.project, "settled", payload={"prompt": "Settled", "response": "So."})
    a_verdict(session, item, {"labels": ["yes"]})
    out, report = team.export("trl-prompt", "review-only")
    assert [row["prompt"] for row in lines(out / "train.jsonl")] == ["Settled"]
    assert report["items"] == {"total": 161, "in_rows": 1, "left_out": {"not_reviewed": 160}}


# Agreement ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["trl-preference", "answers-jsonl"])
def test_agreement_on_the_card_is_the_reports_own_whatever_was_reviewed(
    name: str, session: Session, tmp_path: Path
) -> None:
    team = Team(session, tmp_path, "pairwise")
    answers: Answers = {}
    for n in range(12):
        item = an_item(session, team.project, f"p{n}")
        first, second = item.payload["responses"]
        answers[f"p{n}"] = {"mei": {"preferred": first}, "raj": {"preferred": second if n < 6 else first}}
        if n < 5:
            a_verdict(session, item, {"preferred": first})
    team.take(answers)
    reported = quality(session, SYSTEM, "here")["targets"]["preferred"]["agreement"]
    out, report = team.export(name)
    assert (report["agreement"]["percent"], report["agreement"]["pairs"]) == (reported["percent"], reported["pairs"])
    assert (report["agreement"]["percent"], report["agreement"]["pairs"]) == (0.5, 12)
    assert report["agreement"]["alpha"] == reported["alpha"]
    card = (out / "README.md").read_text("utf-8")
    assert "before review: 50.0% of pairs of answers to the same item agree (pairs: 12)" in card
