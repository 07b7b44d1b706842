# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server's refusals are called here, and how they are read out of an answer."""

from __future__ import annotations

import json

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import without_values

# Of an object that is not what its kind's schema says, in its fields or in how they are encoded.
NOT_BY_SCHEMA = ("failed to create typed patch object", "unable to convert unstructured object", "decoding from json")


class KubeError(ServingError):
    """A request that failed for good. ``status``: of HTTP, 0 when the server was not reached. ``answer``: what
    the server said, without the request."""

    def __init__(
        self, message: str, status: int = 0, reason: str = "", details: dict | None = None, answer: str | None = None
    ):
        super().__init__(message)
        self.answer = message if answer is None else answer
        self.status = status
        self.reason = reason
        self.details = details or {}


class KindMissing(KubeError):
    """The server does not serve that kind: a CRD or an API version is missing."""


ASKS_TO_WAIT = "it asks to wait"
# What the API server would say of an object or of a right, and says as a Status.
BY_A_PROXY = (400, 403, 405, 422)


def status_error(method: str, path: str, response) -> KubeError:
    data = response.data if response.data is not None else response.read()
    try:
        status = json.loads(data)
    except ValueError:
        status = {}
    if response.status in BY_A_PROXY and "html" in response.headers.get("Content-Type", ""):
        message = f"a proxy in between answered {response.status} with a page of its own"
        return KubeError(f"{method} {path}: {message}", 0, "", {}, message)
    if not isinstance(status, dict) or status.get("kind") != "Status":
        status = {"message": data.decode("utf-8", "replace").strip()[:300]}
    message = status.get("message") or f"HTTP {response.status}"
    if response.status == 401:
        message = "the API server rejected our credentials (401): the token or certificate is wrong or has expired"
    message, request = without_values(message), f"{method} {path}: "
    going = _going_namespace(status)
    if going:
        message, request = f"{going}. Wait until it is gone, then run this again; or use another namespace.", ""
    details = status.get("details") or {}
    return KubeError(f"{request}{message}", response.status, status.get("reason", ""), details, message)


def asks_to_wait(error: KubeError, seconds: float) -> KubeError:
    """The same, with the time after which the server takes requests again, which is longer than ours."""
    text = f"{error} ({error.status}; {ASKS_TO_WAIT} {seconds:.0f} s)"
    return KubeError(text, error.status, error.reason, error.details, f"{error.answer}; {ASKS_TO_WAIT} {seconds:.0f} s")


def _going_namespace(status: dict) -> str:
    """The API server's sentence about the namespace that is being deleted, where that is why it refused; else ""."""
    causes = (status.get("details") or {}).get("causes") or []
    return next((cause.get("message", "") for cause in causes if cause.get("reason") == "NamespaceTerminating"), "")


def proxy_error(method: str, path: str, response) -> KubeError | None:
    """The API server's own error, by its Status object, which no Service sends; None for an answer of the Service."""
    if response.status < 400 or b'"kind":"Status"' not in response.data.replace(b" ", b"")[:200]:
        return None
    return status_error(method, path, response)


def is_final(error: KubeError) -> bool:
    """A 500 that is an answer, not an accident: an admission webhook or a quota refuses, or a field is unknown."""
    refused = "admission webhook" in str(error) and "denied" in str(error)
    return error.status == 500 and (refused or is_invalid(error))


def is_invalid(error: KubeError) -> bool:
    """Whether the object itself is wrong."""
    return error.status in (400, 422) or misfits_schema(error)


def misfits_schema(error: KubeError) -> bool:
    """Whether a field is unknown or of another type, which an apply answers with 500: whatever else stands."""
    return error.status == 500 and any(text in str(error) for text in NOT_BY_SCHEMA)


def is_unpermitted(error: KubeError) -> bool:
    """Whether it is RBAC that refuses, in its words, and not a policy or a webhook."""
    return error.status == 403 and not is_denied(error)


def is_denied(error: KubeError) -> bool:
    """Whether an admission policy or webhook refuses: the object may be valid all the same."""
    return error.status in (400, 403, 422) and any(words in str(error) for words in ("denied request", "denied the"))


def is_namespace_going(error: KubeError) -> bool:
    """Whether nothing can be made in the namespace, because it is being deleted or is gone."""
    causes = error.details.get("causes") or []
    return is_namespace_missing(error) or any(cause.get("reason") == "NamespaceTerminating" for cause in causes)


def is_namespace_missing(error: KubeError) -> bool:
    return error.status == 404 and error.details.get("kind") == "namespaces"
