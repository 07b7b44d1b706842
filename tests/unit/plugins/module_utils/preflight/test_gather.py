# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read before a release, and what that may cost."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.client.auth import Connection
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.preflight import gather


def test_a_metrics_server_that_is_down_takes_none_of_the_release_s_time(monkeypatch):
    """It answers 503 for as long as it is asked; the release itself may wait for ten minutes."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    kube = Kube(Connection("http://127.0.0.1:1", "test", {}))
    kube._reached, kube.deadline = True, 1600.0
    monkeypatch.setattr(Kube, "_once", lambda *_arguments: Down())
    state = gather._metrics(kube)
    assert "503" in state or "unavailable" in state
    assert now[0] - 1000.0 <= gather.METRICS_PATIENCE
    assert kube.deadline == 1600.0 and isinstance(kube, Kube) and issubclass(KubeError, Exception)


class Down:
    status, headers, data = 503, {}, b"unavailable"


def test_daemon_sets_that_cannot_be_read_do_not_end_the_release(monkeypatch):
    kube, statuses = Kube(Connection("http://127.0.0.1:1", "test", {})), iter((403, 503, 0))

    def refuse(*_arguments):
        raise KubeError("refused", status=next(statuses))

    monkeypatch.setattr(Kube, "request", refuse)
    assert [gather._daemon_sets(kube) for _status in range(3)] == [None] * 3


def test_a_core_kind_that_is_not_in_the_table_is_looked_up_in_the_core_group(monkeypatch):
    """A user's own Endpoints ended the release with "GET /apis/v1: 404 page not found"."""
    answers = {"/api/v1": {"resources": [{"name": "endpoints", "kind": "Endpoints", "namespaced": True}]}}
    kube = Kube(Connection("http://127.0.0.1:1", "test", {}))
    monkeypatch.setattr(Kube, "request", lambda _kube, _method, path, *_rest: answers[path])
    monkeypatch.setattr(gather, "served_versions", lambda _kube: {"v1"})
    served, missing, _versions = gather._kinds(kube, {("v1", "Endpoints")})
    assert (served[("v1", "Endpoints")].path("ns", "x"), missing) == ("/api/v1/namespaces/ns/endpoints/x", [])
