# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges, before anything is changed, whether a release can succeed on this cluster. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common import missing_kinds, object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.capacity import capacity
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import API_OF
from ansible_collections.modelops.serving.plugins.module_utils.common.ingress import class_of
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import name_of
from ansible_collections.modelops.serving.plugins.module_utils.common.placement import no_node
from ansible_collections.modelops.serving.plugins.module_utils.common.quota import Allowance, allowances
from ansible_collections.modelops.serving.plugins.module_utils.preflight import (
    object_counts,
    policy_engines,
    rbac,
    update,
)
from ansible_collections.modelops.serving.plugins.module_utils.preflight.cluster_facts import ClusterFacts
from ansible_collections.modelops.serving.plugins.module_utils.preflight.entrances import gateway_problems
from ansible_collections.modelops.serving.plugins.module_utils.preflight.ingresses import claimed

OK, NOTE, WARNING, FAILED = "ok", "note", "warning", "failed"
# OpenShift, where a user creates a project and not a namespace, and cannot tell one that is missing from another's.
PROJECTS = "project.openshift.io/v1"
ENFORCE = "pod-security.kubernetes.io/enforce"


@dataclass
class Check:
    """One check. ``state``: ok, note (good to know), warning (may not work, or could not be read), failed."""

    name: str
    state: str
    message: str
    remedy: str = ""

    def as_dict(self) -> dict:
        return asdict(self)


def run_checks(
    found: ClusterFacts, objects: list, namespace: str, allow_in_cluster: bool, create_namespace: bool
) -> list[Check]:
    """All checks: those that stop a release and those that warn."""
    deployment = object_set.deployment_of(objects)
    checks = [identity(found, allow_in_cluster), target_namespace(found, namespace, create_namespace)]
    checks += [api_versions(found), allowed(found)]
    autoscaler = object_set.autoscaler_of(objects, deployment)
    if autoscaler:
        checks.append(metrics(found))
        checks += other_metrics(found, autoscaler)
    for ingress in [obj for obj in objects if obj["kind"] == "Ingress"]:
        checks.append(ingress_class(found, ingress))
        checks += ingress_address(ingress, namespace, found.ingresses or [], found.ingress_classes or [])
    checks += gateways(found, objects)
    checks += needs(found)
    if any(obj["kind"] == "NetworkPolicy" for obj in objects):
        checks.append(network_policy(found))
    if deployment:
        replicas = most_replicas(deployment, autoscaler)
        checks += [*placement(found, deployment), node_capacity(found, deployment, replicas)]
        checks.append(quota(found, deployment, replicas, fewest_replicas(deployment, autoscaler)))
        checks.append(pod_security(found, deployment))
    return checks + object_quota(found, objects)


def sentences(checks: list[Check], state: str) -> list[str]:
    """The messages and remedies of the checks in that state."""
    return [f"{check.name}: {check.message}. {check.remedy}" for check in checks if check.state == state]


def identity(found: ClusterFacts, allow_in_cluster: bool) -> Check:
    who = f"{found.identity or 'an unknown user'} on {found.host} ({found.version}), from {found.source}"
    if found.in_cluster and not allow_in_cluster:
        return Check(
            "identity",
            FAILED,
            f"without credentials the pod's own ServiceAccount would be used: {who}",
            "Give credentials, or allow this with allow_in_cluster: true.",
        )
    if found.identity == "system:anonymous":
        return Check("identity", FAILED, f"the API server treats us as anonymous: {who}", "Give credentials.")
    return Check("identity", OK, who)


def target_namespace(found: ClusterFacts, namespace: str, create_namespace: bool) -> Check:
    if found.namespace_missing:
        if create_namespace:
            return Check("namespace", OK, f"{namespace} does not exist and will be created")
        return Check("namespace", FAILED, f"{namespace} does not exist", "Create it, or set create_namespace.")
    if found.namespace is None:
        text = f"{namespace} cannot be read: no permission; the check of permissions covers what the release needs"
        return Check("namespace", OK, text)
    if found.namespace["metadata"].get("deletionTimestamp"):
        return Check("namespace", FAILED, f"{namespace} is being deleted", "Wait until it is gone, or use another.")
    return Check("namespace", OK, f"{namespace} exists")


def api_versions(found: ClusterFacts) -> Check:
    if found.missing_kinds:
        return Check(
            "api versions",
            FAILED,
            missing_kinds.message(found.missing_kinds),
            missing_kinds.remedy(found.missing_kinds),
        )
    return Check("api versions", OK, f"all {len(found.served)} kinds of the set are served")


def allowed(found: ClusterFacts) -> Check:
    missing = [entry for entry in found.denied if entry not in rbac.useful()]
    may_not = f"{found.identity} may not {', '.join(str(entry) for entry in missing or found.denied)}"
    remedy = f"Grant in a Role of the namespace: {rbac.rbac(missing or found.denied)}."
    if found.namespace is None and PROJECTS in found.api_versions:
        remedy = f"If the project does not exist yet, create it: oc new-project; it is yours then. Else: {remedy}"
    if missing:
        return Check("permissions", FAILED, may_not, remedy)
    if found.denied:
        return Check("permissions", WARNING, f"{may_not}: the rollout is judged without it", remedy)
    return Check("permissions", OK, "the release has all the permissions it needs")


def earlier(denied: dict[tuple[str, str], list], revisions: dict[tuple[str, str], int]) -> Check:
    """``denied``: what may not be done with kinds that the set no longer has, ``revisions``: the last one that has each
    kind; both by (apiVersion, kind). The release itself does without."""
    if not denied:
        return Check("earlier revisions", OK, "all that they have can be restored and removed")
    lacking = [f"{', '.join(map(str, missing))} (r{revisions[of]})" for of, missing in sorted(denied.items())]
    text = f"no permission to {'; '.join(lacking)}: what only these revisions have cannot be restored, or not removed"
    every = [one for missing in denied.values() for one in missing]
    return Check("earlier revisions", WARNING, text, f"Grant in a Role of the namespace: {rbac.rbac(every)}.")


def metrics(found: ClusterFacts) -> Check:
    if found.metrics == "available":
        return Check("metrics api", OK, "metrics.k8s.io answers")
    error = "metrics.k8s.io is not served" if found.metrics == "absent" else f"metrics.k8s.io fails: {found.metrics}"
    return Check("metrics api", WARNING, f"{error}: the HPA cannot scale", "Install or repair metrics-server.")


def other_metrics(found: ClusterFacts, autoscaler: dict) -> list[Check]:
    """One check for each API that an adapter has to serve for the autoscaler's metrics."""
    types = {entry.get("type") for entry in autoscaler["spec"].get("metrics") or []}
    wanted = {API_OF[entry] for entry in types & API_OF.keys()} - {"metrics.k8s.io"}
    served = {version.partition("/")[0] for version in found.api_versions}
    return [
        Check("metrics api", OK, f"{group} is served")
        if group in served
        else Check(
            "metrics api",
            WARNING,
            f"{group} is not served: the HPA cannot scale on its metrics from there",
            "Install or repair the adapter that serves it, such as prometheus-adapter or KEDA.",
        )
        for group in sorted(wanted)
    ]


def ingress_class(found: ClusterFacts, ingress: dict) -> Check:
    if found.ingress_classes is None:
        return Check(
            "ingress class", WARNING, "the ingress classes cannot be read: no permission", "Grant list ingressclasses."
        )
    choice = class_of(ingress, found.ingress_classes)
    if choice.missing:
        text = f"ingress class {choice.name} does not exist. Existing classes: {choice.known}"
        return Check("ingress class", FAILED, text, "Name one that exists.")
    if not choice.name:
        text = f"the Ingress names no class and none is the default. Existing classes: {choice.known}"
        return Check("ingress class", WARNING, text, "Name one.")
    return Check("ingress class", OK, choice.name)


def ingress_address(ingress: dict, namespace: str, others: list, classes: list) -> list[Check]:
    """Whether one of ``others``, the Ingresses of all namespaces, has a host and path of this one."""
    shared = claimed(ingress, namespace, others, classes)
    return [
        Check(
            "ingress address",
            WARNING,
            f"Ingress {other} has {where} too, and the controller sends those requests to one of the two",
            "Give this release a host name of its own (model_serving_ingress_host), or other paths.",
        )
        for other, where in shared[:1]
    ]


def gateways(found: ClusterFacts, objects: list) -> list[Check]:
    """One check for all HTTPRoutes whose Gateways are not in the set themselves."""
    own = {name_of(obj) for obj in objects if obj["kind"] == "Gateway"}
    others = {key: at for key, at in found.gateways.items() if key[1] not in own}
    routes = [obj for obj in objects if obj["kind"] == "HTTPRoute"]
    problems = dict.fromkeys(entry for obj in routes for entry in gateway_problems(obj, others, found.namespace))
    named = ", ".join("/".join(key) for key in others)
    return [
        Check("gateway", FAILED if certain else WARNING, message, remedy) for certain, message, remedy in problems
    ] or [Check("gateway", OK, named)] * bool(named)


def needs(found: ClusterFacts) -> list[Check]:
    """One for each object that the set needs, does not contain, and that does not exist."""
    checks = []
    for reference in found.absent:
        text = f"{reference.kind}/{reference.name} does not exist, and {reference.use} needs it"
        state = FAILED if reference.required else WARNING
        checks.append(Check("references", state, text, "Create it, or correct the variable that names it."))
    for reference, keys in found.lacking:
        text = f"{reference.kind}/{reference.name} has no {', '.join(keys)}, and {reference.use} needs it"
        state = FAILED if reference.required else WARNING
        checks.append(Check("references", state, text, "Add it, or correct the variable that names the object."))
    return checks


def network_policy(found: ClusterFacts) -> Check:
    """Whether anybody keeps to NetworkPolicies: without an engine the API server stores them, and that is all."""
    known = policy_engines.engines(found.version, found.api_versions, found.daemon_sets)
    if known:
        return Check("network policy", OK, f"enforced by {', '.join(known)}")
    unread = "" if found.daemon_sets is not None else "; the DaemonSets of kube-system cannot be read"
    text = f"not known whether the cluster enforces NetworkPolicies: it has no engine that we know{unread}"
    remedy = "Ask who runs the cluster, or try to reach a pod's metrics from a namespace that the policy does not name."
    return Check("network policy", NOTE, text, remedy)


def most_replicas(deployment: dict, autoscaler: dict | None) -> int:
    if autoscaler:
        return autoscaler["spec"].get("maxReplicas", 1)
    return deployment["spec"].get("replicas", 1)


def fewest_replicas(deployment: dict, autoscaler: dict | None) -> int:
    if autoscaler:
        return autoscaler["spec"].get("minReplicas", 1)
    return deployment["spec"].get("replicas", 1)


def placement(found: ClusterFacts, deployment: dict) -> list[Check]:
    """Whether a node may take the pods at all. What stands in the same way already runs, and may have no new pods."""
    reason = no_node(found.nodes, deployment["spec"]["template"]["spec"]) if found.nodes else None
    if reason is None:
        return []
    text, remedy = reason
    if found.node_autoscaler == "present":
        return [Check("nodes", NOTE, f"{text}; the node autoscaler has to add one", remedy)]
    certain = found.node_autoscaler == "absent" and found.standing is not None
    new = certain and not (found.standing and no_node(found.nodes, found.standing["spec"]["template"]["spec"]))
    return [Check("nodes", FAILED if new else WARNING, f"{text}: new pods would wait for one", remedy)]


def node_capacity(found: ClusterFacts, deployment: dict, replicas: int) -> Check:
    """Whether so many pods fit on the nodes when they are empty. Too few are in order where nodes can be added."""
    if found.nodes is None:
        return Check(
            "capacity", WARNING, "the nodes cannot be read: no permission", "Grant list nodes to have this checked."
        )
    room = capacity(found.nodes, deployment["spec"]["template"]["spec"])
    least = max(min(replicas, deployment["spec"].get("replicas", 1)), 1)
    if room.pods < replicas and found.node_autoscaler == "present":
        return Check("capacity", OK, f"{room.text}; the node autoscaler can add nodes")
    if room.pods < least:
        return Check("capacity", WARNING, f"{room.text}; the release needs {least}", "Add nodes or lower the requests.")
    if room.pods < replicas:
        text = f"{room.text}; the release may need {replicas}"
        return Check("capacity", NOTE, text, "Add nodes or lower maxReplicas.")
    return Check("capacity", OK, room.text)


def quota(found: ClusterFacts, deployment: dict, replicas: int, fewest: int) -> Check:
    """Whether the namespace's quotas admit so many pods when they are unused; and the update's first one, which is
    created before an old one goes."""
    if not found.quotas:
        return Check("quota", OK, "the namespace has no quota")
    pod = deployment["spec"]["template"]["spec"]
    unscoped = [entry for entry in found.quotas if not _is_scoped(entry)]
    least = update.fewest_pods(deployment, found.standing, fewest) if found.standing is not None else 0
    short = [entry for entry in allowances(unscoped, pod) if entry.pods < least]
    if short:
        text = _lacking(short, least, "pods")
        wanted = max(deployment["spec"].get("replicas", fewest), fewest)
        if found.standing and all(entry.pods >= wanted for entry in short):
            remedy = "Raise the quota, or let an old one go first (model_serving_max_unavailable: 1)."
            return Check("quota", FAILED, f"{text}: an update creates a pod before an old one goes", remedy)
        return Check("quota", FAILED, text, f"Raise the quota, or lower {_variables(short)}.")
    short = [entry for entry in allowances(found.quotas, pod) if entry.pods < replicas]
    if short:
        remedy = f"Raise the quota, or lower model_serving_autoscaling_max_replicas or {_variables(short)}."
        return Check("quota", WARNING, _lacking(short, replicas, "replicas"), remedy)
    return Check("quota", OK, f"admits {replicas} replicas")


def _lacking(short: list[Allowance], pods: int, called: str) -> str:
    return "; ".join(
        f"{entry.quota} allows {entry.name}={entry.hard}, {pods} {called} need {entry.needed(pods)}" for entry in short
    )


def _variables(short: list[Allowance]) -> str:
    return ", ".join(dict.fromkeys(entry.variable for entry in short))


def object_quota(found: ClusterFacts, objects: list) -> list[Check]:
    """What the namespace's quotas of numbers of objects do not admit. The record of a revision is one more Secret,
    which a release that changes nothing does not need."""
    quotas = found.quotas or []
    remedy = "Raise the quota, or remove what fills it."
    short = list(object_counts.lacking(quotas, objects, found.existing))
    if short:
        return [Check("object quota", FAILED, text, remedy) for text in short]
    record = object_counts.lacking(quotas, [*objects, object_counts.RECORD], found.existing)
    return [Check("object quota", WARNING, text, remedy) for text in record]


def _is_scoped(entry: dict) -> bool:
    """Whether a quota is for some pods only, of which these may be none."""
    spec = entry.get("spec") or {}
    return bool(spec.get("scopes") or spec.get("scopeSelector"))


def pod_security(found: ClusterFacts, deployment: dict) -> Check:
    """The parts of the namespace's enforced Pod Security level that pods most often miss."""
    labels = ((found.namespace or {}).get("metadata") or {}).get("labels") or {}
    level = labels.get(ENFORCE, "privileged")
    missing = violations(deployment["spec"]["template"]["spec"], level)
    if missing:
        return Check(
            "pod security",
            FAILED,
            f"the namespace enforces {level}, which the pod violates: {'; '.join(missing)}",
            "Meet the level in the pod's securityContext.",
        )
    return Check("pod security", OK, f"the namespace enforces {level}")


def violations(spec: dict, level: str) -> list[str]:
    """The violations of the level baseline or restricted by a pod."""
    found = []
    if level not in ("baseline", "restricted"):
        return found
    found += [f"uses {name}" for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]
    found += [f"mounts hostPath {entry['name']}" for entry in spec.get("volumes") or [] if entry.get("hostPath")]
    pod = spec.get("securityContext") or {}
    for container in (spec.get("initContainers") or []) + (spec.get("containers") or []):
        own, name = container.get("securityContext") or {}, container["name"]
        if own.get("privileged"):
            found.append(f"container {name} is privileged")
        if level == "baseline":
            continue
        if own.get("allowPrivilegeEscalation") is not False:
            found.append(f"container {name} lacks allowPrivilegeEscalation: false")
        if "ALL" not in ((own.get("capabilities") or {}).get("drop") or []):
            found.append(f"container {name} does not drop ALL capabilities")
        if not own.get("runAsNonRoot", pod.get("runAsNonRoot")):
            found.append(f"container {name} lacks runAsNonRoot: true")
        if not (own.get("seccompProfile") or pod.get("seccompProfile")):
            found.append(f"container {name} lacks a seccompProfile")
    return found
