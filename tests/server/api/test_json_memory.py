# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The memory that parsed JSON takes, against what orjson really takes in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support import Server

from model_server.api.json_memory import most
from model_server.process.buffered import PARSED_FACTOR

BYTES = 4_000_000
PROGRAM = """
import sys, orjson
body = sys.stdin.buffer.read()
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
before = peak()
parsed = orjson.loads(body)
print(peak() - before)
"""
UNITS = (
    *(
        b"0",
        b"1.5",
        b"-99999999999",
        b"[]",
        b"[[]]",
        b"[1]",
        b"[1.5,2.5]",
        b"{}",
        b'{"a":0}',
        b'{"a":[]}',
        b'{"a":{"b":{}}}',
    ),
    *(b'""', b'"ab"', '"\u00e9"'.encode(), '"\U0001f600 and a longer text behind it"'.encode(), b'"\\ud83d\\ude00"'),
)


def filled(unit: bytes, size: int = BYTES) -> bytes:
    return b"[" + (unit + b",") * (size // (len(unit) + 1)) + unit + b"]"


@pytest.mark.parametrize("unit", UNITS)
def test_no_json_takes_more(unit: bytes) -> None:
    body = filled(unit)
    done = subprocess.run([sys.executable, "-c", PROGRAM], input=body, capture_output=True, check=True)
    taken = int(done.stdout)
    assert 0.2 * most(body) < taken + 10_000_000
    assert taken <= most(body) + 500_000


def test_numbers_of_one_digit_may_fill_a_body() -> None:
    row = b"[" + b",".join([b"1"] * 500) + b"]"
    body = b'{"instances":[' + b",".join([row] * 10_000) + b"]}"
    assert most(body) < (PARSED_FACTOR - 1) * len(body)


def test_a_body_that_would_take_the_memory_of_all_is_refused(iris_store: Path) -> None:
    with Server(iris_store, SERVER_MAX_BUFFERED_BYTES="60000000", SERVER_MAX_BODY_BYTES="3000000") as server:
        refused = server.post("/predict", b'{"instances":%b}' % filled(b"{}", 2_500_000))
        assert refused.status == 413
        assert "bytes of memory when it is parsed" in refused.json["error"]
        assert server.post("/predict", b'{"instances":[%b]}' % filled(b"0", 2_500_000)).status == 422
