# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A namespace of the real API server with the simulated controllers, in real time: what world.py is in virtual time."""

from __future__ import annotations

import threading
import time
from random import Random

from adversary.controllers import Controllers
from adversary.real_api import ADMIN, RealApi
from adversary.remote import Remote

from ansible_collections.modelops.serving.plugins.module_utils.client.auth import Connection

TURN = 0.1
QUIET, LONGEST = 1.5, 40.0


class Live:
    """A context manager, with what cluster_view asks of a world."""

    def __init__(self, real: RealApi, namespace: str):
        self.real, self.namespace = real, namespace
        self.direct = Remote(real, namespace)
        self.controllers = Controllers(self.direct, time.time, Random(0), lambda _after, _action: None)
        self._stop = threading.Event()
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._turn, daemon=True)

    def __enter__(self) -> Live:
        self.direct.create(self.direct.resource("Namespace"), {"metadata": {"name": self.namespace}}, "kubectl-create")
        self._thread.start()
        return self

    def __exit__(self, *_exception) -> None:
        self._stop.set()
        self._thread.join()

    def _turn(self) -> None:
        try:
            while not self._stop.wait(TURN):
                self.controllers.step()
        except Exception as problem:
            self._problem = problem  # for the test's thread

    def settle(self) -> None:
        """Until the controllers have had nothing to write for a while. Raises what has ended them."""
        end, writes, since = time.monotonic() + LONGEST, -1, 0.0
        while time.monotonic() < end and (writes != self.direct.writes or time.monotonic() < since + QUIET):
            if writes != self.direct.writes:
                writes, since = self.direct.writes, time.monotonic()
            time.sleep(TURN)
        if self._problem is not None:
            raise self._problem

    def connection(self) -> Connection:
        headers = {"authorization": f"Bearer {ADMIN}"}
        return Connection(host=self.real.host, source="the test", headers=headers, ca_file=str(self.real.ca_file))
