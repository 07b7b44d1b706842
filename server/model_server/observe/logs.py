# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs as one JSON object a line on standard output."""

from __future__ import annotations

import logging
import sys
import time
import traceback

import orjson


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
    """Write the lines of every logger, of this level and above, to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # It warns of every request that finds another one waiting, which is normal for a loop that batches.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
