# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugin reads while a module works, here and on another host."""

from __future__ import annotations

import os

import pytest
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader

from ansible_collections.modelops.serving.plugins.plugin_utils.live import LocalTail, RemoteTail


def remote_tail() -> RemoteTail:
    """Through a real connection, to this machine."""
    return RemoteTail(connection_loader.get("local", PlayContext()))


@pytest.mark.parametrize("make", [LocalTail, remote_tail])
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
