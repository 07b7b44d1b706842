# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may happen to a request on its way: scripted by its number, or by what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import urllib3
from adversary import answers
from adversary.answers import Refusal
from adversary.fake_api import Answer, refused
from adversary.scheduler import Killed, Process

if TYPE_CHECKING:
    from adversary.world import World

STILL_SECONDS = 90.0
Meeting = Callable[["World", Process], Answer | None]


def nothing(_world: World, _process: Process) -> None:
    return None


@dataclass(frozen=True)
class Trouble:
    """One request's. ``before`` may answer in the server's place, or raise; ``after`` comes when it has been carried
    out; ``delay`` are seconds that the answer takes."""

    name: str = ""
    before: Meeting = nothing
    after: Meeting = nothing
    delay: float = 0.0

    def _repr_pretty_(self, printer, _cycle) -> None:
        """For the steps that a failure prints."""
        printer.text(f"<{self.name}>")


NONE = Trouble()


def _reset(_world: World, _process: Process) -> None:
    raise urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))


def _kill(world: World, process: Process) -> None:
    world.kill(process)
    raise Killed


def _interrupt(world: World, process: Process) -> None:
    world.scheduler.interrupt(process.threads[0], KeyboardInterrupt())


def _stand_still(world: World, process: Process) -> None:
    """As by SIGSTOP, or while a laptop sleeps: longer than its lock lives."""
    world.scheduler.freeze(process, STILL_SECONDS)
    world.scheduler.sleep(0.0)


def _stand_still_and_lose(world: World, process: Process) -> None:
    _stand_still(world, process)
    _reset(world, process)


def _answered(refusal: Callable[[], Refusal]) -> Meeting:
    return lambda _world, _process: refused(refusal())


RESET = Trouble("reset before it was carried out", before=_reset)
RESET_DONE = Trouble("reset after it was carried out", after=_reset)
KILL = Trouble("killed before it was carried out", before=_kill)
KILL_DONE = Trouble("killed after it was carried out", after=_kill)
INTERRUPT = Trouble("interrupted", before=_interrupt)
INTERRUPT_DONE = Trouble("interrupted after it was carried out", after=_interrupt)
STILL = Trouble("stands still, and its request is lost meanwhile", before=_stand_still_and_lose)
STILL_DONE = Trouble("stands still after it was carried out", after=_stand_still)
BUSY = Trouble("429", before=_answered(lambda: answers.busy(1)))
UNAVAILABLE = Trouble("503", before=_answered(lambda: answers.unavailable(2)))
UNAVAILABLE_AT_ONCE = Trouble("503 without Retry-After", before=_answered(lambda: answers.unavailable(None)))
SLOW = Trouble("an answer after 12 s", delay=12.0)
TOO_SLOW = Trouble("carried out, answered after 45 s", delay=45.0)
CUT_WATCHES = Trouble("every watch is cut", before=lambda world, _process: world.cut_watches())
COMPACTED = Trouble("the server forgets what was", before=lambda world, _process: world.compact())
EXPIRED = Trouble("the token expires", before=lambda world, _process: world.expire_token())

REJECTED = Trouble("401", before=_answered(answers.unauthorized))
REDIRECTED = Trouble("302", before=_answered(lambda: Refusal(302, "moved", {"Location": "https://login.example"})))
PAGE = Trouble("a proxy's page", before=lambda _world, _process: Answer(200, "<html>", {"Content-Type": "text/html"}))
COLLIDES = Trouble("409 of a quota's count", before=_answered(answers.collides))
NO_SUCH_PAGE = Trouble(
    "a proxy's 404", before=lambda _world, _process: Answer(404, "<html>", {"Content-Type": "text/html"})
)
DENIED = Trouble("denied by a policy", before=_answered(lambda: answers.denied("configmaps", "x")))

PASSING = (RESET, RESET_DONE, BUSY, UNAVAILABLE, UNAVAILABLE_AT_ONCE, SLOW, CUT_WATCHES, COMPACTED, EXPIRED)
ENDING = (KILL, KILL_DONE, INTERRUPT, INTERRUPT_DONE)


@dataclass
class Script:
    """Which request of a process meets which trouble, counted from 1. ``counts`` are the requests so far, by pid."""

    by_number: dict[tuple[int, int], Trouble] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    met: list[tuple[int, int, str]] = field(default_factory=list)
    rules: list[Callable[[Process, str, str], Trouble | None]] = field(default_factory=list)

    def plan(self, process: Process, number: int, trouble: Trouble) -> None:
        """The process' request of that number, from now on, meets it."""
        self.by_number[(process.pid, self.counts.get(process.pid, 0) + number)] = trouble

    def meets(self, process: Process, method: str, url: str) -> Trouble:
        number = self.counts[process.pid] = self.counts.get(process.pid, 0) + 1
        found = self.by_number.pop((process.pid, number), None)
        for rule in self.rules:
            found = found or rule(process, method, url)
        if found is None:
            return NONE
        self.met.append((process.pid, number, found.name))
        return found
