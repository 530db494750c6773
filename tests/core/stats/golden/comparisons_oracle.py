"""Writes comparisons.json: Bradley-Terry scores of `evalica` 0.4.2 and `choix` 0.4.1 on made-up votes. Run in an
environment that has them; they are no dependencies of ours."""

import json
from pathlib import Path

import choix
import evalica
import numpy as np

rows = []
for seed, (models, n, ties) in enumerate([(2, 30, 0.0), (5, 200, 0.0), (8, 600, 0.25)]):
    rng = np.random.default_rng(seed)
    score = rng.normal(0, 1, models)
    pairs = np.array([rng.choice(models, 2, replace=False) for _ in range(n)])
    left_wins = rng.random(n) < 1 / (1 + np.exp(score[pairs[:, 1]] - score[pairs[:, 0]]))
    outcome = np.where(rng.random(n) < ties, 2, np.where(left_wins, 0, 1))
    said = [(evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw)[code] for code in outcome]
    found = evalica.bradley_terry(pairs[:, 0].tolist(), pairs[:, 1].tolist(), said, tolerance=1e-14, limit=100000)
    logs = np.log([found.scores[model] for model in range(models)])
    row = {"left": pairs[:, 0].tolist(), "right": pairs[:, 1].tolist(), "outcome": outcome.tolist(), "models": models}
    row["evalica"] = (logs - logs.mean()).tolist()
    if ties == 0:
        wins = [(a, b) if code == 0 else (b, a) for (a, b), code in zip(pairs.tolist(), outcome, strict=True)]
        row["choix"] = choix.opt_pairwise(models, wins, alpha=0, tol=1e-14).tolist()
    rows.append(row)
Path(__file__).with_name("comparisons.json").write_text(json.dumps(rows) + "\n")
