# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers that waitress writes: in the shape of all others, with the id that is in the request's headers."""

from __future__ import annotations

from waitress.task import ErrorTask, WSGITask

from ..api import errors


class IdentifiedTask(WSGITask):
    """An answer of a WSGI application."""

    def build_response_header(self) -> bytes:
        self.response_headers.append(("X-Request-Id", self.request.headers.get("X_REQUEST_ID", "")))
        return super().build_response_header()


class RefusalTask(ErrorTask):
    """The answer to what waitress itself refuses (malformed or too large), in the JSON shape of all refusals."""

    def execute(self) -> None:
        error = self.request.error
        text = f"{error.reason}: {error.body}".replace("\r", " ").replace("\n", " ")[:300]
        request_id = self.request.headers.get("X_REQUEST_ID", "")
        body = errors.body(error.code, text, request_id)
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [("Content-Type", "application/json"), ("X-Request-Id", request_id)]
        if error.code == 503:
            self.response_headers.append(("Retry-After", "1"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(b"" if getattr(self.request, "command", "") == "HEAD" else body)
