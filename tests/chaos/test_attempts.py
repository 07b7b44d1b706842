# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from chaos.attempts import DONE, FAILED, MARK, REFUSED, STOPPED, at_work, outcome


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ({"changed": True}, DONE),
        ({"failed": True, "findings": [{"reason": "CrashLoop"}]}, FAILED),
        ({"failed": True, "msg": "no earlier revision has served"}, REFUSED),
        ({"failed": True, "msg": "interrupted; the lock was released. Run it again to continue."}, STOPPED),
    ],
)
def test_how_a_run_ended_is_in_what_it_said(said, how):
    assert outcome(json.dumps(said))[0] == how


def test_the_processes_of_a_run_are_found_in_whatever_session_they_are():
    mark = f"test-{os.getpid()}"
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, env={**os.environ, MARK: mark}, start_new_session=True
    ) as process:
        assert at_work(mark) == [process.pid]
        process.communicate(b"\n")
    assert at_work(mark) == []
