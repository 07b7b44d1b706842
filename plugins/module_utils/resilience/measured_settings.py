# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings were measured: those of the live objects that decide what a fault costs. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import is_ready

INGRESS_ANNOTATIONS = (
    "proxy-connect-timeout",
    "proxy-read-timeout",
    "proxy-next-upstream",
    "proxy-next-upstream-tries",
)


def settings(deployment: dict, others: list[dict], pods: list[dict], rate: float) -> dict[str, str]:
    """By name, as text. ``others``: the release's disruption budgets, autoscalers and Ingresses. ``pods``: its own."""
    spec, pod = deployment["spec"], deployment["spec"]["template"]["spec"]
    container = pod["containers"][0]
    strategy = (spec.get("strategy") or {}).get("rollingUpdate") or {}
    ready = [one for one in pods if is_ready(one)]
    found = {
        "image": container["image"],
        "replicas": spec.get("replicas", 1),
        "ready pods": len(ready),
        "nodes with ready pods": len({one["spec"].get("nodeName") for one in ready}),
        "maxSurge": strategy.get("maxSurge"),
        "maxUnavailable": strategy.get("maxUnavailable"),
        "seconds to end": pod.get("terminationGracePeriodSeconds"),
        "preStop": _handler((container.get("lifecycle") or {}).get("preStop")),
        "requests a second": f"{rate:g}",
        **{f"{kind} probe": _probe(container.get(f"{kind}Probe")) for kind in ("startup", "readiness", "liveness")},
        **_tolerations(pod),
        "spread": _spread(pod),
    }
    for obj in others:
        found |= OF_KIND[obj["kind"]](obj)
    return {name: str(value) for name, value in found.items() if value not in (None, "")}


def _handler(found: dict | None) -> str:
    if not found:
        return ""
    if "sleep" in found:
        return f"sleep {found['sleep']['seconds']} s"
    return "exec" if "exec" in found else "httpGet"


def _probe(probe: dict | None) -> str:
    """As Kubernetes fills in what is not given."""
    if not probe:
        return ""
    every, timeout = probe.get("periodSeconds", 10), probe.get("timeoutSeconds", 1)
    return f"every {every} s, {timeout} s for an answer, {probe.get('failureThreshold', 3)} failures"


def _tolerations(pod: dict) -> dict:
    """Kubernetes gives every pod 300 s where nothing else is said."""
    given = {one.get("key", ""): one.get("tolerationSeconds") for one in pod.get("tolerations") or []}
    keys = {"not-ready": "node.kubernetes.io/not-ready", "unreachable": "node.kubernetes.io/unreachable"}
    return {f"seconds on a node that is {word}": given.get(key, 300) for word, key in keys.items()}


def _spread(pod: dict) -> str:
    found = []
    for one in pod.get("topologySpreadConstraints") or []:
        how = "must" if one.get("whenUnsatisfiable") == "DoNotSchedule" else "should"
        found.append(f"{how} by {one['topologyKey'].rpartition('/')[2]}")
    return ", ".join(found)


def _budget(obj: dict) -> dict:
    spec = obj["spec"]
    names = ("minAvailable", "maxUnavailable", "unhealthyPodEvictionPolicy")
    return {f"budget {name}": spec[name] for name in names if name in spec}


def _autoscaler(obj: dict) -> dict:
    return {"autoscaler": f"{obj['spec'].get('minReplicas', 1)} to {obj['spec']['maxReplicas']}"}


def _ingress(obj: dict) -> dict:
    annotations = obj["metadata"].get("annotations") or {}
    short = {name.rpartition("/")[2]: value for name, value in annotations.items()}
    return {f"ingress {name}": short[name] for name in INGRESS_ANNOTATIONS if name in short}


OF_KIND = {"PodDisruptionBudget": _budget, "HorizontalPodAutoscaler": _autoscaler, "Ingress": _ingress}
