# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the fork server, which each run of Ansible has one of, to run modules."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

from ansible_collections.modelops.serving.plugins.plugin_utils import fork_server

# What Python and the system's libraries read when a process starts: a fork does not read it again.
READ_AT_THE_START = ("PYTHON", "LC_", "LANG", "LD_", "DYLD_", "MALLOC_", "GLIBC_")


class ForkServer:
    """``command`` starts it, ``preloaded`` is the module whose imports it loads. It ends when this process and all its
    forks have ended."""

    def __init__(self, command: list[str], preloaded: str):
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno()), preloaded],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def run(self, module: str, arguments: bytes, environment: dict[str, str], folder: str) -> dict | None:
        """``stdout``, ``stderr`` and ``rc`` of a module with ``arguments`` as its standard input. None if no fork can
        stand in for a new process, or the server does not serve."""
        if any(name.startswith(READ_AT_THE_START) for name in environment):
            return None
        what = {"module": module, "environment": {**os.environ, **environment}, "folder": folder}
        ours, watched = socket.socketpair()
        with ours, _file(json.dumps(what).encode()) as asked, _file(arguments) as given, _file() as out, _file() as err:
            with watched:
                files = [asked.fileno(), given.fileno(), out.fileno(), err.fileno(), watched.fileno()]
                try:
                    socket.send_fds(self._control, [fork_server.QUESTION], files)
                except OSError:
                    return None
            status = _status(ours)
            return None if status is None else {"stdout": _text(out), "stderr": _text(err), "rc": status}


def _status(ours: socket.socket) -> int | None:
    """The module's, -1 if the server ended before it. None if the question was not taken, and nothing was run."""
    with ours.makefile("rb") as answer:
        told = answer.read()
    return int(told.removeprefix(fork_server.TAKEN) or -1) if told else None


@contextlib.contextmanager
def _file(content: bytes = b"") -> Iterator[BinaryIO]:
    """A file without a name, at its begin."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        yield file


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "surrogateescape")
