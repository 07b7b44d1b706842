# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ends a start, and with which code."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Server

from model_server.startup.serve import bind


def test_until_it_listens_connections_are_refused() -> None:
    with bind("127.0.0.1", 0) as listener, pytest.raises(ConnectionRefusedError):
        socket.create_connection(listener.getsockname(), timeout=5)


def test_ipv6() -> None:
    with bind("::1", 0) as listener:
        assert listener.family == socket.AF_INET6


def test_a_port_that_is_taken(start: Callable[..., Server], iris_store: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = start(iris_store, SERVER_PORT=str(taken.getsockname()[1]))
        assert server.wait_exit() == 4
    assert "cannot listen on 127.0.0.1: " in server.lines()[-1]["message"]


def test_a_file_of_keys_that_is_not_there(start: Callable[..., Server], iris_store: Path) -> None:
    server = start(iris_store, SERVER_API_KEYS_FILE="/nowhere")
    assert server.wait_exit() == 2
    assert server.lines()[-1]["message"].startswith("SERVER_API_KEYS_FILE: ")
