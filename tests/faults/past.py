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
    """Leaves the object of a pod that ended, and waits until another pod has its place. Returns the object's name.

    A kubelet takes back what others write into the status of its pods, within ten seconds. So the object that stays is
    a twin that no node has, and it becomes the ReplicaSet's when it is over: of one that is not, there would be one too
    many. The pod itself is deleted.
    """
    pod = next(pod for pod in cluster.list("Pod") if is_ready(pod))
    name = f"{pod['metadata']['name']}-ended"
    _make_dead(cluster, name, _unplaced(pod["spec"]), {"phase": "Failed", "reason": reason, "message": message})
    membership = {field: pod["metadata"][field] for field in ("labels", "ownerReferences")}
    cluster.kube.patch(cluster.get("Pod", name), cluster.namespace, {"metadata": membership})
    cluster.kube.delete(pod, cluster.namespace)

    def replaced() -> bool:
        wanted = cluster.get("Deployment", "shop")["spec"]["replicas"]
        return sum(is_ready(other) for other in cluster.list("Pod") if not dead(other)) >= wanted

    cluster.wait_for(replaced, 60)
    return name


def _unplaced(spec: dict) -> dict:
    return {**{field: value for field, value in spec.items() if field != "nodeName"}, "schedulerName": "nobody"}


def _make_dead(cluster: Cluster, name: str, spec: dict, status: dict) -> None:
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
    path = find("Pod").path(cluster.namespace, name) + "/status"
    cluster.kube.request("PATCH", path, None, {"status": status}, "application/merge-patch+json")


def dead(pod: dict) -> bool:
    return pod["status"].get("phase") == "Failed"


_NUMBERS = itertools.count(1)


def beside_the_pods(objects: list[dict]) -> list[dict]:
    """A change that no pod notices: an annotation of the Ingress."""
    changed = copy.deepcopy(objects)
    sets.find(changed, "Ingress")["metadata"]["annotations"] = {"example.com/change": str(next(_NUMBERS))}
    return changed
