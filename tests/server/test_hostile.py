# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Some thousand malformed and hostile requests; hostile.py sends as many as one likes."""

from __future__ import annotations

import random
import socket
from pathlib import Path

import hostile
import pytest


def test_it_lives_answers_what_is_declared_and_gives_its_memory_back(iris_store: Path) -> None:
    with hostile.limited(iris_store) as server:
        seen = hostile.run(server, count_malformed=4000, count_hostile=200, seed=1, rounds=4)
    assert seen["wrong"] == []
    assert seen["failures"] == {}
    assert seen["last"] == (200, ["setosa"])
    assert {200, 400, 405, 413, 422} <= set(seen["answers"]), seen
    after = seen["memory_after_each_round"]
    assert max(after[2:]) < max(after[:2]) + 24 * 2**20, after
    assert seen["peak"] < hostile.MEMORY


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_the_same_seed_makes_the_same_requests(kind) -> None:
    first, second = (kind(random.Random("seed")) for _unused in range(2))
    assert first == second


def test_answers_that_are_not_declared_are_seen() -> None:
    attack = hostile.Attack(0, 1)
    attack.read(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}", b"sent")
    attack.read(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}", b"sent")
    attack.read(b"nonsense", b"sent")
    assert [line[:8] for line in attack.wrong] == ["500: b'{", "shape of", "no answe"]
    assert attack.statuses == {500: 1, 400: 1}


def test_a_client_that_waits_in_vain_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        attack = hostile.Attack(silent.getsockname()[1], 1)
        attack.patience = 0.2
        attack.send(b"a")
        attack.drip(b"bc")
        attack.drip(b"\r\n" * 4)
    assert attack.wrong == [f"nothing more within 0.2 s, after 0 bytes to {sent!r}" for sent in (b"a", b"bc")]
