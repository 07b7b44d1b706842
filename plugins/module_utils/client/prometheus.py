# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a Prometheus in the cluster, through the API server."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import name_of

PORT = 9090


def search(kube: Kube) -> dict:
    """Namespace and name of the Service that the Prometheus Operator makes for every Prometheus; {} without one."""
    try:
        found = kube.list(find("Service"), None, "operated-prometheus=true")["items"]
    except KubeError:
        return {}
    return {"namespace": found[0]["metadata"]["namespace"], "service": name_of(found[0])} if found else {}


def series(kube: Kube, where: dict, query: str, patience: float) -> list[dict]:
    """What a query gives now, each with ``metric`` (its labels) and ``value``. ``where``: namespace, service and port.

    Raises KubeError when there is no answer, or one that is not Prometheus'.
    """
    kube.deadline = time.monotonic() + patience
    path, port = f"/api/v1/query?query={quote(query)}", str(where.get("port") or PORT)
    answer = kube.proxy(where["namespace"], where["service"], port, "GET", path, {}, None)
    try:
        return json.loads(answer["content"])["data"]["result"]
    except (ValueError, KeyError, TypeError) as error:
        at = f"{where['namespace']}/{where['service']}:{port}"
        raise KubeError(f"{at} answered {answer['status']}, and not as Prometheus does", answer["status"]) from error
