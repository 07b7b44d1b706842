# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates faulty autoscalers on a real cluster and records what the API server returns for them.

    python tests/recordings/autoscaling.py KUBECONFIG IMAGE [SITUATION ...]

IMAGE needs a shell. "vpa" needs the vertical pod autoscaler's recommender, which tests/monitoring installs. Each
situation has its own namespace, t-hpa-SITUATION, which is removed afterwards. A recording is written when the rules
find the expected reason, so a run also tests the rules on a real cluster.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import recording

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.hpa import rules as hpa_rules
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import Reader

FOLDER = ROOT / "tests" / "recordings" / "autoscaling"
PATIENCE = 300.0
REQUESTS = {"requests": {"cpu": "10m", "memory": "8Mi"}, "limits": {"cpu": "20m", "memory": "32Mi"}}
BUSY, QUIET = "while :; do :; done", "sleep 3600"


def container(name: str = "api", command: str = QUIET, resources: dict | None = None) -> dict:
    return {
        "name": name,
        "image": sys.argv[2],
        "command": ["sh", "-c", command],
        "resources": REQUESTS if resources is None else resources,
    }


def deployment(name: str = "api", app: str = "api", replicas: int = 1, containers: list | None = None) -> dict:
    labels = {"app": app}
    spec = {"terminationGracePeriodSeconds": 0, "containers": containers or [container()]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def hpa(name: str = "api", target: str = "api", metric: dict | None = None, least: int = 1, most: int = 2) -> dict:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": [metric or percent(70)],
        },
    }


def percent(value: int) -> dict:
    target = {"type": "Utilization", "averageUtilization": value}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def pods_metric(name: str) -> dict:
    target = {"type": "AverageValue", "averageValue": "10"}
    return {"type": "Pods", "pods": {"metric": {"name": name}, "target": target}}


def external_metric(name: str) -> dict:
    return {"type": "External", "external": {"metric": {"name": name}, "target": {"type": "Value", "value": "10"}}}


def of_container(name: str) -> dict:
    target = {"type": "Utilization", "averageUtilization": 70}
    return {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": name, "target": target}}


def vpa() -> dict:
    return {
        "apiVersion": "autoscaling.k8s.io/v1",
        "kind": "VerticalPodAutoscaler",
        "metadata": {"name": "api"},
        "spec": {
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"},
            "updatePolicy": {"updateMode": "Off"},
        },
    }


def quota(cpu: str) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small"},
        "spec": {"hard": {"requests.cpu": cpu}},
    }


def pod(labels: dict) -> dict:
    spec = {"terminationGracePeriodSeconds": 0, "containers": [container()]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "other", "labels": labels}, "spec": spec}


def busy(target: int) -> list:
    return [deployment(containers=[container(command=BUSY)]), hpa(metric=percent(target))]


# The reason that the rules must find, and the objects. "" is a healthy autoscaler.
SITUATIONS = {
    "healthy": ("", [deployment(), hpa()]),
    "late": ("NotReconciled", [deployment(), hpa()]),
    "container-metric": ("", [deployment(), hpa(metric=of_container("api"))]),
    "no-target": ("TargetMissing", [hpa()]),
    "zero": ("ScalingDisabled", [deployment(replicas=0), hpa()]),
    "no-request": ("RequestMissing", [deployment(containers=[container(), container("proxy", resources={})]), hpa()]),
    "wrong-container": ("ContainerUnknown", [deployment(), hpa(metric=of_container("server"))]),
    "custom": ("MetricsApiMissing", [deployment(), hpa(metric=pods_metric("model_server_in_flight"))]),
    "external": ("MetricsApiMissing", [deployment(), hpa(metric=external_metric("queue_length"))]),
    "resource-name": ("ResourceUnknown", [deployment(), hpa(metric={"type": "Resource", "resource": {
        "name": "gpu", "target": {"type": "AverageValue", "averageValue": "1"}}})]),
    "two-autoscalers": ("SeveralAutoscalers", [deployment(), hpa(), hpa("other")]),
    "ambiguous": ("AmbiguousSelector", [deployment(), deployment("twin"), hpa(), hpa("twin", "twin")]),
    "other-pod": ("SelectorTooWide", [deployment(), pod({"app": "api"}), hpa()]),
    "quota": ("QuotaTooSmall", [quota("25m"), deployment(), hpa(most=5)]),
    "no-range": ("NoRange", [deployment(), hpa(least=1, most=1)]),
    "at-maximum": ("AtMaximum", busy(50)),
    "tolerance": ("WithinTolerance", busy(190)),
    "stabilizing": ("Stabilizing", busy(50)),
    "capacity": ("CapacityShort", [deployment(), hpa(most=500)]),
    "vpa": ("RequestTooLow", [deployment(), hpa(), vpa()]),
}  # fmt: skip


def record(situation: str) -> str:
    reason, objects = SITUATIONS[situation]
    namespace = f"t-hpa-{situation}"
    kube = Kube.from_params({"kubeconfig": sys.argv[1]})
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, namespace, None, "false")
    try:
        for obj in objects:
            kube.apply(obj, namespace, None, "true")
        return watch(kube, situation, namespace, reason)
    finally:
        kube.delete({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, None)


def watch(kube: Kube, situation: str, namespace: str, reason: str) -> str:
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        snapshot = Reader(kube, namespace, "api").read()
        found = [entry.reason for entry in hpa_rules.judge(snapshot, "runtime", 0.0, 60.0).findings]
        if settled(snapshot, situation) and (reason in found if reason else not found):
            write(situation, snapshot)
            return f"{situation}: {', '.join(found) or 'nothing wrong'} after {time.monotonic() - began:.0f} s"
        nudge(kube, situation, namespace, snapshot)
        time.sleep(2.0 if reason != "NotReconciled" else 0.0)
    return f"{situation}: NOT SEEN: {reason or 'health'}; found {', '.join(found)}"


def settled(snapshot, situation: str) -> bool:
    """Whether the controller has written its conditions: the recording must have them."""
    return situation == "late" or bool(snapshot.condition("AbleToScale"))


def nudge(kube: Kube, situation: str, namespace: str, snapshot) -> None:
    """Sets the metric's target from its measured value, if the situation needs a certain ratio of the two."""
    current = snapshot.metrics[0].current
    wanted = None
    if situation == "tolerance" and current and current > 100:
        wanted = round(current / 1.05)
    if situation == "stabilizing" and snapshot.current == snapshot.maximum:
        wanted = 1000
    if wanted and abs(wanted - snapshot.metrics[0].target) > 4:
        kube.apply(hpa(metric=percent(wanted)), namespace, None, "true")


def write(situation: str, snapshot) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    data = asdict(snapshot)
    for entry in data["nodes"] or []:
        entry["status"] = {key: entry["status"].get(key) for key in ("allocatable", "conditions")}
    head = f"Recorded by tests/recordings/autoscaling.py from a real cluster: {situation}"
    text = recording.text(head, recording.without(data, ("managedFields", "images", "volumes")))
    (FOLDER / f"{situation}.yml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    with ThreadPoolExecutor(max_workers=20) as pool:
        for line in pool.map(record, sys.argv[3:] or SITUATIONS):
            print(line, flush=True)
