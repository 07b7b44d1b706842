# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that nobody waits for any more stops, and is not kept from stopping its load."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from playbook_runs import ROOT

from ansible_collections.modelops.serving.plugins.module_utils.load_test.interruption import undisturbed

PROGRAM = """
import time
from ansible_collections.modelops.serving.plugins.module_utils.load_test.interruption import stop_when_unread
stop_when_unread()
print("ready", flush=True)
time.sleep(30)
"""


def started(stdout) -> subprocess.Popen:
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "collections"))
    return subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=stdout, env=environment)


def test_it_ends_when_the_reader_has_gone():
    child = started(subprocess.PIPE)
    assert child.stdout.readline() == b"ready\n"
    began = time.monotonic()
    child.stdout.close()
    assert child.wait(10) == -signal.SIGTERM
    assert time.monotonic() - began < 1.0


def test_it_goes_on_while_somebody_reads():
    child = started(subprocess.PIPE)
    assert child.stdout.readline() == b"ready\n"
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(1)
    child.kill()
    child.communicate()


def test_a_file_never_closes(tmp_path):
    with (tmp_path / "output").open("wb") as stream:
        child = started(stream)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(2)
        child.kill()
        child.wait()


def test_a_second_signal_does_not_cut_what_the_first_began():
    before = signal.getsignal(signal.SIGTERM)
    done = []
    with undisturbed():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        done.append("everything")
    assert done == ["everything"]
    assert signal.getsignal(signal.SIGTERM) == before
