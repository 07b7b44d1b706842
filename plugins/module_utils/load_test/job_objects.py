# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects that run load generators in a cluster. Pure.

A Job for each, and one ConfigMap with their plans. A Job ends, and goes away, by itself even if we are killed.
"""

from __future__ import annotations

import json
import math

# The generators' user; they need no rights.
USER = 65532
# For a start on a busy node, beside the load itself.
SLACK = 300
KEPT = 600
# An annotation of the pod says when to start; the kubelet shows it in a file as soon as it is set, whatever a
# NetworkPolicy lets in.
START_ANNOTATION = "modelops.serving/load-start"
START_FILE = "/start/at"
PLANS = "/plans"


def objects(name: str, image: str, program: str, plans: list[dict]) -> list[dict]:
    """In the order in which they are made. ``program``: the generator's path in ``image``."""
    given = [{**plan, "start": START_FILE} for plan in plans]
    return [config(name, given), *(job(name, image, program, plan) for plan in given)]


def labels(name: str) -> dict:
    """No label that a Service or an autoscaler selects by."""
    return {
        "app.kubernetes.io/component": "load",
        "app.kubernetes.io/managed-by": "modelops.serving",
        "modelops.serving/load-test": name,
    }


def config(name: str, plans: list[dict]) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{name}-load-test", "labels": labels(name)},
        "data": {file_name(plan): json.dumps(plan) for plan in plans},
    }


def file_name(plan: dict) -> str:
    return f"{plan['number']}.json"


def job(name: str, image: str, program: str, plan: dict) -> dict:
    seconds = math.ceil(sum(step["seconds"] for step in plan["steps"]))
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": f"{name}-load-test-{plan['number']}", "labels": labels(name)},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": seconds + SLACK,
            "ttlSecondsAfterFinished": KEPT,
            "template": {
                "metadata": {"labels": labels(name), "annotations": {START_ANNOTATION: ""}},
                "spec": pod(name, image, [program, f"{PLANS}/{file_name(plan)}"]),
            },
        },
    }


def pod(name: str, image: str, command: list[str]) -> dict:
    """Fits the Pod Security level restricted. Generators rather share no node."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"modelops.serving/load-test": name}},
    }
    container = {
        "name": "load-generator",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "plans", "mountPath": PLANS},
            {"name": "start", "mountPath": START_FILE.rpartition("/")[0]},
        ],
    }
    start = {
        "path": START_FILE.rpartition("/")[2],
        "fieldRef": {"fieldPath": f"metadata.annotations['{START_ANNOTATION}']"},
    }
    return {
        "restartPolicy": "Never",
        # A generator that is to stop stops within a second.
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": USER, "seccompProfile": {"type": "RuntimeDefault"}},
        "topologySpreadConstraints": [spread],
        "containers": [container],
        "volumes": [
            {"name": "plans", "configMap": {"name": f"{name}-load-test"}},
            {"name": "start", "downwardAPI": {"items": [start]}},
        ],
    }
