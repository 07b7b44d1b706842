# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user adds belongs to the release: it is applied, recorded, rolled back and removed with it."""

from __future__ import annotations

import copy

import pytest
from cluster import Cluster, command, playbook, serving_image
from image import REFERENCE

LITTLE = {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "32Mi"}}
PLAIN = {
    "model_serving_autoscaling_enabled": False,
    "model_serving_replicas": 1,
    "model_serving_pdb_enabled": False,
    "model_serving_ingress_enabled": False,
    "model_serving_verify_url": "",
}
EXTRAS = {
    "model_serving_extra_env": [{"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
    "model_serving_extra_init_containers": [
        {
            "name": "first",
            "image": REFERENCE,
            "command": ["sh", "-c", "echo warm > /cache/state"],
            "resources": LITTLE,
            "volumeMounts": [{"name": "cache", "mountPath": "/cache"}],
        }
    ],
    "model_serving_extra_containers": [
        {
            "name": "watch",
            "image": REFERENCE,
            "command": ["sh", "-c", "cat /cache/state && exec sleep 3600"],
            "resources": LITTLE,
            "volumeMounts": [{"name": "cache", "mountPath": "/cache"}],
        }
    ],
    "model_serving_extra_volumes": [
        {"name": "cache", "emptyDir": {"sizeLimit": "1Mi"}},
        {"name": "keys", "secret": {"secretName": "keys"}},
    ],
    "model_serving_extra_volume_mounts": [{"name": "keys", "mountPath": "/keys", "readOnly": True}],
    "model_serving_pod_labels": {"team": "risk"},
    "model_serving_pod_annotations": {"note": 7},
    "model_serving_ephemeral_storage_request": "64Mi",
    "model_serving_ephemeral_storage_limit": "1Gi",
    "model_serving_extra_objects": [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"key": "hunter2"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "notes"}, "data": {"a": "1"}},
    ],
    "model_serving_patches": {
        "deployment": {"spec": {"template": {"spec": {"hostAliases": [{"ip": "192.0.2.1", "hostnames": ["store"]}]}}}},
        "service": {"spec": {"sessionAffinity": "ClientIP"}},
    },
}


def deploy(cluster: Cluster, *arguments: str, **extras) -> tuple[int, str]:
    given = {**PLAIN, "model_serving_image": serving_image(), "model_serving_namespace": cluster.namespace, **extras}
    return command(*playbook("deploy", **given), *arguments)


def pod(cluster: Cluster) -> dict:
    return cluster.get("Deployment", "model-api")["spec"]["template"]["spec"]


def revisions(cluster: Cluster) -> list:
    found = cluster.run("release_info", name="model-api")["revisions"]
    return [(entry["revision"], entry["status"]) for entry in found]


@pytest.mark.timeout(300)
def test_what_is_added_lives_with_the_release(cluster: Cluster):
    status, output = deploy(cluster)
    assert status == 0, output
    plain = pod(cluster)

    # A value that only the API server knows to be wrong is refused before anything changes.
    wrong = copy.deepcopy(EXTRAS)
    wrong["model_serving_extra_containers"][0]["terminationMessagePolicy"] = "Sometimes"
    status, output = deploy(cluster, **wrong)
    assert status != 0
    assert "Sometimes" in output
    assert "no object was changed: r1 stands" in output
    assert revisions(cluster) == [(1, "serving")]
    assert cluster.get("Secret", "keys") is None

    status, output = deploy(cluster, "--check", "--diff", **EXTRAS)
    assert status == 0, output
    assert "hostAliases" in output
    assert "hunter2" not in output

    status, output = deploy(cluster, **EXTRAS)
    assert status == 0, output
    assert "hunter2" not in output
    live = pod(cluster)
    assert [entry["name"] for entry in live["containers"]] == ["api", "watch"]
    assert live["hostAliases"] == [{"ip": "192.0.2.1", "hostnames": ["store"]}]
    assert cluster.get("Service", "model-api")["spec"]["sessionAffinity"] == "ClientIP"
    assert cluster.get("Secret", "keys")["metadata"]["labels"]["app.kubernetes.io/instance"] == "model-api"
    assert cluster.get("ConfigMap", "notes")["data"] == {"a": "1"}

    fewer = {**EXTRAS, "model_serving_extra_objects": EXTRAS["model_serving_extra_objects"][:1]}
    status, output = deploy(cluster, **fewer)
    assert status == 0, output
    assert cluster.get("ConfigMap", "notes") is None

    status, output = command(
        *playbook(
            "rollback",
            model_serving_namespace=cluster.namespace,
            model_serving_verify_url="",
            model_serving_rollback_revision=1,
        )
    )
    assert status == 0, output
    assert pod(cluster) == plain
    assert cluster.get("Secret", "keys") is None
    assert revisions(cluster)[0] == (4, "serving")


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_a_service_that_a_patch_leads_to_another_port_is_not_promoted(cluster: Cluster):
    status, output = deploy(cluster)
    assert status == 0, output
    before = cluster.get("Service", "model-api")["spec"]["ports"]

    metrics = {"spec": {"ports": [{"name": "http", "port": 80, "targetPort": "metrics"}]}}
    status, output = deploy(cluster, model_serving_patches={"service": metrics})
    assert status != 0
    assert "PredictionFails" in output
    assert "http (80 to the pods' port metrics) answered 404 on / and 404 on /predict" in output
    assert revisions(cluster) == [(2, "failed"), (1, "serving")]
    assert cluster.get("Service", "model-api")["spec"]["ports"] == before

    # Whoever asks for no prediction has it released, and is told by a diagnosis.
    status, output = deploy(cluster, model_serving_patches={"service": metrics}, model_serving_verify_enabled=False)
    assert status == 0, output
    found = cluster.run("diagnose", name="model-api")["findings"]
    assert [(entry["reason"], entry["object"]) for entry in found] == [("ServicePortMetrics", "Service/model-api")]


@pytest.mark.thorough
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("patches", "sentence"),
    [
        ({"service": {"spec": {"selector": {"app": "zz"}}}}, "spec.selector would select no pod of this release"),
        ({"deployment": {"spec": {"replicas": 0}}}, "spec.replicas is 0, so that nothing would answer"),
    ],
)
def test_a_patch_that_takes_every_pod_away_is_refused_before_any_change(cluster: Cluster, patches, sentence):
    status, output = deploy(cluster, model_serving_patches=patches)
    assert status != 0
    assert sentence in output
    assert cluster.get("Deployment", "model-api") is None
    assert cluster.get("Service", "model-api") is None
