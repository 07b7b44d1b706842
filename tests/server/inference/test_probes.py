# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows to try a model with."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from model_server.inference.plans import PROBES
from model_server.inference.probes import around, repeated
from model_server.inference.table import Table

ROWS = np.array([[100.0, 1.0], [110.0, 3.0], [120.0, 2.0]])


def test_the_example_repeated() -> None:
    rows = repeated(ROWS)
    assert len(rows) == PROBES
    assert np.array_equal(rows[:4], ROWS[[0, 1, 2, 0]])


def test_of_a_table_there_is_only_the_example() -> None:
    table = Table({"city": ["Rome", "Oslo"], "age": [1, 2]}, ("text", "number"))
    rows = around(table, SimpleNamespace())
    assert len(rows) == PROBES
    assert rows.columns["city"][:3] == ["Rome", "Oslo", "Rome"]


def test_rows_around_the_example_are_where_a_scaler_saw_data() -> None:
    estimator = make_pipeline(StandardScaler(), LinearRegression()).fit(ROWS, [1, 2, 3])
    rows = around(ROWS, SimpleNamespace(estimator=estimator, features=2, nullable=[False] * 2, precision=np.float64))
    assert rows.shape == (PROBES, 2)
    assert np.abs(np.median(rows, axis=0) - ROWS.mean(axis=0)).max() < 10
    assert len(np.unique(rows[:, 0])) > PROBES / 2


def test_no_negative_numbers_for_a_model_that_takes_none() -> None:
    estimator = MultinomialNB().fit(ROWS, [0, 1, 1])
    assert (
        around(ROWS, SimpleNamespace(estimator=estimator, features=2, nullable=[False] * 2, precision=np.float64)) >= 0
    ).all()


def test_some_values_are_missing_where_the_model_takes_that() -> None:
    estimator = make_pipeline(StandardScaler(), LinearRegression()).fit(ROWS, [1, 2, 3])
    rows = around(ROWS, SimpleNamespace(estimator=estimator, features=2, nullable=[True, False], precision=np.float64))
    assert PROBES / 50 < np.isnan(rows[:, 0]).sum() < PROBES / 10
    assert not np.isnan(rows[:, 1]).any()
