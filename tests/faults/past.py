# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods with a past: restarted by a probe, or ended as a whole and replaced. They serve now."""

from __future__ import annotations

import copy
import itertools

import sets
from cluster import Cluster

from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import is_ready

# Seconds that a pod lives until its liveness probe fails for the first and only time; longer than a release takes.
LIVES = 30
ENDS = (
    ("Evicted", "The node was low on resource: memory."),
    ("OutOfcpu", "Node didn't have enough resource: cpu, requested: 10, used: 2000, capacity: 2000"),
    ("NodeAffinity", "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"),
    ("Terminated", "Pod was terminated in response to imminent node shutdown."),
    ("UnexpectedAdmissionError", "Allocate failed due to no healthy devices present"),
)


def killed_once(objects: list[dict]) -> list[dict]:
    """Each pod is restarted once by its liveness probe, LIVES seconds after its first start."""
    script = (
        'mkdir -p /tmp/www; echo "$GREETING" > /tmp/www/health; echo ok > /tmp/www/live; '
        f"test -e /memory/ran || {{ touch /memory/ran; (sleep {LIVES}; rm /tmp/www/live) & }}; "
        "exec httpd -f -p 5000 -h /tmp/www"
    )
    changed = sets.changed(
        objects,
        command=["sh", "-c", script],
        livenessProbe=sets.probe("/live", failureThreshold=2),
        volumeMounts=[{"name": "memory", "mountPath": "/memory"}],
    )
    sets.pod_of(changed)["volumes"] = [{"name": "memory", "emptyDir": {}}]
    return changed


def wait_until_killed(cluster: Cluster) -> None:
    """Until every pod has been restarted and is ready again."""

    def all_back() -> bool:
        pods = cluster.list("Pod")
        restarts = [pod["status"].get("containerStatuses", [{}])[0].get("restartCount", 0) for pod in pods]
        return bool(pods) and all(restarts) and all(is_ready(pod) for pod in pods)

    cluster.wait_for(all_back, LIVES + 60)


def end_one(cluster: Cluster, reason: str, message: str) -> str:
    """Ends a pod as a kubelet does it and waits until it is replaced; its object stays. Returns its name."""
    pod = next(pod for pod in cluster.list("Pod") if is_ready(pod))
    path = find("Pod").path(cluster.namespace, pod["metadata"]["name"]) + "/status"
    status = {"phase": "Failed", "reason": reason, "message": message}
    cluster.kube.request("PATCH", path, None, {"status": status}, "application/merge-patch+json")

    def replaced() -> bool:
        wanted = cluster.get("Deployment", "shop")["spec"]["replicas"]
        return sum(is_ready(other) for other in cluster.list("Pod") if not dead(other)) >= wanted

    cluster.wait_for(lambda: dead(cluster.get("Pod", pod["metadata"]["name"])) and replaced(), 60)
    return pod["metadata"]["name"]


def dead(pod: dict) -> bool:
    return pod["status"].get("phase") == "Failed"


_NUMBERS = itertools.count(1)


def beside_the_pods(objects: list[dict]) -> list[dict]:
    """A change that no pod notices: an annotation of the Ingress."""
    changed = copy.deepcopy(objects)
    sets.find(changed, "Ingress")["metadata"]["annotations"] = {"example.com/change": str(next(_NUMBERS))}
    return changed
