# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting for sockets."""

from __future__ import annotations

import socket

import pytest
from waitress import wasyncore

from model_server.http.poller import READ, WRITE, Poller


class Reader(wasyncore.dispatcher):
    """Keeps what it reads. `reads` and `writes` say what it waits for."""

    def __init__(self, sock: socket.socket, sockets: dict):
        super().__init__(sock, sockets)
        self.data = b""
        self.reads, self.writes = True, False

    def readable(self) -> bool:
        return self.reads

    def writable(self) -> bool:
        return self.writes

    def handle_read(self) -> None:
        self.data += self.recv(100)

    def handle_write(self) -> None:
        self.writes = False
        self.send(b"out")


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    sockets: dict = {}
    reader = Reader(ours, sockets)
    yield reader, theirs, Poller(sockets)
    reader.close()
    theirs.close()


def test_what_is_sent_is_read(pair) -> None:
    reader, other, poller = pair
    poller.poll(0)
    other.sendall(b"in")
    poller.poll(1)
    assert reader.data == b"in"


def test_a_socket_is_written_once_it_wants_to(pair) -> None:
    reader, other, poller = pair
    poller.always = []
    poller.touch(reader._fileno)
    poller.poll(0)
    assert poller.watched == {reader._fileno: READ}
    reader.writes = True
    poller.poll(0)  # nobody said that it changed
    assert poller.watched == {reader._fileno: READ}
    poller.touch(reader._fileno)
    poller.poll(1)
    assert poller.watched == {reader._fileno: READ | WRITE}
    assert other.recv(10) == b"out"
    poller.poll(0)  # what was served is asked again
    assert poller.watched == {reader._fileno: READ}


def test_a_socket_that_waits_for_nothing_is_not_polled(pair) -> None:
    reader, other, poller = pair
    poller.poll(0)
    reader.reads = False
    other.sendall(b"in")
    poller.poll(0)
    assert (poller.watched, reader.data) == ({}, b"")
    reader.reads = True
    poller.poll(1)
    assert reader.data == b"in"


def test_a_socket_that_is_gone_is_forgotten(pair) -> None:
    reader, _other, poller = pair
    poller.poll(0)
    poller.forget(reader._fileno)
    poller.forget(reader._fileno)
    assert poller.watched == {}
    del poller.sockets[reader._fileno]
    poller.poll(0)
    assert poller.watched == {}
