"""Quality: the engine beside its oracles, and the whole report from a real database: time, and memory at its peak.

`python -m bench.quality [oracles|report|page]`; the oracles' environment is made once, under the data folder. Times are those
of the processor, so that a busy machine says the same as a quiet one, as far as it can.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import orjson

from bench import quality_world
from bench.quality_oracles import RESAMPLES
from core.config import ROOT, Settings

TURNS = 3
WANTED = {
    "Dawid-Skene": 7, "ordinal alpha": 6, "Bradley-Terry with intervals": 10,
}  # fmt: skip
LIBRARIES = (
    "krippendorff==0.9.0",
    "evalica==0.4.2",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "attrs",
    "tqdm",
    "nltk",
)
ALONE = ("crowd-kit==1.4.2",)
"""Without what it depends on: its text methods would bring in a gigabyte."""
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
REPORTS: dict[str, tuple[Callable[[Path, int], Any], int, float, int]] = {
    "classification": (quality_world.classification, 100_000, 1.0, 1000),
    "pairwise with texts": (quality_world.pairs, 100_000, 1.0, 1000),
    "classification, large": (quality_world.classification, 1_000_000, 6.0, 1000),
}
"""What is reported on, labels, seconds and MB to stay below."""


@dataclass(frozen=True)
class Cost:
    wall: float
    cpu: float


def spent(work: Callable[[], Any]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def fresh_process(*arguments: str) -> list[Any]:
    """What each line of a new process says."""
    done = subprocess.run(
        [*arguments], cwd=ROOT, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return [orjson.loads(line) for line in done.stdout.splitlines()]


# Oracles --------------------------------------------------------------------------------------------------------------


def oracle_environment() -> Path:
    folder = Settings.from_env().data_dir / "bench" / "oracles"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print("making the oracles' environment, once", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        for libraries in (LIBRARIES, ("--no-deps", *ALONE)):
            subprocess.run([python, "-m", "pip", "install", "--quiet", *libraries], check=True)
        (folder / "complete").touch()
    return python


def ours(name: str, data: dict[str, Any]) -> Callable[[], Any]:
    """From the same columns as the oracle is given."""
    from core.stats import agreement, leaderboard, truth
    from core.stats.labels import Labels
    from core.stats.votes import Votes

    if name == "dawid_skene":
        return lambda: truth.dawid_skene(Labels.of(data["item"], data["person"], data["code"]))
    if name == "ordinal_alpha":
        labels = Labels.of(data["item"], data["person"], data["code"])
        assert labels.counts.size  # counted before, as for the oracle
        return lambda: agreement.alpha_ordinal(agreement.tabled(labels))
    votes = (data["left"], data["right"], data["outcome"], data["person"])
    return lambda: leaderboard.leaderboard(Votes.of(*votes, models=quality_world.MODELS))


def beside(python: Path, folder: Path, title: str, name: str, data: dict[str, Any], times: float = 1) -> None:
    """In turn, so that what else the machine does falls on both; each in a process of its own."""
    path = str(folder / f"{name}.npz")
    np.savez(path, **data)
    mine, theirs = [], []
    for _ in range(TURNS):
        mine.append(fresh_process(sys.executable, "-m", "bench.quality", "ours", name, path)[0]["cpu"])
        oracle = fresh_process(str(python), str(ROOT / "bench/quality_oracles.py"), name, path)[0]
        theirs.append(oracle["cpu"] * times)
    ratio = median(theirs) / median(mine)
    verdict = "as promised" if ratio >= WANTED[title] else "TOO LITTLE"
    print(
        f"{title:30} {median(mine):8.3f} s  oracle {median(theirs):8.3f} s  {ratio:7.1f} times, wanted {WANTED[title]} ({verdict})",
        flush=True,
    )


def timed(name: str, path: str) -> Iterator[dict[str, Any]]:
    """The best of three runs, as the oracle."""
    run = ours(name, dict(np.load(path)))
    yield {"cpu": min(spent(run).cpu for _ in range(3))}


def measure_oracles() -> None:
    python = oracle_environment()
    world = quality_world.said(1_000_000, 5)
    labels = {"item": world.item, "person": world.person, "code": world.code}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        beside(python, folder, "Dawid-Skene", "dawid_skene", labels)
        beside(python, folder, "ordinal alpha", "ordinal_alpha", labels)
        beside(python, folder, "Bradley-Terry with intervals", "bradley_terry", duels(100_000), 1000 / RESAMPLES)


def duels(many: int) -> dict[str, Any]:
    rng = np.random.default_rng(2)
    score = np.linspace(-1, 1, quality_world.MODELS)
    left = rng.integers(0, len(score), many)
    right = (left + rng.integers(1, len(score), many)) % len(score)
    won = rng.random(many) < 1 / (1 + np.exp(score[right] - score[left]))
    outcome = np.where(rng.random(many) < 0.15, 2, np.where(won, 0, 1))
    return {"left": left, "right": right, "outcome": outcome, "person": rng.integers(0, 40, many)}


# The report -----------------------------------------------------------------------------------------------------------


def measure_reports() -> None:
    with tempfile.TemporaryDirectory() as place:
        for title, (make, labels, seconds, megabytes) in REPORTS.items():
            database = str(make(Path(place), labels).url)
            first, warm = fresh_process(sys.executable, "-m", "bench.quality", "one", database)
            held = warm["cpu"] < seconds and warm["mb"] < megabytes
            print(
                f"{title:24} {labels:>9,} labels: {warm['cpu']:6.2f} s of CPU, {warm['wall']:6.2f} s in all; the first time "
                f"{first['cpu']:5.2f} s; {warm['mb']:,} MB at the peak ({'as promised' if held else 'TOO MUCH'})", flush=True,
            )  # fmt: skip


def one(database: str) -> Iterator[dict[str, Any]]:
    """The first report of a process, which also loads libraries, and the next."""
    from core.permissions import SYSTEM
    from core.services.quality import reporting
    from core.store.engine import engine_for, reading

    def assess() -> None:
        with reading(engine_for(database)) as session:
            reporting.assess(session, SYSTEM, quality_world.SLUG)

    for _ in range(2):
        cost = spent(assess)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        yield {"wall": cost.wall, "cpu": cost.cpu, "mb": peak}


# A page ---------------------------------------------------------------------------------------------------------------


def measure_page() -> None:
    """With 100,000 labels: a page of Insight whose figures are kept, beside one that has none."""
    with tempfile.TemporaryDirectory() as place:
        database = str(quality_world.classification(Path(place), 100_000).url)
        os.environ["DATABASE_URL"] = database
        for line in fresh_process(sys.executable, "-m", "bench.quality", "pages", database):
            print(f"{line['page']:24} {line['cpu'] * 1000:6.0f} ms of CPU a rerun", flush=True)


def pages(database: str) -> Iterator[dict[str, Any]]:
    from streamlit.testing.v1 import AppTest

    from core.permissions import SYSTEM, Actor, Role
    from core.services import people, sessions
    from core.services.quality import assessments
    from core.store.engine import engine_for, reading, transaction
    from ui import auth

    now = datetime.now(UTC)
    with transaction(engine_for(database)) as session:
        person = people.add(session, SYSTEM, now=now, name="lead", role="lead")
        actor = Actor(person.id, person.name, Role.LEAD)
        token = sessions.open_session(session, actor, now=now)
    auth.session_token = lambda: token  # a test of a page has no cookies
    with reading(engine_for(database)) as session:
        while assessments.current(session, actor, quality_world.SLUG, now=now).assessment is None:
            time.sleep(0.1)
        yield {
            "page": "figures that are kept",
            "cpu": spent(lambda: assessments.current(session, actor, quality_world.SLUG, now=now)).cpu,
        }
    app = AppTest.from_file(str(ROOT / "frame.py"), default_timeout=60).run()
    for page in ("today", "overview", "agreement", "annotators"):
        app.switch_page(f"pages/insight/{page}.py").run()
        cost = median(spent(app.run).cpu for _ in range(TURNS))
        assert not app.exception
        yield {"page": f"{page} ({len(app.get('plotly_chart'))} charts)", "cpu": cost}


INSIDE: dict[str, Callable[..., Iterator[dict[str, Any]]]] = {"one": one, "ours": timed, "pages": pages}
"""What a process of its own does."""
MEASUREMENTS = {"oracles": measure_oracles, "report": measure_reports, "page": measure_page}


def main(*arguments: str) -> None:
    if arguments and arguments[0] in INSIDE:
        for line in INSIDE[arguments[0]](*arguments[1:]):
            print(orjson.dumps(line).decode(), flush=True)
        return
    for name in arguments or MEASUREMENTS:
        MEASUREMENTS[name]()


if __name__ == "__main__":
    main(*sys.argv[1:])
