# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waits for sockets with epoll, in place of waitress's poll.

poll gets the list of all connections at every turn. With epoll the kernel gets only what changed, so the cost of a turn
grows with its requests and not with the number of connections.
"""

from __future__ import annotations

import select

from waitress import wasyncore

READ = select.EPOLLIN | select.EPOLLPRI
WRITE = select.EPOLLOUT


class Poller:
    """Calls the handlers of sockets that are readable or writable.

    :param sockets: waitress's map of file descriptors to channels; at first the listening socket and the trigger.
    """

    def __init__(self, sockets: dict[int, wasyncore.dispatcher]):
        self.sockets = sockets
        self.epoll = select.epoll()
        self.watched: dict[int, int] = {}
        self.always = list(sockets)
        self.touched: set[int | None] = set()

    def touch(self, fileno: int | None) -> None:
        """Check before the next poll what this socket waits for; it may have changed."""
        self.touched.add(fileno)

    def forget(self, fileno: int) -> None:
        """Stop polling this socket, which is about to be closed."""
        if self.watched.pop(fileno, 0):
            self.epoll.unregister(fileno)

    def poll(self, timeout: float) -> None:
        """Wait for sockets and let them read and write."""
        # Asking the listening socket also runs its maintenance, which may close connections.
        for fileno in self.always:
            self._watch(fileno)
        touched, self.touched = self.touched, set()
        for fileno in touched:
            self._watch(fileno)
        for fileno, flags in self.epoll.poll(timeout):
            dispatcher = self.sockets.get(fileno)
            if dispatcher is not None:
                self.touched.add(fileno)
                wasyncore.readwrite(dispatcher, flags)

    def _watch(self, fileno: int | None) -> None:
        dispatcher = self.sockets.get(fileno)
        if dispatcher is None:
            return
        flags = READ if dispatcher.readable() else 0
        if dispatcher.writable() and not dispatcher.accepting:
            flags |= WRITE
        before = self.watched.get(fileno, 0)
        if flags == before:
            return
        if not flags:
            self.forget(fileno)
            return
        (self.epoll.modify if before else self.epoll.register)(fileno, flags)
        self.watched[fileno] = flags
