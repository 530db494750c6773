"""One oracle's time on labels in a file: `bench.quality` runs this in an environment of its own, which has the libraries.

It uses nothing of ours: that environment has none of our dependencies.
"""

import json
import sys
import time
import types
from collections.abc import Callable
from typing import Any

import numpy as np

RESAMPLES = 20
"""Of evalica's bootstrap; a thousand, which its intervals take, would last minutes."""


def dawid_skene(data: Any) -> Callable[[], Any]:
    stand_in = types.ModuleType("transformers")  # crowd-kit's text methods want it; this one does not
    stand_in.PreTrainedTokenizer = stand_in.PreTrainedModel = object  # type: ignore[attr-defined]
    sys.modules["transformers"] = stand_in
    import pandas as pd
    from crowdkit.aggregation.classification.dawid_skene import DawidSkene

    rows = pd.DataFrame({"task": data["item"], "worker": data["person"], "label": data["code"]})
    return lambda: DawidSkene(n_iter=100, tol=1e-5).fit(rows)


def ordinal_alpha(data: Any) -> Callable[[], Any]:
    import krippendorff

    items, classes = int(data["item"].max()) + 1, int(data["code"].max()) + 1
    counts = np.bincount(data["item"] * classes + data["code"], minlength=items * classes).reshape(items, classes)
    return lambda: krippendorff.alpha(
        value_counts=counts, level_of_measurement="ordinal", value_domain=np.arange(classes)
    )


def bradley_terry(data: Any) -> Callable[[], Any]:
    import evalica

    winners = [evalica.WINNERS[code] for code in ("X", "Y", "Draw")] if isinstance(evalica.WINNERS, dict) else [
        evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw
    ]  # fmt: skip
    left, right = data["left"].tolist(), data["right"].tolist()
    said = [winners[code] for code in data["outcome"].tolist()]
    return lambda: evalica.bootstrap(
        evalica.bradley_terry, left, right, said, n_resamples=RESAMPLES, bootstrap_method="percentile", random_state=1
    )


ORACLES: dict[str, Callable[[Any], Callable[[], Any]]] = {
    "dawid_skene": dawid_skene, "ordinal_alpha": ordinal_alpha, "bradley_terry": bradley_terry,
}  # fmt: skip


def main(name: str, path: str) -> None:
    """The best of three runs: the first also loads what it needs."""
    run, costs = ORACLES[name](dict(np.load(path))), []
    for _ in range(3):
        cpu = time.process_time()
        run()
        costs.append(time.process_time() - cpu)
    print(json.dumps({"cpu": min(costs)}))


if __name__ == "__main__" and len(sys.argv) > 1:
    main(*sys.argv[1:])
