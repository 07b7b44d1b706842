# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that starts modules as forks of itself: what they import is loaded once for all targets of a run.

It is asked through a Unix socket that it inherits, whose other end all processes of a run of Ansible share. A question
is one byte with five open files: what to run, its standard input, output and error output, and a socket. On that it
says that the question was taken, and the module's status when it has ended. If its other end is closed before, the
module is told to end.

It knows nothing of Ansible.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys

QUESTION = b"?"
TAKEN = b"!"
FILES = 5


def main() -> None:
    """``argv``: the number of the inherited socket, and a module whose imports are loaded."""
    control, preloaded = socket.socket(fileno=int(sys.argv[1])), sys.argv[2]
    importlib.import_module(preloaded)
    # It is run, and not imported, by its own name.
    del sys.modules[preloaded]
    gc.freeze()
    files = Server(control).serve()
    if files:
        _become(*files)


class Server:
    """Forks for each question. ``running``: the socket by which each process is watched, by the process."""

    def __init__(self, control: socket.socket):
        self.control = control
        self.running: dict[int, socket.socket] = {}
        self.ended, self._told = socket.socketpair()
        for end in (self.ended, self._told):
            end.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ)
        self.selector.register(self.ended, selectors.EVENT_READ)

    def serve(self) -> list[int]:
        """In a fork: the files of its question. Empty in the server itself, when nobody can ask any more."""
        signal.set_wakeup_fd(self._told.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while True:
            for key, _events in self.selector.select():
                if key.fileobj is self.control:
                    question, files, _flags, _address = socket.recv_fds(self.control, len(QUESTION), FILES)
                    if not question:
                        self._end_all()
                        return []
                    if self._forked(files):
                        return files
                elif key.fileobj is self.ended:
                    self._report()
                elif key.data in self.running:
                    self._end(key.data)

    def _forked(self, files: list[int]) -> bool:
        """Whether this is the fork."""
        *others, number = files
        watched = socket.socket(fileno=number)
        _tell(watched, TAKEN)
        process = os.fork()
        if not process:
            self._close()
            watched.detach()
            return True
        for each in others:
            os.close(each)
        self.running[process] = watched
        self.selector.register(watched, selectors.EVENT_READ, process)
        return False

    def _close(self) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.selector.close()
        for each in (self.control, self.ended, self._told, *self.running.values()):
            each.close()

    def _report(self) -> None:
        """To those who wait, what became of the processes that ended."""
        self.ended.recv(4096)
        while self.running:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            watched = self.running.pop(process)
            if watched in self.selector.get_map():
                self.selector.unregister(watched)
            with watched:
                _tell(watched, str(os.waitstatus_to_exitcode(status)).encode())

    def _end(self, process: int) -> None:
        """Who waited for it has ended: Ansible was interrupted."""
        self.selector.unregister(self.running[process])
        os.kill(process, signal.SIGTERM)

    def _end_all(self) -> None:
        for process in self.running:
            os.kill(process, signal.SIGTERM)


def _tell(watched: socket.socket, what: bytes) -> None:
    try:
        watched.sendall(what)
    except OSError:  # nobody waits any more
        return


def _become(what: int, standard_input: int, output: int, errors: int, watched: int) -> None:
    """Runs the module in this process."""
    os.close(watched)
    for number, file in enumerate((standard_input, output, errors)):
        os.dup2(file, number)
        os.close(file)
    with open(what, "rb") as file:
        given = json.load(file)
    os.environ.clear()
    os.environ.update(given["environment"])
    os.chdir(given["folder"])
    sys.argv = [given["module"]]
    runpy.run_module(given["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
