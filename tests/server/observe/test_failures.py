# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failures are counted and logged."""

from __future__ import annotations

import logging

import pytest

from model_server.observe.failures import Failures
from model_server.observe.logs import JsonFormatter
from model_server.observe.metrics import Metrics


def test_a_failure_is_counted_and_logged_with_traceback_and_request(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()
    try:
        raise SystemExit("no")
    except SystemExit as error:
        Failures(metrics).note("encode", error, "id-1")
    assert metrics.counters["model_server_failures"] == {("encode",): 1}
    (record,) = caplog.records
    assert (record.levelno, record.fields) == (logging.ERROR, {"where": "encode", "request_id": "id-1"})
    assert 'raise SystemExit(\\"no\\")' in JsonFormatter().format(record)
