# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the variables refuse of a setting before a release, the server would refuse, and nothing else."""

from __future__ import annotations

import pytest
from support import REPOSITORY

from model_server.process.settings import SETTINGS

TEXTS = (
    "",
    "0",
    "1",
    "2",
    "-1",
    "0.5",
    "many",
    "10",
    "99999999999999",
    " 5 ",
    "1e2",
    "true",
    "No",
    "on",
    "maybe",
    "debug",
)
TEXTS += ("Minor", "strict", "nan", "inf", "256", "257")
# Held by constraints of their own.
ELSEWHERE = {"SERVER_PORT", "SERVER_OPERATIONS_PORT", "SERVER_GRPC_PORT", "SERVER_DRAIN_SECONDS"}


@pytest.fixture
def misfit():
    given: dict = {}
    exec((REPOSITORY / "plugins/module_utils/variables/server_settings.py").read_text(), given)
    return given["misfit"]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.variable)
def test_the_variables_refuse_what_the_server_refuses(setting, misfit) -> None:
    def taken(text: str) -> bool:
        try:
            setting.parse(text)
        except ValueError:
            return False
        return True

    if setting.variable in ELSEWHERE:
        assert not any(misfit(setting.variable, text) for text in TEXTS)
        return
    assert {text: not misfit(setting.variable, text) for text in TEXTS} == {text: taken(text) for text in TEXTS}
