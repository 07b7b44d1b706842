# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A changed store is served without a failed request; a broken one changes nothing."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
import train
from support import ROW, Server


@pytest.fixture
def store(tmp_path: Path, iris_store: Path) -> Path:
    """A copy of the store that the test may change."""
    return Path(shutil.copytree(iris_store, tmp_path / "models"))


def test_new_version_is_taken_over_without_a_failed_request(store: Path) -> None:
    with Server(store, MODEL_RELOAD_SECONDS="0.2", SERVER_ACCESS_LOG="false") as server:
        estimator, about = train.train()
        train.write(estimator, about, store / "iris" / "2")
        seen, end = set(), time.monotonic() + 30
        while "2" not in seen and time.monotonic() < end:
            answer = server.post("/predict", ROW)
            assert answer.status == 200
            seen.add(answer.json["version"])
        assert seen == {"1", "2"}
        assert server.get("/v2/models/iris").json["versions"] == ["1", "2"]
        assert server.get("/v2/models/iris/versions/1/ready").status == 200
        # A broken one is reported, and what was served goes on.
        (store / "iris" / "2" / "model.skops").write_bytes(b"broken")
        while not any("is not used" in line["message"] for line in server.lines()):
            assert time.monotonic() < end + 30
            time.sleep(0.1)
        assert server.post("/predict", ROW).json["version"] == "2"
