# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what containers said before they crashed, once for each crash, while the rollout is judged."""

from __future__ import annotations

import threading
import time

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.pods import crashed
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot, key

# Of equal pods, a few say it all.
MAX_CONTAINERS = 3
LINES = 40
# Seconds that a verdict waits for a log. A kubelet that does not answer must not hold it up.
WAIT = 2.0


class LastWords:
    """The logs of crashed containers. Used by one thread; each log is read in a thread of its own."""

    def __init__(self, kube: Kube, namespace: str):
        self.kube, self.namespace = kube, namespace
        self.forbidden = ""
        self._logs: dict[str, str] = {}
        self._read: dict[str, int] = {}

    def of(self, snapshot: Snapshot) -> dict[str, str]:
        """The last lines of the containers that crash in this snapshot, redacted, by ``snapshot.key``."""
        started = [
            self._start(pod, status)
            for pod, status in list(crashed(snapshot))[:MAX_CONTAINERS]
            if not self.forbidden and self._read.get(key(pod, status["name"])) != status.get("restartCount", 0)
        ]
        until = time.monotonic() + WAIT
        for reading in started:
            reading.join(max(until - time.monotonic(), 0.0))
        return dict(self._logs)

    def _start(self, pod: dict, status: dict) -> threading.Thread:
        name = key(pod, status["name"])
        self._read[name] = status.get("restartCount", 0)
        names = (name, pod["metadata"]["name"], status["name"])
        reading = threading.Thread(target=self._fetch, args=names, daemon=True)
        reading.start()
        return reading

    def _fetch(self, name: str, pod: str, container: str) -> None:
        try:
            text = self.kube.log(self.namespace, pod, container, "false", LINES)
        except KubeError as error:
            if error.status == 403:
                self.forbidden = str(error)
            return
        if text:
            self._logs[name] = redact(text)
