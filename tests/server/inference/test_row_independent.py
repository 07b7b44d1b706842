# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which estimators treat each row by itself."""

from __future__ import annotations

import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from model_server.inference.row_independent import treats_rows_alone

ROWS, LABELS = [[0.0, 1.0], [1.0, 0.0]], [0, 1]
COLUMNS = make_column_transformer((OneHotEncoder(), [0]))


class Own(RandomForestClassifier):
    """Not scikit-learn's: its predict may be another."""


@pytest.mark.parametrize(
    ("estimator", "alone"),
    [
        (RandomForestClassifier(2), True),
        (LogisticRegression(), False),
        (KNeighborsClassifier(1), False),
        (make_pipeline(StandardScaler(), RandomForestClassifier(2)), True),
        (make_pipeline(StandardScaler(), LogisticRegression()), False),
        (COLUMNS, True),
        (make_pipeline(COLUMNS, LogisticRegression()), False),
        (Own(2), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_of_estimators_and_those_inside_them(estimator, alone: bool) -> None:
    assert treats_rows_alone(estimator.fit(ROWS, LABELS)) == alone
