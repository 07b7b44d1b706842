# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts runs of the module release, alone or by Ansible, and interrupts them."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from chaos.interruptions import ALL_KILLED, CTRL_C, OF_ANSIBLE, Interruption
from cluster import KUBECONFIG, MODULES, ROOT

DONE, FAILED, REFUSED, STOPPED, KILLED = "done", "failed", "refused", "stopped", "killed"
LONGEST = 300
RELEASE = f"{MODULES}.release"
# Marks the processes of one run, also those that Ansible puts into sessions of their own.
MARK = "CHAOS_RUN"


@dataclass
class Ended:
    """How a run ended. ``text``: all that it said. ``mark``: of processes that may still be at work."""

    how: str
    result: dict = field(default_factory=dict)
    text: str = ""
    met: bool = True
    mark: str = ""

    @property
    def cut_short(self) -> bool:
        return self.how in (KILLED, STOPPED)

    def __str__(self) -> str:
        if self.how == DONE:
            return f"r{self.result.get('revision', '-')} done"
        if self.how == FAILED:
            reasons = ", ".join(finding["reason"] for finding in self.result["findings"])
            return f"r{self.result.get('revision', '-')} {reasons}: {self.result.get('restored')}"
        return f"{self.how}: {self.result.get('msg', '')[:70]}" if self.how == REFUSED else self.how


class Attempts:
    def __init__(self, folder: Path):
        self.folder = folder
        self._numbers = itertools.count(1)

    def undisturbed(self, arguments: dict) -> Ended:
        return self._ended(self._module(arguments, [RELEASE]))

    def interrupted(self, arguments: dict, interruption: Interruption) -> Ended:
        if interruption.what in OF_ANSIBLE:
            return self._by_ansible(arguments, interruption)
        if interruption.at_request:
            met = self.folder / f"met-{next(self._numbers)}"
            command = ["chaos.victim", interruption.what, str(int(interruption.at)), str(met), RELEASE]
            ended = self._ended(self._module(arguments, command))
            ended.met = met.exists()
            return ended
        process = self._module(arguments, [RELEASE])
        time.sleep(interruption.at)
        running = process.poll() is None
        process.send_signal(getattr(signal, interruption.what))
        ended = self._ended(process)
        ended.met = running
        return ended

    def _module(self, arguments: dict, command: list[str]) -> subprocess.Popen:
        given = {"_ansible_remote_tmp": "/tmp", "_ansible_diff": True, "kubeconfig": str(KUBECONFIG), **arguments}
        written = self.folder / f"arguments-{next(self._numbers)}.json"
        written.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": given}), encoding="utf-8")
        paths = os.pathsep.join(str(ROOT / name) for name in ("collections", "tests"))
        with written.open(encoding="utf-8") as stream:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                stdin=stream,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=dict(os.environ, PYTHONPATH=paths),
            )

    def _ended(self, process: subprocess.Popen) -> Ended:
        output, errors = process.communicate(timeout=LONGEST)
        if process.returncode < 0:
            return Ended(KILLED, text=output + errors)
        if not output.strip():
            raise AssertionError(f"the module ended with {process.returncode} and no output: {errors[-2000:]}")
        return Ended(*outcome(output), text=output + errors)

    # Ansible

    def _by_ansible(self, arguments: dict, interruption: Interruption) -> Ended:
        number = next(self._numbers)
        playbook, log = self.folder / f"release-{number}.yml", self.folder / f"release-{number}.log"
        task = {"name": "Release", "modelops.serving.release": {"kubeconfig": str(KUBECONFIG), **arguments}}
        given = {"ansible_python_interpreter": sys.executable}
        play = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": given, "tasks": [task]}]
        playbook.write_text(json.dumps(play), encoding="utf-8")
        mark = f"{os.getpid()}-{number}"
        environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), **{MARK: mark})
        program = Path(sys.executable).parent / "ansible-playbook"
        with log.open("w", encoding="utf-8") as stream:
            process = subprocess.Popen(
                [str(program), str(playbook), "-i", "localhost,", "--diff", "-vvv"],
                cwd=ROOT,
                env=environment,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
            time.sleep(interruption.at)
            running = process.poll() is None
            if running:
                self._strike(process, interruption, mark)
            process.wait(timeout=LONGEST)
        return Ended(KILLED, text=log.read_text(encoding="utf-8"), met=running, mark=mark)

    @staticmethod
    def _strike(process: subprocess.Popen, interruption: Interruption, mark: str) -> None:
        if interruption.what == CTRL_C:
            os.killpg(process.pid, signal.SIGINT)
        elif interruption.what == ALL_KILLED:
            for pid in at_work(mark):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        else:
            process.kill()


def outcome(output: str) -> tuple[str, dict]:
    """How a run that was not killed ended, from what it wrote."""
    result = json.loads(output)
    if not result.get("failed"):
        return DONE, result
    if result.get("findings"):
        return FAILED, result
    return (STOPPED if result.get("msg", "").startswith("interrupted") else REFUSED), result


def at_work(mark: str) -> list[int]:
    """The processes of a run that are alive."""
    wanted, found = f"{MARK}={mark}".encode(), []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        # A process that ends meanwhile cannot be read, in more than one way.
        with contextlib.suppress(OSError):
            if wanted in Path("/proc", pid, "environ").read_bytes().split(b"\0"):
                found.append(int(pid))
    return found
