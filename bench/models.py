# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Train the benchmark's models once: as joblib for the peers and as a model store for this server.

    python models.py FOLDER

Writes FOLDER/<name>.joblib, FOLDER/store/<name>/1 and FOLDER/bodies.json with the rows of different requests,
and the limits of a single process: `one` is the seconds for predict on one request's rows, `batched` the rows a second
for predict on 4096 rows.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_breast_cancer, load_iris, make_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "server"))

import train

REQUESTS = 64
IRIS, CANCER = load_iris(), load_breast_cancer()
# As many rows, and as hard to tell apart, as make trees of about 1,950 leaves.
ROWS, CLASSES = make_classification(20_000, 30, n_informative=12, flip_y=0.09, random_state=0)
MANY = Bunch(data=ROWS, target=CLASSES)
# name: estimator, data, rows in a request
MODELS = {
    "iris-lr": (LogisticRegression(max_iter=1000), IRIS, 1),
    "forest": (RandomForestClassifier(100, random_state=0), CANCER, 1),
    "forest-large": (RandomForestClassifier(100, random_state=0), MANY, 1),
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
        starts = np.random.default_rng(0).integers(0, len(data.data) - count, REQUESTS)
        requests = [data.data[start : start + count] for start in starts]
        rows = requests[0]
        many = np.resize(data.data, (4096, data.data.shape[1]))
        bodies[name] = {
            "requests": [each.tolist() for each in requests],
            "one": best_of(lambda e=estimator, r=rows: e.predict(r)),
            "batched": 4096 / best_of(lambda e=estimator, m=many: e.predict(m), 20),
        }
    (folder / "bodies.json").write_text(json.dumps(bodies))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
