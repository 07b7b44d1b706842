# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one load generator as a child process. It ends when we do, however that comes: its standard input ends then."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from contextlib import suppress

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.load_test.heard import Heard, check_asked
from ansible_collections.modelops.serving.plugins.module_utils.load_test.interruption import undisturbed

# It asks up to three times before the load, each answered within the plan's time-out.
START_PATIENCE = 120.0
STOP_PATIENCE = 5.0
POLL_SECONDS = 0.05


class LocalGenerator:
    """A generator on this machine that has begun. ``program``: its path. Raises ServingError when no load began."""

    def __init__(self, program: str, plan: dict):
        self.url = plan["url"]
        self._heard = Heard()
        try:
            # run_command waits for the end; this one is read while it runs.
            self._process = subprocess.Popen(  # pylint: disable=ansible-bad-function
                [program, "-"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except OSError as error:
            raise ServingError(f"the load generator cannot be run: {program}: {error.strerror}") from error
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        try:
            self._begin(plan)
        except BaseException:
            self.close()
            raise

    def _begin(self, plan: dict) -> None:
        # Why it has ended already stands in what it wrote.
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(plan) + "\n")
            self._process.stdin.flush()
        until = time.monotonic() + START_PATIENCE
        while self._heard.began is None and self._reading.is_alive():
            if time.monotonic() > until:
                raise ServingError(f"the load generator {self._process.args[0]} did not begin: {self._heard.words}")
            time.sleep(POLL_SECONDS)
        check_asked(self._heard, self.url, plan.get("headers"))
        if self._heard.began is None:
            raise ServingError(self._ended_early())

    def _read(self) -> None:
        for line in self._process.stdout:
            self._heard.take(line)

    def _ended_early(self) -> str:
        status = self._process.wait(STOP_PATIENCE)
        words = self._heard.words or "without a word"
        return f"the load generator {self._process.args[0]} ended with status {status}: {words}"

    def began(self) -> float:
        """Seconds since 1970."""
        return self._heard.began

    def poll(self) -> list[Heard]:
        return [self._heard]

    def ended(self) -> bool:
        return not self._reading.is_alive()

    def result(self) -> list[Heard]:
        """Once it has ended. Raises ServingError when it did not end by itself."""
        self._reading.join(STOP_PATIENCE)
        if self._heard.total is None or self._heard.stopped:
            raise ServingError(self._ended_early())
        return [self._heard]

    def close(self) -> None:
        """Stops the load at once."""
        with undisturbed():
            if self._process.poll() is None:
                self._process.terminate()
                try:
                    self._process.wait(STOP_PATIENCE)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            self._reading.join(STOP_PATIENCE)
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.stdout.close()
