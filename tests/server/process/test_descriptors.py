# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limit of open files."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from support import ROW, Server

from model_server.process.descriptors import OTHERS, connections


@pytest.mark.parametrize(
    ("limits", "wanted", "raised", "room"),
    [
        ((1024, 4096), 2048, 2048 + OTHERS, 2048),
        ((1024, 1500), 2048, 1500, 1500 - OTHERS),
        ((1024, resource.RLIM_INFINITY), 2048, 2048 + OTHERS, 2048),
        ((4096, 4096), 2048, None, 2048),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), 2048, None, 2048),
    ],
)
def test_the_limit_is_raised_as_far_as_needed(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], wanted: int, raised: int | None, room: int
) -> None:
    set_to: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _which, new: set_to.append(new))
    assert connections(wanted) == room
    assert set_to == ([] if raised is None else [(raised, limits[1])])


def test_with_few_descriptors_there_are_fewer_connections(iris_store: Path) -> None:
    """Without that the server would try to accept at every turn, in vain."""
    program = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128));"
        "sys.argv[1:] = []; runpy.run_module('model_server', run_name='__main__')"
    )
    with Server(iris_store, command=("-c", program)) as server:
        (line,) = [line for line in server.lines() if "open files" in line["message"]]
        assert line["message"] == f"the limit of open files (ulimit -n) leaves room for {128 - OTHERS} connections"
        assert server.post("/predict", ROW).status == 200
