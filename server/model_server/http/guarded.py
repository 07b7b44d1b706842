# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A WSGI application that answers 500, in the one shape of refusals, whatever is raised in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from ..api import errors
from ..observe.failures import Failures


class Guarded:
    """The application.

    :param application: one that does not catch its errors itself.
    """

    def __init__(self, application: Callable, failures: Failures):
        self.application = application
        self.failures = failures

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        try:
            return self.application(environ, start_response)
        except BaseException as error:
            request_id = environ.get("HTTP_X_REQUEST_ID", "")[:128] or os.urandom(8).hex()
            self.failures.note("application", error, request_id)
            body = errors.body(500, errors.FAILED, request_id)
            start_response("500 Internal Server Error", [("Content-Type", "application/json")])
            return [body]
