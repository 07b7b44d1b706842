# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which types in a skops file are trusted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import train
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from support import Server


def test_ufuncs_are_trusted_as_skops_does(tmp_path: Path) -> None:
    rows = np.arange(1.0, 13.0).reshape(4, 3)
    model = make_pipeline(FunctionTransformer(np.log1p), Ridge()).fit(rows, rows[:, 0])
    train.write(model, {"example": rows.tolist()}, tmp_path / "m" / "1")
    with Server(tmp_path) as server:
        answer = server.post("/predict", {"instances": rows.tolist()})
        assert answer.json["predictions"] == model.predict(rows).tolist()


def test_functions_that_are_no_ufuncs_are_not(tmp_path: Path) -> None:
    rows = np.arange(1.0, 13.0).reshape(4, 3)
    model = make_pipeline(FunctionTransformer(np.fromfile), RandomForestClassifier(2))
    model.steps[-1][1].fit(rows, [0, 1, 0, 1])
    train.write(model, {"example": rows.tolist()}, tmp_path / "m" / "1")
    server = Server(tmp_path)
    assert server.wait_exit() == 3
    assert "numpy.fromfile" in server.lines()[-1]["message"]
