# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models that are not in the image: fetched by the pods over HTTP, or read from a volume."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cluster import ROOT, Cluster, command, playbook

BODY = json.dumps({"instances": [[5.1, 3.5, 1.4, 0.2]]})


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    """A model store with one model."""
    folder = tmp_path_factory.mktemp("models")
    folder.chmod(0o755)
    folder.parent.chmod(0o755)
    subprocess.run([sys.executable, ROOT / "server/train.py", "--store", folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def file(models: Path) -> Path:
    return next(models.rglob("*.skops"))


@pytest.fixture
def address(cluster: Cluster, fault_image: str, file: Path) -> str:
    """URL of the file at a pod that serves it over HTTP, like a model store in the cluster."""
    content = base64.b64encode(file.read_bytes()).decode()
    cluster.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "store"}, "binaryData": {file.name: content}}
    )
    web = {
        "name": "web",
        "image": fault_image,
        "imagePullPolicy": "Never",
        "command": ["httpd", "-f", "-p", "8080", "-h", "/models"],
        "volumeMounts": [{"name": "models", "mountPath": "/models"}],
    }
    volume = {"name": "models", "configMap": {"name": "store"}}
    pod = {"metadata": {"name": "store"}, "spec": {"containers": [web], "volumes": [volume]}}
    cluster.create({"apiVersion": "v1", "kind": "Pod", **pod})
    host = cluster.wait_for(lambda: cluster.get("Pod", "store")["status"].get("podIP"), 30)
    return f"http://{host}:8080/{file.name}"


def run(name: str, cluster: Cluster, **variables) -> tuple[int, str]:
    """Exit status and output of a playbook, with the variables of an inventory for this service."""
    inventory = {
        "model_serving_namespace": cluster.namespace,
        "model_serving_autoscaling_enabled": False,
        "model_serving_replicas": 1,
        "model_serving_pdb_enabled": False,
        "model_serving_ingress_enabled": False,
        "model_serving_monitoring": "none",
        "model_serving_network_policy_model_store_cidrs": ["10.213.64.0/18"],
        "model_serving_verify_url": "",
        "model_serving_pre_stop_seconds": 1,
        "model_serving_min_ready_seconds": 0,
    }
    return command(*playbook(name, **(inventory | variables)))


def fetched(version: str, uri: str, sha256: str) -> dict:
    return {"model_serving_models": [{"name": "flowers", "version": version, "uri": uri, "sha256": sha256}]}


def served(cluster: Cluster) -> tuple[str, str]:
    """Name and version of the model that answers a prediction."""
    answer = cluster.kube.proxy(cluster.namespace, "model-api", "http", "POST", "/predict", {}, BODY)
    assert answer["status"] == 200, answer
    prediction = json.loads(answer["content"])
    return prediction["model"], prediction["version"]


@pytest.mark.longer
@pytest.mark.timeout(400)
def test_models_are_fetched_and_a_wrong_one_is_rejected(cluster: Cluster, models: Path, file: Path, address: str):
    about = json.loads((file.parent / "model.json").read_text())
    status, output = run("deploy", cluster, **fetched("7", address, about["sha256"]))
    assert status == 0, output
    assert served(cluster) == ("flowers", "7")

    status, output = run("deploy", cluster, model_serving_log_level="DEBUG")
    assert status != 0
    assert f"the example would replace the one that serves (flowers/7 ({about['sha256'][:8]}))" in output, output
    assert served(cluster) == ("flowers", "7")

    status, output = run("deploy", cluster, **fetched("8", address, "0" * 64))
    assert status != 0
    assert "InitFails" in output, output
    assert f"{address} has sha256 {about['sha256']}" in output, output
    assert served(cluster) == ("flowers", "7")

    gone = address.replace(":8080", ":8081")
    status, output = run("deploy", cluster, **fetched("8", gone, about["sha256"]))
    assert status != 0
    assert "ConnectionRefused" in output, output
    assert "model_serving_models" in output, output

    status, output = run("deploy", cluster, model_serving_models_volume={"hostPath": {"path": str(models)}})
    assert status == 0, output
    assert served(cluster) == (file.parents[1].name, file.parent.name)

    status, output = run("rollback", cluster)
    assert status == 0, output
    assert served(cluster) == ("flowers", "7")


def test_a_verify_url_that_does_not_predict_fails_the_release(cluster: Cluster, address: str):
    """What stood before the first release is nothing; the finding says that the Service itself answers."""
    url = address.rsplit("/", 1)[0]
    status, output = run("deploy", cluster, model_serving_verify_url=url, model_serving_verify_patience=5)
    assert status != 0
    assert f"PredictionFails: {url}/predict: answered 404" in output, output
    assert "The Service itself answers" in output, output
    assert "the first installation was removed again" in output, output
    assert cluster.get("Deployment", "model-api") is None
