# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module that meets trouble at one of its requests, and makes FILE when it does::

python -m chaos.victim TROUBLE NUMBER FILE MODULE
"""

from __future__ import annotations

import functools
import itertools
import os
import runpy
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import urllib3

Send = Callable[[], urllib3.BaseHTTPResponse]


@dataclass(frozen=True)
class Trouble:
    """``meet`` stands in for the request. ``seconds``: how long all requests meet it; 0 for this one alone. ``ends``:
    whether the run cannot go on."""

    meet: Callable[[Send], urllib3.BaseHTTPResponse]
    seconds: float = 0.0
    ends: bool = False


def _signalled(number: int) -> None:
    os.kill(os.getpid(), number)


def _before(number: int) -> Callable[[Send], urllib3.BaseHTTPResponse]:
    def meet(send: Send) -> urllib3.BaseHTTPResponse:
        _signalled(number)
        return send()

    return meet


def _after(number: int) -> Callable[[Send], urllib3.BaseHTTPResponse]:
    def meet(send: Send) -> urllib3.BaseHTTPResponse:
        answer = send()
        _signalled(number)
        return answer

    return meet


def _reset() -> None:
    raise urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))


def _lost(_send: Send) -> urllib3.BaseHTTPResponse:
    return _reset()


def _carried_out_and_lost(send: Send) -> urllib3.BaseHTTPResponse:
    send()
    return _reset()


def _answered(status: int, reason: str, **headers: str) -> Callable[[Send], urllib3.BaseHTTPResponse]:
    body = f'{{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "{reason}", "code": {status}}}'
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _send: urllib3.HTTPResponse(body.encode(), {"Content-Type": "application/json", **named}, status)


def _late(send: Send) -> urllib3.BaseHTTPResponse:
    time.sleep(6)
    return send()


TROUBLES = {
    "SIGKILL before": Trouble(_before(signal.SIGKILL), ends=True),
    "SIGKILL after": Trouble(_after(signal.SIGKILL), ends=True),
    "SIGTERM before": Trouble(_before(signal.SIGTERM), ends=True),
    "SIGTERM after": Trouble(_after(signal.SIGTERM), ends=True),
    "lost": Trouble(_lost),
    "carried out, answer lost": Trouble(_carried_out_and_lost),
    "unreachable for 3 s from": Trouble(_lost, seconds=3.0),
    "429": Trouble(_answered(429, "TooManyRequests", Retry_After="1")),
    "503": Trouble(_answered(503, "ServiceUnavailable")),
    "503 for 3 s from": Trouble(_answered(503, "ServiceUnavailable", Retry_After="1"), seconds=3.0),
    "6 s late": Trouble(_late),
}


def main() -> None:
    trouble, at, met, module = TROUBLES[sys.argv[1]], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    numbers, send, until = itertools.count(1), urllib3.PoolManager.request, []

    def request(self, *arguments, **named):
        number = next(numbers)
        if number == at:
            met.touch()
            until.append(time.monotonic() + trouble.seconds)
        if number == at or (until and time.monotonic() < until[0]):
            return trouble.meet(functools.partial(send, self, *arguments, **named))
        return send(self, *arguments, **named)

    urllib3.PoolManager.request = request
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
