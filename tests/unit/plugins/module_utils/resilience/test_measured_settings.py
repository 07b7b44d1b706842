# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that a report names, by live objects."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.resilience.measured_settings import settings

CONTAINER = {
    "name": "api",
    "image": "model-api:7",
    "readinessProbe": {"periodSeconds": 5, "timeoutSeconds": 3},
    "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
}
POD_SPEC = {
    "containers": [CONTAINER],
    "terminationGracePeriodSeconds": 60,
    "tolerations": [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "tolerationSeconds": 30}],
    "topologySpreadConstraints": [{"topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}],
}
DEPLOYMENT = {
    "spec": {
        "replicas": 3,
        "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {"spec": POD_SPEC},
    }
}
OTHERS = [
    {"kind": "PodDisruptionBudget", "spec": {"minAvailable": 2, "unhealthyPodEvictionPolicy": "AlwaysAllow"}},
    {"kind": "HorizontalPodAutoscaler", "spec": {"minReplicas": 3, "maxReplicas": 10}},
    {
        "kind": "Ingress",
        "metadata": {"annotations": {"nginx.ingress.kubernetes.io/proxy-connect-timeout": "2", "other": "no"}},
    },
]


def pod(node: str, ready: str) -> dict:
    return {
        "metadata": {"name": node},
        "spec": {"nodeName": node},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def test_what_decides_the_cost_of_a_fault_is_named_as_text():
    pods = [pod("node1", "True"), pod("node1", "True"), pod("node2", "False")]
    assert settings(DEPLOYMENT, OTHERS, pods, 20.0) == {
        "image": "model-api:7",
        "replicas": "3",
        "ready pods": "2",
        "nodes with ready pods": "1",
        "maxSurge": "1",
        "maxUnavailable": "0",
        "seconds to end": "60",
        "preStop": "sleep 5 s",
        "requests a second": "20",
        "readiness probe": "every 5 s, 3 s for an answer, 3 failures",
        "seconds on a node that is not-ready": "300",
        "seconds on a node that is unreachable": "30",
        "spread": "should by hostname",
        "budget minAvailable": "2",
        "budget unhealthyPodEvictionPolicy": "AlwaysAllow",
        "autoscaler": "3 to 10",
        "ingress proxy-connect-timeout": "2",
    }
