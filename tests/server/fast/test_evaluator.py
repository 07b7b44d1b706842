# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evaluators run for some rows at a time."""

from __future__ import annotations

import numpy as np

from model_server.fast.evaluator import Evaluator


def test_rows_are_cut_and_put_together_again() -> None:
    sizes: list[int] = []

    def run(rows: np.ndarray) -> np.ndarray:
        sizes.append(len(rows))
        return rows * 2

    doubled_plus_one = Evaluator(run, rows_at_once=3, max_rows=64).then(lambda values: values + 1)
    rows = np.arange(7.0)
    assert doubled_plus_one.run(rows).tolist() == (rows * 2 + 1).tolist()
    assert sizes == [3, 3, 1]
    assert doubled_plus_one.max_rows == 64


def test_at_least_one_row_at_a_time() -> None:
    alone = Evaluator(lambda rows: rows, rows_at_once=0, max_rows=64).then(lambda values: values)
    assert alone.run(np.arange(3.0)).tolist() == [0, 1, 2]
