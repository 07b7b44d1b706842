# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of GKE's API by Google's own client, and the wait for what they begin. Messages are plain dictionaries."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import GKE_ADDRESS
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import said
from ansible_collections.modelops.serving.plugins.module_utils.gke import words
from ansible_collections.modelops.serving.plugins.module_utils.gke.messages import Wanted

try:
    from google.api_core import exceptions
    from google.auth import exceptions as auth_exceptions
    from google.cloud import container_v1
except ImportError as problem:
    MISSING: ImportError | None = problem
else:
    MISSING = None

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
# Of a refusal for an operation that somebody else began in the meantime.
TRIES = 3
# So many questions in a row may stay without an answer while an operation runs.
UNANSWERED = 10
PASSING = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "ABORTED")


class Gke:
    """One cluster. ``say`` gets a line when something changes."""

    def __init__(self, wanted: Wanted, timeout: float, say: Callable[[str], None]):
        if MISSING:
            raise ServingError(
                "playbooks/cluster.yml needs Google's client for GKE in the Python that runs the module: "
                f"pip install google-cloud-container ({MISSING})."
            )
        self.wanted, self._say = wanted, say
        self._ends = time.monotonic() + timeout
        self._timeout = timeout
        self._client = self._called(_client)

    def cluster(self) -> dict | None:
        """The cluster as it is, None when GKE answers that it does not exist."""
        try:
            found = self._called(lambda: self._client.get_cluster(name=self.wanted.path))
        except NotThere:
            return None
        return container_v1.Cluster.to_dict(found, use_integers_for_enums=False)

    def running(self) -> list[str]:
        """The operations on this cluster that have not ended, by their names."""
        parent = self.wanted.path.rpartition("/clusters/")[0]
        found = self._called(lambda: self._client.list_operations(parent=parent)).operations
        done = container_v1.Operation.Status.DONE
        return [one.name for one in found if one.status != done and _is_of(one.target_link, self.wanted.name)]

    def call(self, method: str, body: dict) -> None:
        """Makes a call that changes something, and waits until it is done."""
        for attempt in range(1, TRIES + 1):
            try:
                operation = self._called(lambda: getattr(self._client, method)(request=self._request(method, body)))
                break
            except Busy as error:
                if attempt == TRIES:
                    raise
                self._say(f"waits: {error}")
                self.settle()
        self.wait(operation.name)

    def _request(self, method: str, body: dict) -> dict:
        """A call's message: what it is about, and what it says."""
        parent = self.wanted.path.rpartition("/clusters/")[0]
        of_pool = {"name": f"{self.wanted.path}/nodePools/{self.wanted.pool}"}
        about = {
            "create_cluster": {"parent": parent},
            "create_node_pool": {"parent": self.wanted.path},
            "update_node_pool": of_pool,
            "set_node_pool_autoscaling": of_pool,
        }.get(method, {"name": self.wanted.path})
        return {**about, "update": body} if method == "update_cluster" else {**about, **body}

    def settle(self) -> None:
        """Waits for what runs on this cluster already."""
        for name in self.running():
            self.wait(name)

    def wait(self, name: str) -> None:
        """Until the operation is done. Raises ServingError when it fails or takes too long."""
        pause, progress = FIRST_PAUSE, "operation"
        unanswered = 0
        while True:
            try:
                operation = self._operation(name)
            except Unreachable as error:
                unanswered += 1
                if unanswered > UNANSWERED:
                    raise
                self._say(f"{progress}: {error}")
            else:
                unanswered, progress = 0, words.progress(operation)
                if operation["status"] == "DONE":
                    self._judge(operation)
                    return
                self._say(progress)
            if time.monotonic() + pause > self._ends:
                raise ServingError(
                    f"{self.wanted.title} is not done after gke_cluster_timeout ({self._timeout:g} s): "
                    f"{progress}. GKE goes on with it; run this again to wait for it."
                )
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def _operation(self, name: str) -> dict:
        path = f"{self.wanted.path.rpartition('/clusters/')[0]}/operations/{name}"
        found = self._called(lambda: self._client.get_operation(name=path))
        return container_v1.Operation.to_dict(found, use_integers_for_enums=False)

    def _judge(self, operation: dict) -> None:
        why = words.failed(operation)
        if why:
            raise ServingError(f"GKE could not {words.named(operation)} {self.wanted.name}: {why}.")

    def _called(self, call: Callable):
        try:
            return call()
        except exceptions.GoogleAPICallError as error:
            raise self._refusal(error) from error
        except exceptions.RetryError as error:
            raise Unreachable(f"GKE's API does not answer: {said(error.cause or error)}") from error
        except (auth_exceptions.DefaultCredentialsError, auth_exceptions.RefreshError) as error:
            raise ServingError(f"{words.NO_CREDENTIALS}{said(error)}") from error
        except (auth_exceptions.TransportError, OSError) as error:
            raise Unreachable(f"Google cannot be reached: {said(error)}") from error
        except (ValueError, TypeError) as error:  # a value that the message has no room for
            raise ServingError(f"{self.wanted.title} cannot be asked for: {said(error)}") from error

    def _refusal(self, error: exceptions.GoogleAPICallError) -> ServingError:
        code, said = _answer(error)
        if code == "NOT_FOUND" and said.rstrip(".").endswith(self.wanted.path):
            return NotThere(self.wanted.title)
        sentence = words.refused(code, said, self.wanted)
        if code in PASSING:
            return Unreachable(sentence)
        return Busy(sentence) if code == "FAILED_PRECONDITION" else ServingError(sentence)


class Unreachable(ServingError):
    """No answer, or one that may be another in a moment."""


class NotThere(ServingError):
    """GKE answered that this very cluster does not exist."""


class Busy(ServingError):
    """GKE refuses while something else runs on the cluster, or for the state that it is in."""


def _client():
    """By HTTP, as gcloud has it: proxies and certificate bundles of the environment count, and one address serves the
    modules that only read credentials, too, with its scheme and its path."""
    address = os.environ.get(GKE_ADDRESS)
    options = {"api_endpoint": address.rstrip("/")} if address else {}
    return container_v1.ClusterManagerClient(transport="rest", client_options=options)


def _answer(error: Exception) -> tuple[str, str]:
    """The code of google.rpc in GKE's answer, and its words. Several codes have one status of HTTP."""
    try:
        answer = error.response.json()["error"]
        return answer["status"], answer["message"]
    except (AttributeError, KeyError, TypeError, ValueError):  # no answer of GKE: a proxy's, perhaps
        return "", str(error.message)


def _is_of(link: str, name: str) -> bool:
    """Whether an operation's target is this cluster or a part of it."""
    _before, found, after = (link or "").partition("/clusters/")
    return bool(found) and after.split("/")[0] == name
