# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress lines while a module works.

A module cannot print. It appends lines to a file that the action plugin on the controller names in its environment and
reads as they come. Without that variable nothing is written.
"""

from __future__ import annotations

import os
import time

from ansible_collections.modelops.serving.plugins.module_utils.common import secret_values

VARIABLE = "MODELOPS_SERVING_PROGRESS"
# A little under the promised ten seconds, which include the way to the screen.
SIGN_OF_LIFE = 8.0


class Progress:
    """Writes a line when something changes, and repeats the last one after SIGN_OF_LIFE seconds without a change."""

    def __init__(self, path: str | None = None):
        self.path = path if path is not None else os.environ.get(VARIABLE)
        self.started = time.monotonic()
        self.lines: list[str] = []
        # Values that no line shows: those of the release's Secrets.
        self.hidden: set[str] = set()
        self._last = ""
        self._written = 0.0

    def say(self, text: str) -> None:
        """A line with the seconds since the start, unless it repeats the last one too soon."""
        text = secret_values.hide(text, self.hidden)
        now = time.monotonic() - self.started
        if text == self._last:
            if now - self._written < SIGN_OF_LIFE:
                return
            self._write(f"{now:5.1f} s   still: {text}")
        else:
            self._write(f"{now:5.1f} s   {text}")
            self.lines.append(f"{now:5.1f} s   {text}")
        self._last, self._written = text, now

    def note(self, text: str) -> None:
        """A line without a time, such as one that continues the line before."""
        text = secret_values.hide(text, self.hidden)
        self._write(text)
        self.lines.append(text)

    def _write(self, line: str) -> None:
        if not self.path:
            return
        try:
            with open(self.path, "a", encoding="utf-8") as stream:
                stream.write(line + "\n")
        except OSError:
            self.path = None  # progress is optional: a module never fails because of it
