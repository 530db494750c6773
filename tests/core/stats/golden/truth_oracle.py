"""Writes truth.json: posteriors of `crowd-kit` 1.4.2 and `cleanlab` 2.9.0 on made-up labels. Run in an environment that
has them; they are no dependencies of ours."""

import json
import sys
import types
from pathlib import Path

import numpy as np
import pandas as pd

for name in ("transformers",):  # crowd-kit's text methods want it; the ones used here do not
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].PreTrainedTokenizer = sys.modules[name].PreTrainedModel = object

from cleanlab import multiannotator  # noqa: E402
from crowdkit.aggregation.classification.dawid_skene import DawidSkene, OneCoinDawidSkene  # noqa: E402

SHAPES = [(40, 6, 2, 0.3), (60, 8, 4, 0.5), (25, 3, 3, 0.0)]


def world(seed, items, people, classes, missing):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, items)
    skill = rng.uniform(0.5, 0.95, people)
    said = np.where(rng.random((items, people)) < skill, truth[:, None], rng.integers(0, classes, (items, people)))
    gone = rng.random((items, people)) < missing
    gone[:, 0] = False
    model = rng.dirichlet(np.ones(classes), items) * 0.5 + np.eye(classes)[truth] * 0.5
    return np.where(gone, -1, said), model


def crowd_kit(said):
    item, person = np.nonzero(said >= 0)
    rows = pd.DataFrame({"task": item, "worker": person, "label": said[item, person]})
    for method in (DawidSkene, OneCoinDawidSkene):
        found = method().fit(rows)
        yield found.probas_.sort_index().sort_index(axis=1).to_numpy().tolist(), len(found.loss_history_)


def cleanlab(said, model):
    """The posterior step, from majority's consensus."""
    given = np.where(said < 0, np.nan, said)
    consensus = multiannotator.get_majority_vote_label(given, model, verbose=False)
    agreement = np.nanmean(np.where(np.isnan(given), np.nan, given == consensus[:, None]), axis=1)
    many = (~np.isnan(given)).sum(axis=1)
    step = multiannotator._get_post_pred_probs_and_weights
    found, _, _ = step(given, consensus, model, many, agreement, "crowdlab", False)
    return found.tolist()


rows = []
for seed, shape in enumerate(SHAPES):
    said, model = world(seed, *shape)
    model = model.round(9)
    ds, coin = crowd_kit(said)
    row = {"labels": said.tolist(), "classes": shape[2], "model": model.tolist()}
    rows.append({**row, "dawid_skene": ds, "one_coin": coin, "crowdlab": cleanlab(said, model)})
Path(__file__).with_name("truth.json").write_text(json.dumps(rows) + "\n")
