# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way from a client to the fake API server, in place of urllib3's connections; this is where trouble comes in."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import formatdate
from typing import TYPE_CHECKING

import urllib3
from adversary.fake_api import Answer, WatchAnswer
from adversary.scheduler import Signal

if TYPE_CHECKING:
    from adversary.world import World

LATENCY = (0.002, 0.02)


class Response:
    """As urllib3's, as far as the client looks at it."""

    def __init__(self, answer: Answer):
        self.status, self.data = answer.code, answer.body.encode()
        self.headers = urllib3.HTTPHeaderDict(answer.headers)

    def read(self) -> bytes:
        return self.data

    def stream(self, _size: int = 0, decode_content: bool = True) -> Iterator[bytes]:
        yield self.data

    def close(self) -> None:
        pass


class Streaming(Response):
    """A watch: lines as things happen, until its time is up or it is cut."""

    def __init__(self, world: World, watch: WatchAnswer):
        super().__init__(Answer(200, ""))
        self.world, self.watch = world, watch
        self.data = None
        self.cut = False

    def stream(self, _size: int = 0, decode_content: bool = True) -> Iterator[bytes]:
        scheduler = self.world.scheduler
        end = scheduler.now + self.watch.seconds
        with self.world.watching(self):
            while scheduler.now < end and self.watch.version >= 0:
                if self.cut:
                    raise urllib3.exceptions.ProtocolError("Connection broken: reset by peer")
                lines, self.watch.version = self.watch.lines(self.watch.version)
                if lines:
                    # What the server has written is on its way for a moment.
                    scheduler.sleep(self.world.latency())
                    yield ("\n".join(lines) + "\n").encode()
                else:
                    self.world.changed.wait(end - scheduler.now)


class Pool:
    """In place of a urllib3.PoolManager, for one process' client."""

    def __init__(self, world: World):
        self.world = world

    def request(self, method: str, url: str, body=None, headers=None, timeout=None, **_more) -> Response:
        """Raises what urllib3 raises."""
        world, scheduler = self.world, self.world.scheduler
        process = world.process()
        scheduler.check(scheduler.current())
        sent = {name.lower(): value for name, value in dict(headers or {}).items()}
        trouble = world.trouble.meets(process, method, url)
        scheduler.sleep(world.latency())
        answer = trouble.before(world, process)
        if answer is None:
            path = url[url.index("/", url.index("//") + 2) :]
            answer = world.api.handle(method, path, sent, body)
            trouble.after(world, process)
        scheduler.sleep(world.latency() + trouble.delay)
        if trouble.delay and timeout is not None and trouble.delay > timeout.read_timeout:
            raise urllib3.exceptions.ReadTimeoutError(None, url, "Read timed out.")
        if isinstance(answer, WatchAnswer):
            return Streaming(world, answer)
        response = Response(answer)
        response.headers["Date"] = formatdate(world.api.writes.now(), usegmt=True)
        return response


def changed(world: World) -> Signal:
    """What watches wait for: the next change of anything."""
    signal = Signal(world.scheduler)
    world.api.store.listeners.append(lambda _change: signal.notify())
    return signal
