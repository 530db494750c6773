"""Writes agreement.json: what `krippendorff` 0.9.0 says about made-up labels. Run in an environment that has it; it is no
dependency of ours."""

import json
from pathlib import Path

import krippendorff
import numpy as np

SHAPES = [(2, 2, 2, 0.0), (30, 4, 3, 0.3), (50, 3, 5, 0.4), (40, 6, 7, 0.6), (12, 2, 2, 0.0)]


def world(seed, items, people, classes, missing):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, items)
    said = np.where(rng.random((items, people)) < 0.7, truth[:, None], rng.integers(0, classes, (items, people)))
    return np.where(rng.random((items, people)) < missing, -1, said)


def figures(said, classes):
    counts = np.stack([(said == code).sum(axis=1) for code in range(classes)], axis=1)
    for level in ("nominal", "ordinal", "interval"):
        with np.errstate(invalid="ignore"):
            found = krippendorff.alpha(value_counts=counts, level_of_measurement=level, value_domain=np.arange(classes))
        yield level, None if np.isnan(found) else float(found)


rows = []
for seed, (items, people, classes, missing) in enumerate(SHAPES):
    said = world(seed, items, people, classes, missing)
    rows.append({"labels": said.tolist(), "classes": classes, **dict(figures(said, classes))})
Path(__file__).with_name("agreement.json").write_text(json.dumps(rows) + "\n")
