# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modules that are forks of one process are what new processes would be."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest

from ansible_collections.modelops.serving.plugins.plugin_utils import fork_server
from ansible_collections.modelops.serving.plugins.plugin_utils.forked import ForkServer

MODULE = "asked"
# In the place of a module: it does what it is told.
PROGRAM = """
import os, sys, time
import shared

told = sys.stdin.read()
if told == "show":
    print(os.getcwd(), os.environ.get("GIVEN"), shared.NUMBER, shared.LOADED_BY == os.getpid(), __name__)
    print("wörds", file=sys.stderr)
elif told == "end":
    sys.exit(3)
elif told == "fail":
    raise ValueError("odd")
else:
    open(told, "w").write(str(os.getpid()))
    time.sleep(20)
"""
SHARED = "import os\nNUMBER, LOADED_BY = 7, os.getpid()\n"


@pytest.fixture
def server(tmp_path, monkeypatch):
    (tmp_path / f"{MODULE}.py").write_text(PROGRAM)
    (tmp_path / "imports_shared.py").write_text("import shared\n")
    (tmp_path / "shared.py").write_text(SHARED)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    server = ForkServer([sys.executable, fork_server.__file__], "imports_shared")
    yield server
    server._control.close()
    assert server._process.wait(10) == 0


def run(server: ForkServer, told: str, **environment: str) -> dict | None:
    return server.run(MODULE, told.encode(), environment, "/")


def process_of(path) -> int:
    until = time.monotonic() + 10
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return int(path.read_text())


def test_a_fork_has_its_own_folder_environment_and_arguments(server, monkeypatch):
    monkeypatch.setenv("GIVEN", "by the run")
    assert run(server, "show") == {"stdout": "/ by the run 7 False __main__\n", "stderr": "wörds\n", "rc": 0}
    assert run(server, "show", GIVEN="by the task")["stdout"] == "/ by the task 7 False __main__\n"


def test_what_became_of_it_is_told(server):
    assert run(server, "end") == {"stdout": "", "stderr": "", "rc": 3}
    failed = run(server, "fail")
    assert (failed["rc"], failed["stderr"].splitlines()[-1]) == (1, "ValueError: odd")


def test_one_that_is_killed_is_told_as_such(server, tmp_path):
    path, answers = tmp_path / "process", []
    waiting = threading.Thread(target=lambda: answers.append(run(server, str(path))))
    waiting.start()
    os.kill(process_of(path), signal.SIGKILL)
    waiting.join(10)
    assert answers == [{"stdout": "", "stderr": "", "rc": -signal.SIGKILL}]


def test_many_at_once_get_their_own_answers(server):
    answers: dict[int, str] = {}
    threads = [
        threading.Thread(target=lambda n=n: answers.update({n: run(server, "show", GIVEN=str(n))["stdout"]}))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == {n: f"/ {n} 7 False __main__\n" for n in range(20)}


def test_it_is_told_to_end_when_who_waits_for_it_ends(server, tmp_path):
    """As a worker of Ansible does, when a run is interrupted."""
    path = tmp_path / "process"
    worker = os.fork()
    if not worker:
        run(server, str(path))
        os._exit(0)
    module = process_of(path)
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    assert ended(module)
    assert run(server, "end")["rc"] == 3


def test_it_goes_on_for_a_worker_that_has_outlived_ansible(server, tmp_path):
    path = tmp_path / "process"
    read, written = os.pipe()
    worker = os.fork()
    if not worker:
        os.write(written, str(run(server, str(path))["rc"]).encode())
        os._exit(0)
    module = process_of(path)
    server._control.close()
    time.sleep(0.2)
    os.kill(module, signal.SIGUSR1)
    os.waitpid(worker, 0)
    assert int(os.read(read, 10)) == -signal.SIGUSR1
    os.close(read)
    os.close(written)


def ended(process: int) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("name", ["PYTHONWARNINGS", "LC_ALL", "LANG", "LD_PRELOAD"])
def test_what_a_process_reads_when_it_starts_needs_a_new_one(server, name):
    assert run(server, "end", **{name: "C"}) is None


def test_without_a_server_there_is_no_answer():
    server = ForkServer([sys.executable, "-c", "pass"], "no matter")
    server._process.wait(10)
    assert run(server, "end") is None


def test_a_question_that_it_did_not_take_is_not_answered():
    """It may end, for want of memory or of a file, after it was asked."""
    server = ForkServer([sys.executable, "-c", "import time; time.sleep(0.5)"], "no matter")
    assert run(server, "end") is None
    server._process.wait(10)
