# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugin reads while a module works, here and on another host."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader

from ansible_collections.modelops.serving.plugins.plugin_utils.live import LocalTail, RemoteTail, SharedTail


def remote_tail() -> RemoteTail:
    """Through a real connection, to this machine."""
    return RemoteTail(connection_loader.get("local", PlayContext()))


@pytest.mark.parametrize("make", [LocalTail, SharedTail, remote_tail])
def test_the_reader_gets_whole_lines_once(make):
    tail = make()
    try:
        with open(tail.path, "a", encoding="utf-8") as stream:
            stream.write("one\ntw")
        assert tail.new_lines() == ["one"]
        with open(tail.path, "a", encoding="utf-8") as stream:
            stream.write("o\n")
        assert tail.new_lines() == ["two"]
        assert tail.new_lines() == []
    finally:
        tail.remove()
    assert not os.path.exists(tail.path)
    assert tail.new_lines() == []


def test_another_user_may_write_its_lines_and_read_nothing():
    tail = SharedTail()
    try:
        assert stat.S_IMODE(os.stat(tail.path).st_mode) == 0o622
        assert stat.S_IMODE(os.stat(os.path.dirname(tail.path)).st_mode) == 0o711
        write = "import os, sys; os.setuid(65534); open(sys.argv[1], 'a').write('one\\n')"
        if os.geteuid() == 0:
            subprocess.run([sys.executable, "-c", write, tail.path], check=True)
            assert tail.new_lines() == ["one"]
    finally:
        tail.remove()
    assert not os.path.exists(os.path.dirname(tail.path))
