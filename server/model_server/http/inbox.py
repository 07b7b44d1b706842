# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests that came in on another port, by another thread: the event loop answers them together with its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..api.messages import Request, Response


class Caller:
    """Who waits for an answer, in place of a connection.

    :param reply: takes the answer, or None where there is none; called by the event loop.
    :param document: answers in place of the data plane, where the request is for no model; may raise a RequestError.
    :ivar gone: whether nobody waits any more; set by the port's thread.
    """

    __slots__ = ("document", "gone", "reply")

    def __init__(
        self,
        reply: Callable[[Response | None], None],
        document: Callable[[Request], Response] | None = None,
    ):
        self.reply = reply
        self.document = document
        self.gone = False

    def handle_close(self) -> None:
        """End the wait without an answer, as a connection is closed."""
        self.reply(None)


class Inbox:
    """What other threads put in and the event loop takes out.

    :param wake: ends the event loop's wait for sockets; may be called by any thread.
    :ivar waiting: the oldest first.
    :ivar open: how many are not answered to the last byte; written by the port's thread only.
    """

    def __init__(self, wake: Callable[[], None]):
        self.wake = wake
        self.waiting: deque[Request] = deque()
        self.open = 0

    def put(self, request: Request) -> None:
        self.waiting.append(request)
        self.wake()
