# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A joblib file says what it holds, whatever it is compressed with, and no code of it runs."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from ansible_collections.modelops.serving.plugins.module_utils.image import pickled

ROWS = np.array([[0, 1.5], [1, 2.5], [2, 0.5], [3, 1.0]] * 6)
TEXTS = np.array(["no", "yes"] * 12, dtype=object)
MODELS = [
    LinearRegression().fit(ROWS, ROWS[:, 0]),
    make_pipeline(make_column_transformer((OneHotEncoder(), [0])), RandomForestClassifier(3)).fit(ROWS, TEXTS),
    HistGradientBoostingClassifier(max_iter=2).fit(ROWS, TEXTS),
]


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_the_version_and_the_kind_are_read_whatever_it_is_compressed_with(tmp_path: Path, model, compress):
    for protocol in (2, 4, 5):
        joblib.dump(model, tmp_path / "m.joblib", compress=compress, protocol=protocol)
        with open(tmp_path / "m.joblib", "rb") as file:
            found = pickled.read(file)
        kind = f"{type(model).__module__}.{type(model).__name__}"
        assert (found.sklearn_version, found.kind, found.of_scripts) == (sklearn.__version__, kind, [])


class Runs:
    def __init__(self, path: str):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_no_code_of_the_file_runs(tmp_path: Path):
    written = BytesIO()
    joblib.dump(Runs(str(tmp_path / "made")), written)
    assert f"{os.name}.mkdir" in pickled.read(BytesIO(written.getvalue())).names
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("content", [b"", b"no pickle", b"\x80\x04cut", b"\x78\x9cbroken", b"\x04\x22\x4d\x18lz4"])
def test_what_cannot_be_read_is_not_known(content):
    assert pickled.read(BytesIO(content)) is None
