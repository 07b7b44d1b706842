# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences for a person: what differs, how far an operation is, why Google refuses. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact
from ansible_collections.modelops.serving.plugins.module_utils.gke import fields, plan
from ansible_collections.modelops.serving.plugins.module_utils.gke.messages import Wanted

SHOWN = 600
DOING = {
    plan.CREATE: "create {title}",
    plan.DELETE: "delete {title}",
    fields.UPDATE: "change {options} of {title}",
    fields.LABELS: "change {options} of {title}",
    fields.AUTOSCALING: "change {options} of the node pool {pool}",
    fields.UPDATE_POOL: "change {options} of the node pool {pool}",
    fields.CREATE_POOL: "create the node pool {pool}",
}
# What it takes to remove a difference.
REMEDIES = {
    fields.SETTINGS: "-e gke_cluster_update=settings changes it, and leaves the nodes",
    fields.NODES: "-e gke_cluster_update=nodes changes it; GKE replaces, adds or removes nodes one after another",
    fields.NEW_POOL: "GKE has it only in a new node pool: set another gke_cluster_pool and gke_cluster_update=nodes, "
    "then remove the node pool {pool}",
    fields.NEW_CLUSTER: "GKE has it only in a new cluster: set another gke_cluster_name, or take "
    "gke_cluster_{option} back",
}


def doing(step: plan.Step, wanted: Wanted) -> str:
    options = ", ".join(step.options)
    return DOING[step.call].format(options=options, title=wanted.title, pool=wanted.pool)


def difference(found: plan.Difference, wanted: Wanted) -> str:
    """A difference that was left, and what it takes to remove it."""
    remedy = REMEDIES[found.needs].format(option=found.option.partition(" ")[0], pool=wanted.pool)
    if found.option == "pool":
        return f"gke_cluster_pool: {wanted.title} has no node pool {wanted.pool}. {remedy}."
    return f"gke_cluster_{found.option} is {shown(found.wanted)}, the cluster has {shown(found.found)}. {remedy}."


def shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{name}={text}" for name, text in sorted(value.items())) or "none"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return str(value) if value not in ("", 0) else "none"


def summary(cluster: dict, wanted: Wanted) -> list[str]:
    """Where the cluster is, and what it is."""
    kind = "Autopilot" if plan.autopilot(cluster) else f"{cluster.get('current_node_count') or 0} nodes"
    lines = [
        f"{wanted.title}: {cluster.get('status', 'unknown').lower()}, "
        f"Kubernetes {cluster.get('current_master_version') or 'unknown'}, {kind}",
        f"credentials: model_serving_kubernetes: {{host: {wanted.host}}}",
    ]
    others = [pool["name"] for pool in cluster.get("node_pools") or [] if pool.get("name") != wanted.pool]
    if others and not plan.autopilot(cluster):
        lines.append(f"other node pools, left alone: {', '.join(sorted(others))}")
    return lines


def progress(operation: dict) -> str:
    """How far an operation is: GKE's own detail, and what it counts."""
    metrics = list(_metrics(operation.get("progress") or {}))
    counted = {metric.get("name", ""): int(metric.get("int_value") or 0) for metric in metrics}
    counts = [f"{_counted(part)} {counted.get(part, 0)} of {total}" for part, total in _totals(counted)]
    parts = [operation.get("detail"), ", ".join(counts) or None]
    far = "; ".join(part for part in parts if part) or (operation.get("status") or "").lower()
    return f"{named(operation)}: {far}"


def named(operation: dict) -> str:
    """What an operation does, in words: create cluster."""
    return (operation.get("operation_type") or "operation").lower().replace("_", " ")


def _metrics(progress: dict):
    yield from progress.get("metrics") or []
    for stage in progress.get("stages") or []:
        yield from _metrics(stage)


def _totals(counted: dict[str, int]) -> list[tuple[str, int]]:
    """What is counted, as GKE names it: CLUSTER_DEPLOYING and CLUSTER_DEPLOYING_TOTAL, nodes done and nodes total."""
    found = []
    for name, total in counted.items():
        for ending, done in (("_TOTAL", ""), (" total", " done")):
            if name.endswith(ending):
                found.append((name.removesuffix(ending) + done, total))
    return found


def _counted(name: str) -> str:
    return name.lower().replace("_", " ")


def failed(operation: dict) -> str:
    """Why an operation failed, "" when it did not."""
    error = operation.get("error") or {}
    if not error.get("code") and not error.get("message"):
        return ""
    return redact(error.get("message") or operation.get("status_message") or f"code {error['code']}")[:SHOWN]


def refused(code: str, said: str, wanted: Wanted) -> str:
    """Google's refusal and what to do. ``code``: as google.rpc names it, such as PERMISSION_DENIED."""
    said = redact(" ".join(said.split()))[:SHOWN]
    remedy = REFUSALS.get(code, "").format(project=wanted.project, location=wanted.location)
    if "SERVICE_DISABLED" in said or "has not been used in project" in said:
        remedy = f"Enable the API: gcloud services enable container.googleapis.com --project {wanted.project}."
    return f"GKE refused {wanted.title}: {said.rstrip('.')}. {remedy}".rstrip()


REFUSALS = {
    "PERMISSION_DENIED": "Give the account of the Application Default Credentials roles/container.admin in {project}, "
    "or correct gke_cluster_project.",
    "UNAUTHENTICATED": "Renew the Application Default Credentials: gcloud auth application-default login.",
    "RESOURCE_EXHAUSTED": "Ask for more quota in {project}, or set a lower gke_cluster_max_nodes or another "
    "gke_cluster_machine_type.",
    "INVALID_ARGUMENT": "Correct the variable that it names.",
    "ALREADY_EXISTS": "Somebody makes it at this moment: run this again, which adopts it.",
    "NOT_FOUND": "Correct gke_cluster_project, gke_cluster_location or what else it names.",
}
NO_CREDENTIALS = (
    "There are no Application Default Credentials: run gcloud auth application-default login, set "
    "GOOGLE_APPLICATION_CREDENTIALS to a key or to a configuration of Workload Identity Federation, or run this where "
    "a metadata server is. Google says: "
)
