# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Breaks each line of the checklist in turn: that line fails with its cause, and the others pass.

Where a line's fault is in what stands, the lines that put new pods in its place meet it too, and name it too.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import certificates
import pytest
import sets
import yaml
from cluster import ROOT, Cluster, command, playbook, serving_image

from ansible_collections.modelops.serving.plugins.module_utils.checklist.verdicts import FAILED, PASSED, TITLES
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import secret_name

NAME = "model-api"
ORDER = yaml.safe_load((ROOT / "playbooks/verify.yml").read_text())[0]["vars"]["_lines"]


@dataclass
class Break:
    """How a line is broken. ``at``: break it before that line of the checklist and restore it after it; "" breaks it
    before the first line and restores nothing. ``words``: text that the evidence must contain. ``also``: other lines
    that must fail with the same reason."""

    line: str
    reason: str
    words: str
    apply: Callable[[Cluster], None]
    at: str = ""
    restore: Callable[[Cluster], None] = lambda cluster: None
    also: tuple[str, ...] = ()


def patch(cluster: Cluster, kind: str, name: str, change: dict) -> None:
    found = cluster.get(kind, name)
    cluster.kube.patch({key: found[key] for key in ("apiVersion", "kind", "metadata")}, cluster.namespace, change)


def serving(cluster: Cluster) -> list:
    return copy.deepcopy(History(cluster.kube, cluster.namespace, NAME).read().standing.objects)


def release(cluster: Cluster, objects: list) -> None:
    result = cluster.run("release", name=NAME, objects=objects, timeout=180)
    assert not result.get("failed"), result


def image_missing(cluster: Cluster) -> None:
    container = cluster.get("Deployment", NAME)["spec"]["template"]["spec"]["containers"][0]
    container["image"] = container["image"].rpartition(":")[0] + ":never-built"
    patch(cluster, "Deployment", NAME, {"spec": {"template": {"spec": {"containers": [container]}}}})


def no_liveness(cluster: Cluster) -> None:
    objects = serving(cluster)
    sets.pod_of(objects)["containers"][0].pop("livenessProbe")
    release(cluster, objects)


def one_pod_selected(cluster: Cluster) -> None:
    pod = cluster.list("Pod", f"app.kubernetes.io/instance={NAME}")[0]
    patch(cluster, "Pod", pod["metadata"]["name"], {"metadata": {"labels": {"chosen": "one"}}})
    patch(cluster, "Service", NAME, {"spec": {"selector": {"chosen": "one"}}})


def every_pod_selected(cluster: Cluster) -> None:
    patch(cluster, "Service", NAME, {"spec": {"selector": {"chosen": None}}})


def scale_up_disabled(cluster: Cluster) -> None:
    patch(cluster, "HorizontalPodAutoscaler", NAME, {"spec": {"behavior": {"scaleUp": {"selectPolicy": "Disabled"}}}})


def scale_down_disabled(cluster: Cluster) -> None:
    objects = serving(cluster)
    sets.find(objects, "HorizontalPodAutoscaler")["spec"]["behavior"]["scaleDown"]["selectPolicy"] = "Disabled"
    release(cluster, objects)


def quota_full(cluster: Cluster) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "full"}, "spec": {"hard": {"pods": "1"}}}
    cluster.create(quota)


def quota_removed(cluster: Cluster) -> None:
    cluster.kube.delete(cluster.get("ResourceQuota", "full"), cluster.namespace)


def history_removed(cluster: Cluster) -> None:
    for entry in History(cluster.kube, cluster.namespace, NAME).read().entries:
        cluster.kube.delete(cluster.get("Secret", secret_name(NAME, entry.number)), cluster.namespace)


def another_port(cluster: Cluster) -> None:
    """Routes to a port that answers no predictions. Without any route an Ingress for every host might answer."""
    rules = copy.deepcopy(cluster.get("Ingress", NAME)["spec"]["rules"])
    for path in rules[0]["http"]["paths"]:
        path["backend"]["service"] = {"name": f"{NAME}-metrics", "port": {"number": 8000}}
    patch(cluster, "Ingress", NAME, {"spec": {"rules": rules}})


def no_metrics_service(cluster: Cluster) -> None:
    cluster.kube.delete(cluster.get("Service", f"{NAME}-metrics"), cluster.namespace)


def no_access_log(cluster: Cluster) -> None:
    deploy(cluster, model_serving_settings={"SERVER_ACCESS_LOG": "false"})


BREAKS = (
    # New pods for what stands get the missing image too.
    Break("pods_start", "ImageMissing", "never-built", image_missing, also=("rolling_update",)),
    Break("health_checks", "ProbeMissing", "no liveness probe", no_liveness),
    # The autoscaler's new pods would get no traffic either, so this is restored before hpa_up.
    Break(
        *("load_balancing", "PodWithoutTraffic", "answered none of", one_pod_selected),
        *("load_balancing", every_pod_selected),
    ),
    Break("hpa_up", "DirectionDisabled", "scaleUp.selectPolicy", scale_up_disabled),
    Break("hpa_down", "DirectionDisabled", "scaleDown.selectPolicy", scale_down_disabled),
    Break("rolling_update", "QuotaExceeded", "exceeded quota: full", quota_full, "rolling_update", quota_removed),
    Break("rollback", "NoRelease", "no revision of model-api is recorded", history_removed, "rollback"),
    Break("ingress", "IngressFails", "404", another_port),
    Break("monitoring", "MetricsMissing", "no metrics of the server", no_metrics_service),
    Break("logs", "RequestNotLogged", "logged it", no_access_log),
)


def deploy(cluster: Cluster, **more) -> None:
    """Deploys with the role: few pods that scale quickly, with the image of ml-serving."""
    given = {
        "model_serving_namespace": cluster.namespace,
        "model_serving_image": serving_image(),
        "model_serving_ingress_host": f"{cluster.namespace}.example",
        "model_serving_ingress_requests_per_second": 0,
        "model_serving_autoscaling_min_replicas": 2,
        "model_serving_pdb_min_available": "1",
        "model_serving_cpu_request": "50m",
        "model_serving_autoscaling_down_stabilization": 30,
        "model_serving_autoscaling_down_period": 15,
        "model_serving_autoscaling_down_percent": 100,
        "model_serving_monitoring": "annotations",
        **more,
    }
    status, output = command(*playbook("deploy", **given))
    assert status == 0, output[-4000:]


def check(cluster: Cluster, broken: Break | None) -> dict[str, dict]:
    """The result of each line, by its name."""
    results = {}
    for line in ORDER:
        now = broken is not None and broken.at == line
        if now:
            broken.apply(cluster)
        load = {"concurrency": 8}
        found = cluster.run("verify", name=NAME, line=line, disturb=True, load=load, timeout=120)
        results[line] = found.get("result") or found
        if now:
            broken.restore(cluster)
    return results


@pytest.mark.checklist
@pytest.mark.timeout(900)
def test_ten_of_ten(cluster: Cluster):
    deploy(cluster)
    results = check(cluster, None)
    assert set(results) == set(TITLES)
    assert {line: entry for line, entry in results.items() if entry["state"] != PASSED} == {}


@pytest.mark.checklist
@pytest.mark.timeout(900)
def test_ten_of_ten_where_the_pods_speak_tls(cluster: Cluster):
    certificate, key = certificates.make()
    entries = {"tls.crt": certificate.decode(), "tls.key": key.decode()}
    meta = {"name": "pods", "namespace": cluster.namespace}
    cluster.create(
        {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": meta, "stringData": entries}
    )
    deploy(cluster, model_serving_tls_secret="pods")
    results = check(cluster, None)
    assert {line: entry for line, entry in results.items() if entry["state"] != PASSED} == {}


@pytest.mark.checklist
@pytest.mark.timeout(900)
@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.line)
def test_one_line_broken(cluster: Cluster, broken: Break):
    deploy(cluster)
    if not broken.at:
        broken.apply(cluster)
    results = check(cluster, broken)
    broke = {broken.line, *broken.also}
    assert {line: entry for line, entry in results.items() if line not in broke and entry["state"] != PASSED} == {}
    for line in broke:
        failed = results[line]
        assert (failed["state"], failed.get("reason")) == (FAILED, broken.reason), failed
        assert broken.words in " ".join(failed["evidence"])
        assert failed["remedy"]
