# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The access log: one JSON line a request."""

from __future__ import annotations

import sys
import time

import orjson

from ..api.messages import Request, Response
from .logs import timestamp


def trace_fields(parent: str, state: str) -> str:
    """The fields of the trace context, each after a comma.

    :param parent: a valid traceparent, whose ids stand at the same places in all versions.
    """
    more = f',"tracestate":{orjson.dumps(state).decode()}' if state else ""
    return f',"trace_id":"{parent[3:35]}","span_id":"{parent[36:52]}"{more}'


class AccessLog:
    """The lines of one turn of the event loop, written with one system call.

    The JSON is put together by hand, since every value but the path is known to need no escaping.


    :param enabled: for predictions.
    :param everything: for all other requests too.
    """

    def __init__(self, enabled: bool, everything: bool = False):
        self.enabled = enabled
        self.everything = enabled and everything
        self._lines: list[str] = []
        self._second = 0
        self._stamp = ""
        self._paths: dict[str, str] = {}

    def _escape(self, path: str) -> str:
        """The path as JSON. The paths of requests are few, so they are kept."""
        if len(self._paths) >= 256:
            self._paths.clear()
        self._paths[path] = escaped = orjson.dumps(path).decode()
        return escaped

    def add(self, request: Request, response: Response, when: float, seconds: float) -> None:
        second = int(when)
        if second != self._second:
            self._second = second
            self._stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when))
        path = self._paths.get(request.path) or self._escape(request.path)
        trace = trace_fields(request.traceparent, request.tracestate) if request.traceparent else ""
        self._lines.append(
            f'{{"time":"{self._stamp}.{int((when - second) * 1000):03d}Z","level":"INFO","logger":"access",'
            f'"method":"{request.method}","path":{path},"status":{response.status},'
            f'"duration_ms":{seconds * 1000:.3f},"bytes":{len(response.body)},"client":"{request.client}",'
            f'"request_id":"{request.request_id}"{trace}}}\n'
        )

    def add_other(self, client: str, method: str, path: str, status: int, size: int, request_id: str) -> None:
        """A line of a request that is no prediction; of a malformed one method and path may be empty.

        :param size: bytes of the body of the answer.
        """
        line = {
            "time": timestamp(time.time()),
            "level": "INFO",
            "logger": "access",
            "method": method,
            "path": path,
            "status": status,
            "bytes": size,
            "client": client,
            "request_id": request_id,
        }
        self._lines.append(orjson.dumps(line).decode() + "\n")

    def flush(self) -> None:
        if self._lines:
            sys.stdout.write("".join(self._lines))
            sys.stdout.flush()
            self._lines.clear()
