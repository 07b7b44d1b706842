# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows on the controller the progress lines of a module that runs on another host or process.

The module appends its lines to a file whose path is in its environment. A thread reads the new lines: several times a
second when the file is on this machine, every few seconds through the connection when it is not.
"""

from __future__ import annotations

import copy
import os
import secrets
import tempfile
import threading

from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.modelops.serving.plugins.module_utils.common.progress import VARIABLE
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import said
from ansible_collections.modelops.serving.plugins.plugin_utils import brief, direct

LOCAL_EVERY = 0.2
REMOTE_EVERY = 3.0

display = Display()


class LiveActionModule(ActionBase):
    """Base of the action plugins whose modules take a while."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        if not boolean(self._task.args.get("brief", False)):
            return self._result(tmp, task_vars)
        host = (task_vars or {}).get("inventory_hostname", "")
        brief.forget(host)
        try:
            result = self._result(tmp, task_vars)
        # For an unreachable host Ansible runs no task any more, not even those that say what became of all targets.
        except AnsibleConnectionFailure as error:
            result = {"failed": True, "changed": False, "msg": _unreachable(host, error)}
        brief.keep(host, result)
        return brief.failed(brief.shortened(result)) if result.get("failed") else result

    def _result(self, tmp, task_vars) -> dict:
        result = super().run(tmp, task_vars)
        if self._task.check_mode or self._task.async_val:
            result.update(self._module_result(task_vars))
            return result
        tail = self._tail()
        given = self._task.environment or []
        self._task.environment = [*given, {VARIABLE: tail.path}]
        try:
            with Follower(tail, (task_vars or {}).get("inventory_hostname", "")):
                result.update(self._module_result(task_vars))
        finally:
            self._task.environment = given
        return result

    def _module_result(self, task_vars) -> dict:
        if direct.suits(self, task_vars or {}):
            return direct.run(self)
        return self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val)

    def _tail(self) -> Tail:
        if self._connection.transport != "local":
            return RemoteTail(self._connection)
        return SharedTail() if self._connection.become else LocalTail()


def _unreachable(host: str, error: AnsibleConnectionFailure) -> str:
    return f"Ansible cannot reach {host}: {' '.join(str(error).split())}"


class Follower:
    """A context manager that shows a file's new lines until it ends, including the last."""

    def __init__(self, tail, host: str):
        self.tail, self.host = tail, host
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Follower:
        self._thread.start()
        return self

    def __exit__(self, *_exception) -> None:
        self._stop.set()
        self._thread.join(timeout=10)
        self._show()
        self.tail.remove()

    def _follow(self) -> None:
        while not self._stop.wait(self.tail.every):
            self._show()

    def _show(self) -> None:
        for line in self.tail.new_lines():
            display.display(f"  [{self.host}] {line}")


class Tail:
    """The new lines of a file since the last read; an unfinished line waits for its end."""

    every = LOCAL_EVERY
    path = ""

    def __init__(self):
        self._offset = 0
        self._rest = b""

    def new_lines(self) -> list[str]:
        piece = self.read(self._offset)
        self._offset += len(piece)
        *whole, self._rest = (self._rest + piece).split(b"\n")
        return [line.decode("utf-8", "replace") for line in whole]

    def read(self, offset: int) -> bytes:
        raise NotImplementedError

    def remove(self) -> None:
        raise NotImplementedError


class LocalTail(Tail):
    """A private file on this machine."""

    def __init__(self):
        super().__init__()
        self.path = self._make()

    def _make(self) -> str:
        handle, path = tempfile.mkstemp(prefix="modelops-progress-")
        os.close(handle)
        return path

    def read(self, offset: int) -> bytes:
        try:
            with open(self.path, "rb") as stream:
                stream.seek(offset)
                return stream.read()
        except OSError:
            return b""

    def remove(self) -> None:
        if os.path.exists(self.path):
            os.unlink(self.path)


class SharedTail(LocalTail):
    """A file on this machine that another user, as whom the module runs, may write and not read.

    It has a folder of its own: in /tmp itself the kernel lets nobody open another user's file to write.
    """

    def _make(self) -> str:
        folder = tempfile.mkdtemp(prefix="modelops-progress-")
        os.chmod(folder, 0o711)
        path = os.path.join(folder, secrets.token_hex(8))
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        os.chmod(path, 0o622)
        return path

    def remove(self) -> None:
        super().remove()
        os.rmdir(os.path.dirname(self.path))


class RemoteTail(Tail):
    """A file on the host that runs the module, read through a connection of our own beside the module's."""

    every = REMOTE_EVERY

    def __init__(self, connection):
        super().__init__()
        self.path = f"/tmp/modelops-progress-{secrets.token_hex(8)}"
        self._connection = copy.copy(connection)

    def read(self, offset: int) -> bytes:
        return self._run(f"tail -c +{offset + 1} {self.path} 2>/dev/null")

    def remove(self) -> None:
        self._run(f"rm -f {self.path}")

    def _run(self, command: str) -> bytes:
        """The output, b"" on any error: progress is optional, and the next read tries again."""
        try:
            status, output, _error = self._connection.exec_command(command, sudoable=False)
        except Exception as error:
            display.vvv(f"progress not readable: {said(error)}")
            return b""
        return output if status == 0 else b""
