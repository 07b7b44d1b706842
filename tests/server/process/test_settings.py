# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Server


@pytest.fixture
def store(tmp_path: Path, iris_store: Path) -> Path:
    """A copy of the store that the test may change."""
    return Path(shutil.copytree(iris_store, tmp_path / "models"))


def test_wrong_setting_names_every_variable(start: Callable[..., Server], store: Path) -> None:
    server = start(store, SERVER_MAX_ROWS="many", LOG_LEVEL="LOUD")
    assert server.wait_exit() == 2
    message = server.lines()[-1]["message"]
    assert "SERVER_MAX_ROWS='many'" in message
    assert "LOG_LEVEL='LOUD'" in message
