# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Train the benchmark's models once: as joblib for the peers and as a model store for this server.

    python models.py FOLDER

Writes FOLDER/<name>.joblib, FOLDER/store/<name>/1 and FOLDER/bodies.json with the limits of a single process: `one` is
the seconds for predict on one request's rows, `batched` the rows a second for predict on 4096 rows.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "server"))

import train

IRIS, CANCER = load_iris(), load_breast_cancer()
# name: estimator, data, rows in a request
MODELS = {
    "iris-lr": (LogisticRegression(max_iter=1000), IRIS, 1),
    "forest": (RandomForestClassifier(100, random_state=0), CANCER, 1),
    "boosting": (HistGradientBoostingClassifier(random_state=0), CANCER, 1),
    "scaler-lr-64": (make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)), CANCER, 64),
}


def best_of(function, times: int = 200) -> float:
    """Seconds of the fastest of many calls."""
    best = float("inf")
    for _unused in range(times):
        begin = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - begin)
    return best


def main(folder: Path) -> None:
    bodies = {}
    for name, (estimator, data, count) in MODELS.items():
        estimator.fit(data.data, data.target)
        joblib.dump(estimator, folder / f"{name}.joblib")
        example = data.data[:: len(data.data) // 8].tolist()
        train.write(estimator, {"example": example}, folder / "store" / name / "1")
        constant = DummyClassifier(strategy="constant", constant=0).fit(data.data, data.target)
        train.write(constant, {"example": example}, folder / "store" / f"{name}-constant" / "1")
        rows = data.data[5 : 5 + count]
        many = np.resize(data.data, (4096, data.data.shape[1]))
        bodies[name] = {
            "rows": rows.tolist(),
            "one": best_of(lambda e=estimator, r=rows: e.predict(r)),
            "batched": 4096 / best_of(lambda e=estimator, m=many: e.predict(m), 20),
        }
    (folder / "bodies.json").write_text(json.dumps(bodies))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
