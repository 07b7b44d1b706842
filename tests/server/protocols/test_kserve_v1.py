# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The V1 inference protocol."""

from __future__ import annotations

from sklearn.datasets import load_iris
from support import Server

ROWS = load_iris().data[[0, 50, 100]].tolist()
SPECIES = ["setosa", "versicolor", "virginica"]


def test_v1(iris: Server) -> None:
    assert iris.get("/v1/models/iris").json == {"name": "iris", "ready": True}
    assert iris.post("/v1/models/iris:predict", {"instances": ROWS}).json == {"predictions": SPECIES}


def test_another_method_is_not_passed_over(iris: Server) -> None:
    """Labels in the place of probabilities would be taken for them."""
    asked = {"instances": ROWS, "method": "predict_proba"}
    for path, body in (("/v1/models/iris:predict", asked), ("/invocations", asked)):
        answer = iris.post(path, body)
        assert answer.status == 422 and "only /predict" in answer.json["error"]
    assert iris.post("/v1/models/iris:predict", {**asked, "method": "predict"}).json == {"predictions": SPECIES}
