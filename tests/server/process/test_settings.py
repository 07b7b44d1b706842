# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Server

from model_server.process import settings


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


def test_every_default_can_be_read() -> None:
    read = settings.read({})
    assert (read.server_port, read.model_store, read.server_access_log) == (5000, "/models", True)
    assert set(vars(read)) == {setting.attribute for setting in settings.SETTINGS}


@pytest.mark.parametrize("variable", ["SERVER_TLS_CERTIFICATE_FILE", "SERVER_TLS_KEY_FILE"])
def test_a_certificate_needs_its_key(variable: str) -> None:
    with pytest.raises(settings.SettingsError, match="set both, or neither"):
        settings.read({variable: "/tls"})


def test_a_variable_that_is_no_setting_is_named_with_the_nearest() -> None:
    environment = {"SERVER_PROT": "1", "MODEL_X": "1", "MODEL_STORE": "/m", "OTHER": "1", "MODEL_API_PORT_80_TCP": "1"}
    assert settings.unknown(environment) == [
        "MODEL_X is not a setting; did you mean MODEL_NAME?",
        "SERVER_PROT is not a setting; did you mean SERVER_PORT?",
    ]
