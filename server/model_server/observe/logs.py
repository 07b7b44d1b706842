# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs as one JSON object a line on standard output."""

from __future__ import annotations

import logging
import sys
import time
import traceback

import orjson

LOGGER = logging.getLogger("model_server")


def timestamp(when: float) -> str:
    """Seconds since the epoch as RFC 3339 in UTC with milliseconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when)) + f".{int(when % 1 * 1000):03d}Z"


class JsonFormatter(logging.Formatter):
    """`extra={"fields": {...}}` adds fields to the line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": timestamp(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error_type"] = record.exc_info[0].__name__
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return orjson.dumps(line, default=str).decode()


def configure(level: str) -> None:
    """Send every logger's lines of this level and above to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # It warns of every request that finds another one waiting, which is the normal state of a loop that batches.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def trace_fields(parent: str, state: str) -> str:
    """What a line says of the trace context, behind a comma."""
    _version, trace, span, *_flags = parent.split("-")
    more = f',"tracestate":{orjson.dumps(state).decode()}' if state else ""
    return f',"trace_id":"{trace}","span_id":"{span}"{more}'


class AccessLog:
    """Lines of one turn of the loop, written with one system call.

    Fields are written by hand, since every value but the path is known to need no escaping.
    """

    def __init__(self, enabled: bool):
        self.enabled = enabled
        self._lines: list[str] = []
        self._second = 0
        self._stamp = ""
        self._paths: dict[str, str] = {}

    def _escape(self, path: str) -> str:
        """The path as JSON; those of answered requests are few, and kept."""
        if len(self._paths) >= 256:
            self._paths.clear()
        self._paths[path] = escaped = orjson.dumps(path).decode()
        return escaped

    def add(self, request, response, when: float, seconds: float) -> None:
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

    def flush(self) -> None:
        if self._lines:
            sys.stdout.write("".join(self._lines))
            sys.stdout.flush()
            self._lines.clear()
