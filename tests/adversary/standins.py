# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""time, threading and what else the collection's modules import, as they are in a world of virtual time.

The code under test is the code that is shipped: it knows nothing of this. Whatever in it is the module ``time`` is
exchanged for this ``time`` while a world exists, in every module of the collection, so that new code needs no care.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import datetime
import os
import random
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from adversary.scheduler import Signal

from ansible_collections.modelops.serving.plugins.module_utils.client import auth, transport

if TYPE_CHECKING:
    from adversary.world import World

PREFIX = "ansible_collections.modelops.serving.plugins."
EXCHANGED = (
    time,
    threading,
    random,
    secrets,
    os,
    socket,
    datetime.datetime,
    concurrent.futures.ThreadPoolExecutor,
    transport.pool,
    auth.connect,
)


class Module:
    """A module of which some parts are others."""

    def __init__(self, real, **parts):
        self.__dict__.update(parts)
        self._real = real

    def __getattr__(self, name: str):
        return getattr(self._real, name)


@contextlib.contextmanager
def installed(world: World) -> Iterator[None]:
    """While it lasts, the collection's modules live in that world."""
    exchange, found = exchanges(world), places(len(sys.modules))
    for module, attribute, value in found:
        setattr(module, attribute, exchange[id(value)])
    try:
        yield
    finally:
        for module, attribute, value in found:
            setattr(module, attribute, value)


@cache
def places(_modules: int) -> list[tuple[object, str, object]]:
    """Where in the collection's modules, as far as they are imported, something is that is exchanged: (module, name,
    what it is)."""
    wanted = {id(value) for value in EXCHANGED}
    return [
        (module, attribute, value)
        for name, module in list(sys.modules.items())
        if name.startswith(PREFIX) and module is not None
        for attribute, value in list(vars(module).items())
        if id(value) in wanted
    ]


def exchanges(world: World) -> dict[int, object]:
    """What stands for what, by id of the real thing."""
    scheduler = world.scheduler

    class Moment(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.datetime.fromtimestamp(world.wall(), tz)

    class Thread:
        def __init__(self, target: Callable, name: str = "", daemon: bool = False, args: tuple = ()):
            self.name, self._work, self._thread = name, lambda: target(*args), None

        def start(self) -> None:
            self._thread = scheduler.start(world.process(), self._work)

        def join(self, timeout: float | None = None) -> None:
            if not self._thread.done:
                self._thread.finished.wait(timeout)

        def is_alive(self) -> bool:
            return self._thread is not None and not self._thread.done

    class Lock:
        def __init__(self):
            self._held, self._free = False, Signal(scheduler)

        def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
            while self._held:
                if not blocking or not self._free.wait(timeout if timeout >= 0 else None):
                    return False
            self._held = True
            return True

        def release(self) -> None:
            self._held = False
            self._free.notify()

        def locked(self) -> bool:
            return self._held

        def __enter__(self):
            return self.acquire()

        def __exit__(self, *_exception) -> None:
            self.release()

    class Condition(Lock):
        def __init__(self, _lock=None):
            super().__init__()
            self._changed = Signal(scheduler)

        def wait(self, timeout: float | None = None) -> bool:
            self.release()
            answer = self._changed.wait(timeout)
            self.acquire()
            return answer

        def notify_all(self) -> None:
            self._changed.notify()

    class Event:
        def __init__(self):
            self._set, self._changed = False, Signal(scheduler)

        def is_set(self) -> bool:
            return self._set

        def set(self) -> None:
            self._set = True
            self._changed.notify()

        def clear(self) -> None:
            self._set = False

        def wait(self, timeout: float | None = None) -> bool:
            return self._set or self._changed.wait(timeout) or self._set

    class Future:
        def __init__(self, thread):
            self._thread = thread

        def result(self, timeout: float | None = None):
            if not self._thread.done:
                self._thread.finished.wait(timeout)
            if self._thread.error is not None:
                raise self._thread.error
            return self._thread.result

        def done(self) -> bool:
            return self._thread.done

    class Executor:
        def __init__(self, max_workers: int | None = None, **_more):
            self._futures: list[Future] = []

        def submit(self, work: Callable, *args, **named) -> Future:
            self._futures.append(Future(scheduler.start(world.process(), lambda: work(*args, **named))))
            return self._futures[-1]

        def map(self, work: Callable, *arguments) -> Iterator:
            futures = [self.submit(work, *given) for given in zip(*arguments, strict=False)]
            return (future.result() for future in futures)

        def shutdown(self, wait: bool = True, cancel_futures: bool = False) -> None:
            for future in self._futures if wait else ():
                if not future.done():
                    future._thread.finished.wait()

        def __enter__(self):
            return self

        def __exit__(self, *_exception) -> None:
            self.shutdown()

    clock = Module(
        time,
        monotonic=lambda: scheduler.now,
        clock_gettime=lambda _clock: scheduler.now,
        time=world.wall,
        sleep=scheduler.sleep,
    )
    threads = Module(threading, Thread=Thread, Lock=Lock, RLock=Lock, Condition=Condition, Event=Event)
    tokens = Module(secrets, token_hex=lambda length=8: world.random.randbytes(length).hex())
    system = Module(os, getpid=lambda: world.process().pid, kill=world.signal)
    network = Module(socket, gethostname=lambda: world.process().host)
    return {
        id(time): clock,
        id(threading): threads,
        id(random): world.random,
        id(secrets): tokens,
        id(os): system,
        id(socket): network,
        id(datetime.datetime): Moment,
        id(concurrent.futures.ThreadPoolExecutor): Executor,
        id(transport.pool): lambda _connection: world.pool(),
        id(auth.connect): lambda _params: world.connection(),
    }
