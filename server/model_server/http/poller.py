# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting for sockets with epoll, in place of waitress's poll.

poll is told of every connection at every turn; here the kernel is told only of what changed, so that a turn costs as
much as the requests it brings and not as the connections there are.
"""

from __future__ import annotations

import select

from waitress import wasyncore

READ = select.EPOLLIN | select.EPOLLPRI
WRITE = select.EPOLLOUT


class Poller:
    """Calls the handlers of sockets that have something to say.

    :param sockets: waitress's map of file descriptors to channels, of the server and of what wakes it.
    """

    def __init__(self, sockets: dict[int, wasyncore.dispatcher]):
        self.sockets = sockets
        self.epoll = select.epoll()
        self.watched: dict[int, int] = {}
        self.always = list(sockets)
        self.touched: set[int | None] = set()

    def touch(self, fileno: int | None) -> None:
        """What this socket waits for may have changed."""
        self.touched.add(fileno)

    def forget(self, fileno: int) -> None:
        """This socket is about to be closed."""
        if self.watched.pop(fileno, 0):
            self.epoll.unregister(fileno)

    def poll(self, timeout: float) -> None:
        """Wait for sockets and let them read and write."""
        # The server's own socket decides by the time and the number of connections, and may find some to be closed.
        for fileno in self.always:
            self._watch(fileno)
        touched, self.touched = self.touched, set()
        for fileno in touched:
            self._watch(fileno)
        for fileno, flags in self.epoll.poll(timeout):
            channel = self.sockets.get(fileno)
            if channel is not None:
                self.touched.add(fileno)
                wasyncore.readwrite(channel, flags)

    def _watch(self, fileno: int | None) -> None:
        channel = self.sockets.get(fileno)
        if channel is None:
            return
        flags = READ if channel.readable() else 0
        if channel.writable() and not channel.accepting:
            flags |= WRITE
        before = self.watched.get(fileno, 0)
        if flags == before:
            return
        if not flags:
            self.forget(fileno)
            return
        (self.epoll.modify if before else self.epoll.register)(fileno, flags)
        self.watched[fileno] = flags
