# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Late imports are on with the versions of the lock, and off with others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import REPOSITORY, ROW, Server

from model_server.models import tested_versions
from model_server.models.lazy_imports import PACKAGES
from model_server.models.tested_versions import TESTED, others


def test_they_are_those_of_the_lock() -> None:
    lock = (REPOSITORY / "server" / "requirements.txt").read_text()
    for name, versions in TESTED.values():
        assert set(re.findall(rf"^{name.replace('_', '-')}==(\S+)", lock, re.MULTILINE)) == versions, name
    assert {package.partition(".")[0] for package in PACKAGES} == set(TESTED)


def test_here_they_are_the_tested_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    assert others() == []
    monkeypatch.setitem(TESTED, "scipy", ("scipy", {"1.0.0"}))
    monkeypatch.setitem(TESTED, "nowhere", ("nowhere", {"1.0.0"}))
    assert others() == [f"scipy {tested_versions.installed('scipy')}", "nowhere of an unknown version"]


# A server that believes that another version of scipy was tested.
OTHER = """
from model_server.models.tested_versions import TESTED
TESTED["scipy"] = ("scipy", {"1.0.0"})
import runpy
runpy.run_module("model_server", run_name="__main__")
"""


@pytest.mark.parametrize(("program", "settings"), [(OTHER, {}), (None, {"SERVER_LATE_IMPORTS": "false"})])
def test_without_them_the_same_is_answered(iris: Server, iris_store: Path, program: str | None, settings: dict) -> None:
    command = ("-m", "model_server") if program is None else ("-c", program)
    with Server(iris_store, command=command, **settings) as server:
        told = [line["message"] for line in server.lines() if "late imports" in line["message"]]
        assert [message[:56] for message in told] == (
            [] if program is None else ["late imports are off, they were not tested with scipy 1."]
        )
        asked = {**ROW, "method": "predict_proba"}
        assert server.post("/predict", asked).json == iris.post("/predict", asked).json
        maps = Path(f"/proc/{server.process.pid}/maps").read_text()
        assert "_stats_pythran" in maps  # a part of scipy that late imports leave out
