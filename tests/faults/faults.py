# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults: what is broken, and the reason that must be named for it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import image
import sets
import user_range
from cluster import Cluster

REGISTRY_PORT = 5055
SOON = 5.0


def nothing(cluster: Cluster) -> None:
    """No preparation."""


@dataclass(frozen=True)
class Fault:
    """``breaks`` makes the faulty set from a good one. ``prepare`` changes the cluster after the good one is released.
    ``words``: text that the message or the evidence must contain. ``within``: seconds from the evidence to the verdict,
    more than SOON where the fault might heal until then; ``timeout``: the release's, in seconds. ``recorded``: whether
    it is a revision, and not refused before the first change."""

    name: str
    reasons: tuple[str, ...]
    object: str
    breaks: Callable[[list], list]
    prepare: Callable[[Cluster], None] = nothing
    words: str = ""
    quick: bool = False
    within: float = SOON
    recorded: bool = True
    timeout: int = 120


def command(script: str) -> Callable[[list], list]:
    return lambda objects: sets.changed(objects, command=["sh", "-c", script])


def pod(**fields) -> Callable[[list], list]:
    def breaks(objects: list) -> list:
        result = copy.deepcopy(objects)
        sets.pod_of(result).update(fields)
        return result

    return breaks


def with_image(reference: str, policy: str = "IfNotPresent") -> Callable[[list], list]:
    return lambda objects: sets.changed(objects, image=reference, imagePullPolicy=policy)


def with_fields(**fields) -> Callable[[list], list]:
    return lambda objects: sets.changed(objects, **fields)


def with_init(script: str) -> Callable[[list], list]:
    return pod(initContainers=[{"name": "migrate", "image": sets.REFERENCE, "command": ["sh", "-c", script]}])


def with_env(source: dict) -> Callable[[list], list]:
    return lambda objects: sets.changed(objects, env=[{"name": "KEY", "valueFrom": source}])


def with_volume(volume: dict, **fields) -> Callable[[list], list]:
    """A volume at /extra; ``fields`` of the container change with it."""

    def breaks(objects: list) -> list:
        result = pod(volumes=[{"name": "extra", **volume}])(objects)
        return sets.changed(result, volumeMounts=[{"name": "extra", "mountPath": "/extra"}], **fields)

    return breaks


def resources(**requests) -> Callable[[list], list]:
    named = {name.replace("_", "/"): value for name, value in requests.items()}
    return lambda objects: sets.changed(objects, resources={"requests": named, "limits": named})


def config(data: dict) -> Callable[[list], list]:
    """Only the configuration changes."""

    def breaks(objects: list) -> list:
        result = copy.deepcopy(objects)
        changed = sets.config_map(data)
        result[0] = changed
        sets.pod_of(result)["containers"][0]["envFrom"] = [{"configMapRef": {"name": changed["metadata"]["name"]}}]
        return result

    return breaks


def selector(objects: list) -> list:
    result = copy.deepcopy(objects)
    sets.find(result, "Service")["spec"]["selector"] = {"app.kubernetes.io/name": "shopp"}
    return result


def target_port(objects: list) -> list:
    result = copy.deepcopy(objects)
    sets.find(result, "Service")["spec"]["ports"][0]["targetPort"] = "web"
    return result


def bad_field(objects: list) -> list:
    result = copy.deepcopy(objects)
    sets.find(result, "Deployment")["spec"]["strategy"] = {"type": "Rolling"}
    return result


def paused(objects: list) -> list:
    result = command("exec httpd -f -p 5000")(objects)
    sets.find(result, "Deployment")["spec"]["paused"] = True
    return result


def min_ready(seconds: int, change: Callable[[list], list]) -> Callable[[list], list]:
    def breaks(objects: list) -> list:
        result = change(objects)
        sets.find(result, "Deployment")["spec"]["minReadySeconds"] = seconds
        return result

    return breaks


def empty_registry(cluster: Cluster) -> None:
    """A registry on the node without any image: it answers 404 to everything."""
    spec = {
        "hostNetwork": True,
        "terminationGracePeriodSeconds": 1,
        "containers": [
            {
                "name": "registry",
                "image": sets.REFERENCE,
                "command": ["sh", "-c", f"mkdir -p /tmp/www && exec httpd -f -p 127.0.0.1:{REGISTRY_PORT} -h /tmp/www"],
            }
        ],
    }
    meta = {"name": "registry", "labels": {"app": "registry"}}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})
    cluster.wait_for(lambda: cluster.get("Pod", "registry")["status"].get("phase") == "Running", 30)


def quota(cluster: Cluster) -> None:
    spec = {"hard": {"pods": "2"}}
    cluster.create({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": spec})
    cluster.wait_for(lambda: (cluster.get("ResourceQuota", "small").get("status") or {}).get("used"), 20)


def limits(cluster: Cluster) -> None:
    spec = {"limits": [{"type": "Container", "max": {"memory": "128Mi"}}]}
    cluster.create({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small"}, "spec": spec})


def restricted(cluster: Cluster) -> None:
    cluster.label_namespace({"pod-security.kubernetes.io/enforce": "restricted"})


def half_secret(cluster: Cluster) -> None:
    meta = {"name": "shop-key"}
    cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"other": "x"}})


def refused_by_the_node(objects: list) -> list:
    """Past the scheduler, so that the kubelet has to refuse the pods: Kubernetes creates them again and again."""
    node = Cluster("default").list("Node")[0]["metadata"]["name"]
    return pod(nodeName=node)(resources(cpu="500")(objects))


def apart(objects: list) -> list:
    """No two pods on one node, and no more nodes than pods."""
    term = {"labelSelector": {"matchLabels": sets.LABELS}, "topologyKey": "kubernetes.io/hostname"}
    return pod(affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})(objects)


def bad_liveness(objects: list) -> list:
    return sets.changed(objects, livenessProbe=sets.probe("/nope", failureThreshold=2))


def slow_start(objects: list) -> list:
    slow = sets.changed(objects, command=["sh", "-c", "sleep 60; " + sets.SERVE])
    return sets.changed(slow, startupProbe=sets.probe(failureThreshold=4))


CHECKED = 'test -n "$GREETING" || { echo "fatal: GREETING must not be empty"; exit 2; }; ' + sets.SERVE
HOG = "echo loading; tail /dev/zero"

FAULTS = (
    Fault(
        "missing image tag",
        ("ImageMissing",),
        "Pod",
        with_image(f"localhost:{REGISTRY_PORT}/shop:none"),
        empty_registry,
    ),
    Fault("tag that was never loaded", ("ImageMissing",), "Pod", with_image("modelops.serving/fault:none"), quick=True),
    Fault(
        "registry unreachable",
        ("RegistryUnreachable",),
        "Pod",
        with_image("192.0.2.10:5000/shop:1"),
        within=20,
        quick=True,
    ),
    Fault("invalid image name", ("ImageNameInvalid",), "Pod", with_image("modelops.serving/Shop:1")),
    Fault("image never loaded, never pulled", ("ImageNotLoaded",), "Pod", with_image("nowhere.example/x:1", "Never")),
    Fault(
        "instant crash",
        ("CrashLoop",),
        "Pod",
        command("echo \"KeyError: 'MODEL_SCHEMA'\"; exit 3"),
        words="KeyError: 'MODEL_SCHEMA'",
        quick=True,
    ),
    Fault("ends without an error", ("ExitsAtOnce",), "Pod", command("echo done")),
    Fault("command not found", ("CommandNotFound",), "Pod", with_fields(command=["/bin/serve"])),
    Fault("out of memory", ("OutOfMemory",), "Pod", command(HOG), quick=True),
    Fault(
        "init container fails",
        ("InitFails",),
        "Pod",
        with_init("echo fatal: no such table models; exit 4"),
        words="no such table models",
        quick=True,
    ),
    Fault("readiness never passes", ("ReadinessFails",), "Pod", with_fields(readinessProbe=sets.probe("/nope"))),
    Fault("liveness restarts", ("LivenessRestarts",), "Pod", min_ready(8, bad_liveness)),
    Fault("startup too slow", ("StartupTooSlow",), "Pod", slow_start),
    Fault("missing ConfigMap", ("ConfigMapMissing",), "Pod", with_fields(envFrom=[{"configMapRef": {"name": "none"}}])),
    Fault(
        "missing Secret key",
        ("SecretKeyMissing",),
        "Pod",
        with_env({"secretKeyRef": {"name": "shop-key", "key": "api"}}),
        half_secret,
        quick=True,
    ),
    Fault("missing Secret", ("SecretMissing",), "Pod", with_env({"secretKeyRef": {"name": "none", "key": "api"}})),
    Fault("missing volume", ("ConfigMapMissing",), "Pod", with_volume({"configMap": {"name": "none"}})),
    Fault("missing claim", ("ClaimMissing",), "Pod", with_volume({"persistentVolumeClaim": {"claimName": "none"}})),
    Fault("runs as root", ("RunsAsRoot",), "Pod", pod(securityContext={"runAsNonRoot": True})),
    Fault("unschedulable, CPU", ("RequestTooLarge",), "Pod", resources(cpu="500"), quick=True),
    Fault("no node for the selector", ("NoNodeForSelector",), "Pod", pod(nodeSelector={"disk": "fast"}), quick=True),
    Fault("quota", ("QuotaExceeded",), "ReplicaSet", command("echo; " + sets.SERVE), quota, quick=True),
    Fault("limit range", ("LimitRangeRefused", "PodRefused"), "ReplicaSet", resources(memory="1Gi"), limits),
    Fault("Pod Security refuses", ("PodSecurityRefused",), "ReplicaSet", command("echo; " + sets.SERVE), restricted),
    Fault(
        "security context constraint refuses",
        ("SccRefused",),
        "ReplicaSet",
        pod(securityContext={"runAsUser": 1000}),
        user_range.demand,
        words="must be in the ranges",
    ),
    Fault("missing ServiceAccount", ("ServiceAccountMissing",), "ReplicaSet", pod(serviceAccountName="none")),
    Fault("Service selects nothing", ("ServiceSelectsNothing",), "Service", selector, quick=True),
    Fault("Service port unknown", ("ServicePortUnknown",), "Service", target_port),
    Fault("invalid field", ("ObjectRefused",), "Deployment/", bad_field, recorded=False),
    Fault("paused", ("Paused",), "Deployment", paused),
    Fault(
        "configuration breaks it", ("CrashLoop",), "Pod", config({"GREETING": ""}), words="GREETING must not be empty"
    ),
    Fault(
        "wrong architecture",
        ("WrongArchitecture",),
        "Pod",
        with_fields(image=image.FOREIGN, command=["/bin/foreign"]),
        words="exec format error",
        quick=True,
    ),
    Fault(
        "init container waits",
        ("InitWaits",),
        "Pod",
        with_init("echo waiting for db:5432; sleep 3600"),
        words="waiting for db:5432",
        within=20,
        timeout=12,
        quick=True,
    ),
    Fault(
        "host port taken",
        ("HostPortTaken",),
        "Pod",
        with_fields(ports=[{"name": "http", "containerPort": 5000, "hostPort": 5999}]),
        words="5999",
        quick=True,
    ),
    Fault("pods kept apart", ("NodesTooFew",), "Pod", apart),
    Fault("memory limit in thousandths", ("MemoryLimitTooSmall",), "Pod", resources(memory="64m"), words="0.064 bytes"),
    Fault(
        "memory limit in thousandths, no token",
        ("MemoryLimitTooSmall",),
        "Pod",
        lambda objects: pod(automountServiceAccountToken=False)(resources(memory="64m")(objects)),
        words="0.064 bytes",
    ),
    Fault(
        "volume over its limit",
        ("VolumeOverLimit",),
        "Pod",
        with_volume(
            {"emptyDir": {"sizeLimit": "1Mi"}},
            command=["sh", "-c", "dd if=/dev/zero of=/extra/model bs=1M count=8; sleep 3600"],
        ),
        words='"extra"',
    ),
    Fault("refused by the node", ("RefusedByNode",), "Pod", refused_by_the_node, words="OutOfcpu"),
    Fault(
        "probe by https, server without",
        ("ProbeProtocolWrong",),
        "Pod",
        with_fields(readinessProbe={**sets.probe(), "httpGet": {"path": "/health", "port": "http", "scheme": "HTTPS"}}),
    ),
    Fault(
        "probe of a port that nobody declares",
        ("ProbePortUnknown",),
        "Pod",
        with_fields(readinessProbe={**sets.probe(), "httpGet": {"path": "/health", "port": 5001}}),
        words="5001",
        within=100,
    ),
    Fault(
        "startup probe of a path that does not exist",
        ("StartupFails",),
        "Pod",
        with_fields(startupProbe=sets.probe("/nope", failureThreshold=60)),
        # Some servers know their paths late: such an answer is final only after half a minute.
        within=35,
    ),
    Fault(
        "package missing in the image",
        ("ModuleMissing",),
        "Pod",
        command("echo \"ModuleNotFoundError: No module named 'lightgbm'\" >&2; exit 1"),
        words="lightgbm",
    ),
    Fault(
        "read-only root",
        ("ReadOnlyFileSystem",),
        "Pod",
        with_fields(securityContext={"readOnlyRootFilesystem": True}),
        words="Read-only file system",
        quick=True,
    ),
)
