# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes a pod may be placed on, whatever runs there now. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    matches,
    quantity,
    requests,
    selector_text,
)

PASSING_TAINTS = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "node.cluster.x-k8s.io/")
SELECTOR_REMEDY = "Correct model_serving_node_selector or model_serving_affinity, or label a node."
TAINT_REMEDY = "Add it to model_serving_tolerations, or remove the taint from a node."
REQUEST_REMEDY = (
    "Lower model_serving_cpu_request, model_serving_memory_request or what model_serving_extra_resources asks for, or "
    "add a node that is large enough."
)
SIZES = ("memory", "ephemeral-storage")


def no_node(nodes: list, pod_spec: dict) -> tuple[str, str] | None:
    """Why the pod fits on none of the nodes, ready or not, were they empty, and what to do; None where one has room."""
    selected = [node for node in nodes if is_selected(pod_spec, node)]
    if not selected:
        return f"no node has {selection(pod_spec)}", SELECTOR_REMEDY
    taints = [standing_taint(pod_spec, node) for node in selected]
    if all(taints):
        return f"the pods do not tolerate the taint {', '.join(sorted(set(taints)))}", TAINT_REMEDY
    lack = too_large([node for node, taint in zip(selected, taints, strict=True) if not taint], pod_spec)
    if lack:
        return f"a pod {lack}", REQUEST_REMEDY
    return None


def too_large(nodes: list, pod_spec: dict) -> str | None:
    """What the pod requests more of than any of the nodes has, even when empty."""
    for resource in _requested(pod_spec):
        wanted, most = requests(pod_spec, resource), max((_allocatable(node, resource) for node in nodes), default=None)
        if most is not None and wanted > most and not (most == 0 and _may_come(nodes, resource)):
            return f"requests {_amount(wanted, resource)} {resource}, the largest node has {_amount(most, resource)}"
    return None


def _requested(pod_spec: dict) -> list[str]:
    """The resources that the pod requests or is limited in."""
    found: dict = {}
    for container in [*(pod_spec.get("initContainers") or []), *(pod_spec.get("containers") or [])]:
        resources = container.get("resources") or {}
        found |= {**(resources.get("requests") or {}), **(resources.get("limits") or {})}
    return list(found)


def _allocatable(node: dict, resource: str) -> float:
    return quantity(((node.get("status") or {}).get("allocatable") or {}).get(resource))


def _may_come(nodes: list, resource: str) -> bool:
    """Whether a node names a device of which it has none now, as while its plugin starts anew."""
    return "/" in resource and any(resource in ((node.get("status") or {}).get("allocatable") or {}) for node in nodes)


def _amount(value: float, resource: str) -> str:
    if resource.startswith("hugepages-"):
        return f"{value / 1024**2:g}Mi"
    return f"{value / 1024**3:.1f}Gi" if resource in SIZES else f"{value:g}"


def selection(pod_spec: dict) -> str:
    """What a pod wants of its node's labels, for a message."""
    return selector_text(pod_spec.get("nodeSelector")) or "its node affinity"


def is_selected(pod_spec: dict, node: dict) -> bool:
    """Whether a node has the labels that the pod must have. A rule about a node's fields is taken as met."""
    labels = node["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in (pod_spec.get("nodeSelector") or {}).items()):
        return False
    affinity = ((pod_spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    terms = (affinity or {}).get("nodeSelectorTerms") or []
    return (
        not terms
        or any(
            matches({"matchExpressions": term.get("matchExpressions") or []}, labels)
            for term in terms
            if not term.get("matchFields")
        )
        or any(term.get("matchFields") for term in terms)
    )


def standing_taint(pod_spec: dict, node: dict) -> str | None:
    """The first taint that the pod does not tolerate and that does not come and go with the node's state."""
    for taint in (node.get("spec") or {}).get("taints") or []:
        if taint.get("effect") not in ("NoSchedule", "NoExecute") or taint["key"].startswith(PASSING_TAINTS):
            continue
        if not any(_tolerates(entry, taint) for entry in pod_spec.get("tolerations") or []):
            value = f"={taint['value']}" if taint.get("value") else ""
            return f"{taint['key']}{value}:{taint['effect']}"
    return None


def _tolerates(toleration: dict, taint: dict) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    return toleration.get("key") == taint["key"] and (toleration.get("value") or "") == (taint.get("value") or "")
