# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Models are made ready."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputClassifier

from model_server.inference.warm_up import prepare
from model_server.models.description import describe
from model_server.models.model import Model, ModelError

ROWS = np.random.default_rng(9).normal(size=(40, 2))
LABELS = (ROWS[:, 0] > 0).astype(int)


def model(estimator: object, example: list | None = None) -> Model:
    return describe("m", "1", "d" * 64, {"sklearn_version": "1", "example": example}, estimator)


def test_each_method_has_a_plan() -> None:
    ready = model(LogisticRegression().fit(ROWS, LABELS))
    prepare(ready)
    alone = dict.fromkeys(("predict_log_proba", "decision_function"), "estimator, apart")
    assert ready.plan_names == {"predict": "fast, products apart", "predict_proba": "fast, products apart", **alone}
    assert ready.results["predict"] == (np.int64, ())
    assert ready.results["decision_function"] == (np.float64, ())


class Summed(LogisticRegression):
    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return super().predict_proba(X).sum(axis=0)


def test_a_method_without_an_entry_for_each_row_is_dropped_and_the_log_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ready = model(Summed().fit(ROWS, LABELS), ROWS[:5].tolist())
    prepare(ready)
    assert "predict_proba" not in ready.methods
    assert (
        "model m version 1: predict_proba is not served: its result has not one entry for each row" in caplog.messages
    )


def test_probabilities_of_several_outputs_are_served() -> None:
    ready = model(MultiOutputClassifier(LogisticRegression()).fit(ROWS, np.column_stack([LABELS, 1 - LABELS])))
    prepare(ready)
    assert ready.results == {"predict": (np.int64, (2,)), "predict_proba": (np.float64, (2, 2))}


def test_names_that_no_client_can_be_shown_are_refused() -> None:
    """As pandas has them of a file whose wrong bytes were kept. Each answer that names a column would fail."""
    frame = pd.DataFrame(ROWS, columns=["age", "caf\udce9"])
    with pytest.raises(ModelError, match="model m version 1: the names of its columns cannot be shown to clients"):
        prepare(model(LogisticRegression().fit(frame, LABELS)))


@pytest.mark.parametrize(
    ("example", "message"),
    [
        ([[1.0]], r"model m version 1: model.json's example\[0\]: 1 values, the model takes 2"),
        ([["a", 1.0]], r"example\[0\]\[0\]: expected a number, got text"),
    ],
)
def test_an_example_that_the_model_cannot_take_is_refused(example: list, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        prepare(model(LinearRegression().fit(ROWS, LABELS), example))


class Failing(LinearRegression):
    def predict(self, X: np.ndarray) -> np.ndarray:
        raise RuntimeError("no disk")


def test_a_model_that_fails_on_its_example_is_refused() -> None:
    with pytest.raises(ModelError, match="model m version 1: predict fails on its example: no disk"):
        prepare(model(Failing().fit(ROWS, LABELS)))
