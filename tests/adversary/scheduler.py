# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual time: processes and their threads as greenlets, run one at a time in an order that is always the same.

Nothing waits for real: when all are waiting, the clock is set to when the next one wants to go on.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from greenlet import getcurrent, greenlet

# A run that is at it for so long has been forgotten by somebody.
ENDLESS = 24 * 3600.0


class Killed(BaseException):
    """Raised in a process that has been killed, wherever it next touches the world."""


class Stuck(AssertionError):
    """Nobody can go on any more, or somebody goes on for ever."""


@dataclass
class Process:
    """A run of a module. ``skew`` is how far its wall clock is from the true one; ``host`` is the machine it is on.
    Until ``frozen_until``, in virtual time, nothing of it goes on, as after SIGSTOP."""

    pid: int
    host: str
    skew: float = 0.0
    dead: bool = False
    frozen_until: float = 0.0
    threads: list[Thread] = field(default_factory=list)


class Thread:
    """One greenlet of a process."""

    def __init__(self, scheduler: Scheduler, process: Process, work: Callable[[], object]):
        self.scheduler, self.process = scheduler, process
        self.result: object = None
        self.error: BaseException | None = None
        self.done = False
        self.finished = Signal(scheduler)
        self.interrupt: BaseException | None = None
        self._work = work
        self.greenlet = greenlet(self._run, scheduler.hub)
        self.greenlet.adversary_thread = self
        process.threads.append(self)

    def _run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:
            self.error = error
        self.done = True
        self.finished.notify()


class Signal:
    """Something to wait for. Those who wait go on in the order in which they came."""

    def __init__(self, scheduler: Scheduler):
        self.scheduler = scheduler
        self.waiting: list[tuple[Thread, list]] = []

    def notify(self) -> None:
        waiting, self.waiting = self.waiting, []
        for thread, fired in waiting:
            fired.append(True)
            self.scheduler.resume(thread, 0.0, fired)

    def wait(self, timeout: float | None = None) -> bool:
        """False when nothing came in time."""
        thread, fired = self.scheduler.current(), []
        self.scheduler.check(thread)
        self.waiting.append((thread, fired))
        if timeout is not None:
            self.scheduler.resume(thread, timeout, fired)
        try:
            self.scheduler.switch()
            return bool(fired)
        finally:
            self.waiting = [entry for entry in self.waiting if entry[1] is not fired]
            fired.append(None)  # a later wake-up of the same wait is void


class Scheduler:
    """``now`` is the virtual time in seconds. ``start`` and ``run`` are called from outside, the rest from threads."""

    def __init__(self):
        self.now = 0.0
        self.hub = getcurrent()
        self._queue: list = []
        self._numbers = itertools.count()

    # From outside

    def start(self, process: Process, work: Callable[[], object], after: float = 0.0) -> Thread:
        thread = Thread(self, process, work)
        self.resume(thread, after, [])
        return thread

    def call(self, after: float, action: Callable[[], object]) -> None:
        """Something that happens later, at once and without waiting."""
        heapq.heappush(self._queue, (self.now + after, next(self._numbers), None, action))

    def run(self, until: Callable[[], bool]) -> None:
        """Lets time pass until that is so. Raises Stuck."""
        began = self.now
        while not until():
            if not self._queue:
                raise Stuck("nobody can go on: everybody waits for something that does not come")
            if self.now - began > ENDLESS:
                raise Stuck(f"not done after {ENDLESS:.0f} s of virtual time")
            self._step()

    def freeze(self, process: Process, seconds: float) -> None:
        process.frozen_until = self.now + seconds

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while self._queue and self._queue[0][0] <= end:
            self._step()
        self.now = end

    def _step(self) -> None:
        when, _number, thread, action = heapq.heappop(self._queue)
        if thread is None:
            self.now = max(self.now, when)
            action()
            return
        if thread.process.frozen_until > when:
            heapq.heappush(self._queue, (thread.process.frozen_until, next(self._numbers), thread, action))
            return
        # ``action`` is the list of what has fired since: a wake-up that comes second is void.
        if thread.done or thread.process.dead or None in action:
            return
        self.now = max(self.now, when)
        thread.greenlet.switch()

    # From threads

    def current(self) -> Thread:
        return getcurrent().adversary_thread

    def resume(self, thread: Thread, after: float, fired: list) -> None:
        heapq.heappush(self._queue, (self.now + after, next(self._numbers), thread, fired))

    def switch(self) -> None:
        """Gives way until resumed. Raises what the thread is interrupted by."""
        thread = self.current()
        self.check(thread)
        self.hub.switch()
        self.check(thread)

    def interrupt(self, thread: Thread, error: BaseException) -> None:
        """Raises it in that thread, whatever it waits for, as a signal does in the main thread of a process."""
        thread.interrupt = error
        self.resume(thread, 0.0, [])

    def check(self, thread: Thread) -> None:
        if thread.process.dead:
            raise Killed
        if thread.interrupt is not None:
            interrupt, thread.interrupt = thread.interrupt, None
            raise interrupt

    def sleep(self, seconds: float) -> None:
        fired: list = []
        thread = self.current()
        self.check(thread)
        self.resume(thread, max(seconds, 0.0), fired)
        try:
            self.switch()
        finally:
            fired.append(None)
