# Copyright (c) 2026 modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a long command on the controller and shows its output line by line as it comes."""

from __future__ import annotations

import os
import queue
import subprocess
import tempfile
import threading
import time

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

ERROR_LINES = 25

display = Display()


def duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def read_lines(stream, lines: queue.Queue) -> None:
    """Puts each line of ``stream`` into the queue, then None at its end."""
    for line in stream:
        lines.put(line.rstrip())
    lines.put(None)


def failure(what: str, last_errors: list[str]) -> str:
    """A program may show what it was given: the password of a package index, the login of a registry."""
    said = redact("\n".join(last_errors))
    return f"{what}. The end of its error output:\n{said}" if said else f"{what}. It wrote no error output."


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(
            argument_spec={
                "argv": {"type": "list", "elements": "str", "required": True},
                "creates": {"type": "path"},
                "chdir": {"type": "path"},
                "sign_of_life": {"type": "int", "default": 10},
            }
        )
        if options["creates"] and os.path.exists(options["creates"]):
            return {"changed": False, "msg": f"{options['creates']} exists"}
        if self._task.check_mode:
            return {"changed": True, "msg": "would run " + " ".join(options["argv"])}
        environment: dict[str, str] = {}
        self._compute_environment_string(environment)
        return self._follow(options, {**os.environ, **environment})

    def _follow(self, options: dict, environment: dict[str, str]) -> dict:
        started = time.monotonic()
        with tempfile.TemporaryFile("w+", errors="replace") as errors:
            try:
                process = subprocess.Popen(
                    options["argv"],
                    cwd=options["chdir"],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    errors="replace",
                )
            except OSError as error:
                return {"failed": True, "msg": f"cannot run {options['argv'][0]}: {error.strerror}"}
            printed = self._show(process, options["sign_of_life"], started)
            errors.seek(0)
            last_errors = errors.read().splitlines()[-ERROR_LINES:]
        seconds = round(time.monotonic() - started, 1)
        result = {"changed": True, "rc": process.returncode, "seconds": seconds, "stdout_lines": printed}
        if process.returncode:
            what = f"{' '.join(options['argv'][:2])} ended with status {process.returncode} after {duration(seconds)}"
            result |= {"failed": True, "msg": failure(what, last_errors)}
        return result

    def _show(self, process: subprocess.Popen, sign_of_life: int, started: float) -> list[str]:
        """Shows the output of ``process`` until its end and returns it."""
        lines: queue.Queue = queue.Queue()
        threading.Thread(target=read_lines, args=(process.stdout, lines), daemon=True).start()
        printed = []
        while True:
            try:
                line = lines.get(timeout=sign_of_life)
            except queue.Empty:
                display.display(f"  … still running, {duration(time.monotonic() - started)}")
                continue
            if line is None:
                process.wait()
                return printed
            printed.append(line)
            display.display(f"  {line}")
