# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scalers give every bit of scikit-learn's own answer."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler

from model_server.fast.scalers import scaler_step
from model_server.inference.plans import same

ROWS = np.random.default_rng(2).normal(3, 7, size=(60, 4))
SWITCHES = list(product((True, False), repeat=2))


@pytest.mark.parametrize(
    "scaler",
    [
        *(StandardScaler(with_mean=mean, with_std=scale) for mean, scale in SWITCHES),
        *(RobustScaler(with_centering=center, with_scaling=scale) for center, scale in SWITCHES),
        *(MaxAbsScaler(), MinMaxScaler(), MinMaxScaler((-3, 5))),
    ],
    ids=str,
)
def test_same_bits_and_the_rows_stay(scaler: BaseEstimator) -> None:
    scaler.fit(ROWS[:30])
    rows = ROWS[30:].copy()
    assert same(scaler_step(scaler)(rows, None), scaler.transform(rows))
    assert np.array_equal(rows, ROWS[30:])


def test_passthrough() -> None:
    assert scaler_step("passthrough")(ROWS, None) is ROWS


class Own(StandardScaler):
    """Not scikit-learn's: its transform may be another."""


Own.__name__ = "StandardScaler"


@pytest.mark.parametrize("other", [MinMaxScaler(clip=True), PolynomialFeatures(), Own()], ids=str)
def test_others_have_no_step(other: BaseEstimator) -> None:
    assert scaler_step(other.fit(ROWS)) is None
