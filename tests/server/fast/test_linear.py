# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Linear models: which of them have faster functions."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from model_server.fast.compiler import compile_methods


def test_a_linear_classifier_with_scores_of_its_own_has_no_shorter_way() -> None:
    class Own(LogisticRegression):
        def decision_function(self, X: np.ndarray) -> np.ndarray:
            return -super().decision_function(X)

    rows, labels = np.arange(8.0).reshape(4, 2), [0, 0, 1, 1]
    assert compile_methods(LogisticRegression().fit(rows, labels)).keys() == {"predict", "predict_proba"}
    assert compile_methods(Own().fit(rows, labels)) == {}


def test_a_subclass_of_ones_own_has_no_shorter_way() -> None:
    class Shifted(Ridge):
        def _decision_function(self, X: np.ndarray) -> np.ndarray:
            return super()._decision_function(X) + 1

    rows = np.arange(8.0).reshape(4, 2)
    assert compile_methods(Ridge().fit(rows, rows[:, 0])).keys() == {"predict"}
    assert compile_methods(Shifted().fit(rows, rows[:, 0])) == {}
