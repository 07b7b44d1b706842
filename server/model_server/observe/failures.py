# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What raised although nothing should: faults of a model or of the server, never of a client."""

from __future__ import annotations

import logging

from .metrics import Metrics

LOGGER = logging.getLogger("model_server")


class Failures:
    """Counts each failure, and logs it with its traceback and the request's id.

    Its callers catch BaseException: a model may raise SystemExit, and an extension's panic is no Exception. Signals
    only set flags here, so nothing that is caught was meant to end the process.
    """

    def __init__(self, metrics: Metrics):
        self.metrics = metrics

    def note(self, where: str, error: BaseException, request_id: str = "") -> None:
        """Count and log one.

        :param where: what the server was doing; one of few words, since it is a metric's label.
        """
        self.metrics.count("model_server_failures", where)
        fields = {"where": where, **({"request_id": request_id} if request_id else {})}
        LOGGER.error("failed: %s", where, exc_info=error, extra={"fields": fields})
