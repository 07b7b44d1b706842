# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback for ansible-playbook that writes down what a fleet's run did: seconds by task, requests by target."""

from __future__ import annotations

import json
import os
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: counted
type: aggregate
short_description: Writes the seconds of each task and the requests of each target to the file FLEET_COUNTED
description: For bench/fleet.
"""


class CallbackModule(CallbackBase):
    """One line of JSON at the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "counted"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self.seconds: dict[str, float] = {}
        self.requests: dict[str, int] = {}
        self.task, self.began = "before the first task", time.monotonic()

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._end()
        self.task = task.get_name()

    def v2_runner_on_ok(self, result, **_given):
        host = result._host.get_name()
        self.requests[host] = self.requests.get(host, 0) + result._result.get("api_requests", 0)

    def v2_playbook_on_stats(self, stats):
        self._end()
        changed = sum(1 for host in stats.processed if stats.summarize(host)["changed"])
        found = {"seconds": self.seconds, "requests": self.requests, "changed": changed}
        with open(os.environ["FLEET_COUNTED"], "w", encoding="utf-8") as stream:
            json.dump(found, stream)

    def _end(self) -> None:
        now = time.monotonic()
        self.seconds[self.task] = self.seconds.get(self.task, 0.0) + now - self.began
        self.began = now
