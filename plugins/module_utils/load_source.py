# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a load comes from, where it goes, and what it asks."""

from __future__ import annotations

import json
import time

from ansible_collections.modelops.serving.plugins.module_utils.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.kube import Kube, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.load import ClusterLoad, ControllerLoad
from ansible_collections.modelops.serving.plugins.module_utils.release import ReleaseError

PATIENCE = 30.0
# The suboptions of every module's option ``load``; hpa_verify documents them.
OPTIONS = {
    "url": {"type": "str"},
    "source": {"type": "str", "choices": ["controller", "cluster"]},
    "service": {"type": "str"},
    "namespace": {"type": "str"},
    "image": {"type": "str"},
    "path": {"type": "str", "default": "/predict"},
    "body": {"type": "dict"},
    "host": {"type": "str"},
    "concurrency": {"type": "int", "default": 16},
    "requests_per_second": {"type": "int", "default": 0},
    "seconds": {"type": "int", "default": 180},
}


def source(kube: Kube, namespace: str, name: str, image: str, load: dict) -> ControllerLoad | ClusterLoad:
    """By the options in ``load``; ``name`` is the workload's, ``image`` what a sending pod is made from."""
    service = load["service"] or name
    url = load["url"] or f"http://{address(kube, namespace, service)}{load['path']}"
    plan = {key: load[key] for key in ("concurrency", "requests_per_second", "seconds", "host")}
    plan |= {"url": url, "body": load["body"] or example(kube, namespace, service)}
    if (load["source"] or ("controller" if load["url"] else "cluster")) == "controller":
        return ControllerLoad(plan)
    return ClusterLoad(kube, plan, load["namespace"] or namespace, f"{name}-load", load["image"] or image)


def address(kube: Kube, namespace: str, service: str) -> str:
    """Host and port of a Service as pods reach it, without asking DNS where that can be avoided."""
    found = kube.get(find("Service"), namespace, service)
    if found is None:
        raise ReleaseError(f"Service/{service} does not exist in namespace {namespace}: name one with load.service.")
    given = found["spec"].get("clusterIP", "None")
    host = f"{service}.{namespace}.svc" if given in ("", "None") else given
    return f"{f'[{host}]' if ':' in host else host}:{found['spec']['ports'][0]['port']}"


def example(kube: Kube, namespace: str, service: str) -> dict:
    """What the server says its first model takes. Raises ReleaseError when it says nothing of the kind."""
    client = Kube(kube.connection)
    client.deadline = time.monotonic() + PATIENCE
    try:
        answer = client.proxy(namespace, service, "http", "GET", "/", {}, None)
        return {"instances": json.loads(answer["content"])["models"][0]["example"]}
    except (KubeError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ReleaseError(
            f"Service/{service} does not say what its model takes ({error}): give load.body, and load.service."
        ) from error
