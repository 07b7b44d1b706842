# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the role to a GitOps tool by the lines of docs/helm.md: the configuration that runs stays, and the role's share
in the fields ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cluster import Cluster, command, playbook, serving_image
from handed_over import lines_after, run_typed
from log_level import level
from small import ONE_SMALL_POD

VARIABLES = {
    "model_serving_monitoring": "annotations",
    "model_serving_ingress_enabled": False,
    **ONE_SMALL_POD,
    "model_serving_timeout": 120,
}
NOTE = {"example.com/note": "x"}
# A configuration of an earlier revision that no run has removed.
LEFT = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "model-api-config-left", "labels": {"app.kubernetes.io/instance": "model-api"}},
    "immutable": True,
}
TOOL = "kustomize-controller"


@pytest.fixture
def cluster():
    cluster = Cluster("ml-serving-gitops")
    cluster.make_namespace()
    yield cluster
    cluster.remove_namespace()


def play(name: str, cluster: Cluster, **changed) -> tuple[int, str]:
    of_cluster = {"model_serving_namespace": cluster.namespace, "model_serving_image": serving_image()}
    return command(*playbook(name, **{**VARIABLES, **of_cluster, **changed}))


def played(name: str, cluster: Cluster, **changed) -> str:
    status, said = play(name, cluster, **changed)
    assert status == 0, said[-3000:]
    return said


def sync(cluster: Cluster, folder: Path, **changed) -> None:
    """What Flux does, and Argo CD with ServerSideApply."""
    place = {"model_serving_render_format": "kustomize", "model_serving_render_directory": str(folder)}
    played("render", cluster, **place, **changed)
    overlay = folder / "overlays" / "local"
    force = f"--server-side --force-conflicts --field-manager={TOOL}"
    run_typed(f"kubectl apply {force} -k {overlay}", cluster.namespace)


def started_anew(cluster: Cluster) -> None:
    """Raises AssertionError where no pod can start: one that runs holds what the kubelet has read."""
    scale = "kubectl -n ml-serving scale deployment/model-api --replicas"
    run_typed(f"{scale}=0", cluster.namespace)
    cluster.wait_for(lambda: not cluster.list("Pod", "app.kubernetes.io/instance=model-api"), 90)
    run_typed(f"{scale}=1", cluster.namespace)
    rolled_out(cluster)


def rolled_out(cluster: Cluster) -> None:
    run_typed("kubectl -n ml-serving rollout status deployment/model-api --timeout=120s", cluster.namespace)
    cluster.wait_for(lambda: len(cluster.list("Pod", "app.kubernetes.io/instance=model-api")) == 1, 90)


@pytest.mark.timeout(600)
def test_a_release_is_handed_to_a_tool_that_applies_what_render_writes(cluster: Cluster, tmp_path: Path):
    played("deploy", cluster)
    changed = {"model_serving_log_level": "DEBUG", "model_serving_pod_annotations": NOTE}
    played("deploy", cluster, **changed)
    cluster.kube.apply(LEFT, cluster.namespace, None, "true")
    before = {item["metadata"]["name"] for item in cluster.list("ConfigMap", "app.kubernetes.io/instance=model-api")}
    assert len(before) == 2
    sync(cluster, tmp_path, **changed)

    run_typed(lines_after("### To a GitOps tool and back", "kinds=", 4), cluster.namespace)
    left = {item["metadata"]["name"] for item in cluster.list("ConfigMap", "app.kubernetes.io/instance=model-api")}
    assert level(cluster) == "DEBUG" and len(left) == 1 and left < before
    assert not cluster.list("Secret", "modelops.serving/release=model-api")
    started_anew(cluster)

    sync(cluster, tmp_path, model_serving_log_level="DEBUG")
    assert "example.com/note" not in json.dumps(cluster.get("Deployment", "model-api")["spec"])

    said = " ".join(played("status", cluster).split())
    assert f"no release is recorded; Deployment/model-api is applied by {TOOL}" in said
    played("remove", cluster)
    assert cluster.get("Deployment", "model-api") is not None


@pytest.mark.longer
@pytest.mark.timeout(300)
def test_what_another_tool_applies_too_is_not_removed_without_a_record(cluster: Cluster, tmp_path: Path):
    played("deploy", cluster)
    sync(cluster, tmp_path)
    run_typed("kubectl -n ml-serving delete secret -l modelops.serving/release=model-api", cluster.namespace)
    status, said = play("remove", cluster)
    assert status != 0 and f"Deployment/model-api (applied by {TOOL})" in " ".join(said.split()), said[-3000:]
    assert cluster.get("Deployment", "model-api") is not None and cluster.get("Service", "model-api") is not None


@pytest.mark.longer
@pytest.mark.timeout(300)
def test_the_lines_change_nothing_that_no_other_tool_applies(cluster: Cluster):
    """Typed before the first sync."""
    played("deploy", cluster)
    before = cluster.get("Deployment", "model-api")
    ending, _history, configurations = lines_after("### To a GitOps tool and back", "kinds=", 4).splitlines()[1:]
    kinds = lines_after("### To a GitOps tool and back", "kinds=", 1)
    with pytest.raises(AssertionError, match="no objects passed to apply"):
        run_typed(f"{kinds}\n{ending}", cluster.namespace)
    run_typed(configurations, cluster.namespace)
    assert level(cluster) == "INFO"
    assert cluster.get("Deployment", "model-api")["metadata"]["generation"] == before["metadata"]["generation"]
