# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Chunks, however they are cut; test_conformance.py holds what is refused."""

from __future__ import annotations

import pytest
from waitress.buffers import OverflowableBuffer

from model_server.http.chunks import MAX_LINE, Chunks

SENT = b'5;a="b\\"c"\r\nhello\r\n006\r\n world\r\n0\r\nX: 1\r\nY:\r\n\r\n'


def receive(*parts: bytes, limit: int = 1000) -> tuple[Chunks, int]:
    """What a connection does with parts of a body; returns how many bytes were taken."""
    chunks, taken = Chunks(OverflowableBuffer(2**20), limit), 0
    for part in parts:
        taken += chunks.received(part)
    return chunks, taken


@pytest.mark.parametrize("size", [1, 2, 3, 7, len(SENT)])
def test_parts_of_any_size_give_the_same_body(size: int) -> None:
    chunks, taken = receive(*[SENT[i : i + size] for i in range(0, len(SENT), size)], b"GET / HTTP/1.1")
    assert (chunks.completed, chunks.error, taken) == (True, None, len(SENT))
    assert chunks.getbuf().get(-1) == b"hello world"


def test_a_body_beyond_the_limit_is_refused_by_its_size_alone() -> None:
    assert receive(b"3e7\r\n")[0].error is None
    assert receive(b"3e8\r\n")[0].error.code == 413
    assert receive(b"3\r\nabc\r\n3e5\r\n")[0].error.code == 413


def test_a_line_without_end_is_not_kept() -> None:
    chunks, taken = receive(b"5;a=", *[b"b"] * (10 * MAX_LINE))
    assert (chunks.error.code, taken, len(chunks.partial)) == (400, MAX_LINE + 2, MAX_LINE + 2)
