# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster, the machines that releases are made from, and time: all of it in memory, the same for the same seed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from random import Random

from adversary import schema, standins
from adversary.controllers import Controllers
from adversary.direct import Direct
from adversary.fake_api import FakeApi
from adversary.scheduler import Process, Scheduler, Thread
from adversary.transport import LATENCY, Pool, Streaming, changed
from adversary.trouble import Script
from greenlet import GreenletExit

from ansible_collections.modelops.serving.plugins.module_utils.client import kube
from ansible_collections.modelops.serving.plugins.module_utils.client.auth import Connection

# 2026-01-05 12:00 UTC, when every world begins.
EPOCH = 1767614400.0
NAMESPACE = "ml"
HOST = "https://adversary.example:6443"
FIRST_PID = 1000


class World:
    """Use it as a context manager: while it lasts the collection's code lives in it."""

    def __init__(self, seed: int = 0):
        self.namespace = NAMESPACE
        self.random = Random(seed)
        self.scheduler = Scheduler()
        self.api = FakeApi(lambda: EPOCH + self.scheduler.now)
        self.changed = changed(self)
        self.trouble = Script()
        self.processes: list[Process] = []
        self.direct = Direct(self.api)
        clock = self.api.writes.now
        self.controllers = Controllers(self.direct, clock, self.random, self.scheduler.call)
        self.api.store.listeners.append(lambda _change: self.controllers.changed())
        self._streams: list[Streaming] = []
        self._token, self._tokens = "admin-token", 0
        self._installed = standins.installed(self)
        place = schema.Resource("v1", "Namespace", "namespaces", False, "core.v1.Namespace")
        self.direct.create(place, {"metadata": {"name": NAMESPACE}}, "kubectl-create")

    def __enter__(self) -> World:
        self._installed.__enter__()
        return self

    def __exit__(self, *exception) -> None:
        for process in self.processes:
            process.dead = True
            for thread in process.threads:
                thread.greenlet.throw(GreenletExit)
        self._installed.__exit__(*exception)

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """The collection's code lives in the real world for a while."""
        self._installed.__exit__(None, None, None)
        try:
            yield
        finally:
            self._installed = standins.installed(self)
            self._installed.__enter__()

    # For the stand-ins

    def pool(self) -> Pool:
        return Pool(self)

    def process(self) -> Process:
        return self.scheduler.current().process

    def wall(self) -> float:
        return EPOCH + self.scheduler.now + self.process().skew

    def signal(self, pid: int, _number: int) -> None:
        """os.kill: whether a process of this machine is there."""
        mine = self.process().host
        alive = any(entry.pid == pid and entry.host == mine and not entry.dead for entry in self.processes)
        if not alive:
            raise ProcessLookupError

    def latency(self) -> float:
        return self.random.uniform(*LATENCY)

    @contextlib.contextmanager
    def watching(self, stream: Streaming) -> Iterator[None]:
        self._streams.append(stream)
        try:
            yield
        finally:
            self._streams.remove(stream)

    # Troubles

    def kill(self, process: Process) -> None:
        """At once, like SIGKILL: nothing of it runs any more, and what it held stays held."""
        process.dead = True

    def cut_watches(self) -> None:
        for stream in self._streams:
            stream.cut = True
        self.changed.notify()

    def expire_token(self) -> None:
        """The server rejects the token from now on; whoever reads the credentials again gets another."""
        user = self.api.users.pop(self._token)
        self._tokens += 1
        self._token = f"token-{self._tokens}"
        self.api.users[self._token] = user

    def compact(self) -> None:
        self.api.store.compact()
        self.cut_watches()

    def serves(self, resource: schema.Resource) -> bool:
        return (resource.api_version, resource.plural) in self.api.served

    def settle(self) -> None:
        self.pass_time(20)

    def pass_time(self, seconds: float) -> None:
        self.scheduler.pass_time(seconds)

    # Runs

    def new_process(self, host: str = "here") -> Process:
        process = Process(FIRST_PID + len(self.processes), host)
        self.processes.append(process)
        return process

    def connection(self) -> Connection:
        """What a kubeconfig says now."""
        return Connection(host=HOST, source="the test", headers={"authorization": f"Bearer {self._token}"})

    def start(self, process: Process, work, after: float = 0.0) -> Thread:
        """Begins a run: ``work(kube)``."""
        return self.scheduler.start(process, lambda: work(kube.Kube.from_params({})), after)

    def finish(self, *threads: Thread) -> None:
        """Lets time pass until all of these have ended or are dead. A process ends with its first thread."""
        self.scheduler.run(lambda: all(thread.done or thread.process.dead for thread in threads))
        for thread in threads:
            thread.process.dead = True
