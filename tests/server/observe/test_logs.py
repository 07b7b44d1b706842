# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of the log are JSON."""

from __future__ import annotations

import json
import logging
import sys

from model_server.observe.logs import JsonFormatter, timestamp


def line(**more) -> dict:
    record = logging.LogRecord("model_server", logging.ERROR, "", 0, "port %d", (80,), more.pop("exc_info", None))
    vars(record).update(more)
    return json.loads(JsonFormatter().format(record))


def test_fields_are_added() -> None:
    found = line(fields={"port": 80, "what": object})
    assert (found["level"], found["message"], found["port"]) == ("ERROR", "port 80", 80)
    assert "object" in found["what"]  # what JSON has no word for is text


def test_an_exception_is_one_line() -> None:
    found = {}
    try:
        raise KeyError("x")
    except KeyError:
        found = line(exc_info=sys.exc_info())
    assert found["error_type"] == "KeyError"
    assert "Traceback" in found["traceback"]


def test_timestamp() -> None:
    assert timestamp(0.9996) == "1970-01-01T00:00:00.999Z"
