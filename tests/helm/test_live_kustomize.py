# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rendered overlay on the local cluster: kubectl applies it, it serves, and a changed inventory is rolled out."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from cluster import KUBECONFIG, Cluster, command, playbook, serving_image
from go_programs import CACHE
from log_level import level
from small import ONE_SMALL_POD

SMALL = {
    "model_serving_render_format": "kustomize",
    "model_serving_monitoring": "annotations",
    "model_serving_ingress_enabled": False,
    **ONE_SMALL_POD,
}


@pytest.fixture
def cluster():
    cluster = Cluster("ml-serving-kustomize")
    cluster.make_namespace()
    yield cluster
    cluster.remove_namespace()


def kubectl(*arguments: str | Path) -> str:
    program = next(CACHE.glob("*/kubectl"))
    done = subprocess.run(
        [program, "--kubeconfig", KUBECONFIG, *arguments], capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def apply(cluster: Cluster, folder: Path, **changed) -> str:
    """Renders the overlay anew, and has it applied. What kubectl says."""
    of_cluster = {"model_serving_namespace": cluster.namespace, "model_serving_image": serving_image()}
    place = {"model_serving_render_directory": str(folder)}
    status, output = command(*playbook("render", **SMALL, **of_cluster, **place, **changed))
    assert status == 0, output
    said = kubectl("apply", "-k", folder / "overlays" / "local")
    kubectl("-n", cluster.namespace, "rollout", "status", "deployment/model-api", "--timeout=180s")
    return said


def predictions(cluster: Cluster) -> list:
    body = json.dumps({"instances": [[5.1, 3.5, 1.4, 0.2]]})
    answer = cluster.kube.proxy(cluster.namespace, "model-api", "http", "POST", "/predict", {}, body)
    return json.loads(answer["content"])["predictions"]


@pytest.mark.timeout(400)
def test_an_overlay_is_applied_serves_and_changes(cluster: Cluster, tmp_path: Path):
    first = apply(cluster, tmp_path)
    assert "deployment.apps/model-api created" in first
    assert level(cluster) == "INFO"
    assert predictions(cluster) == ["setosa"]

    # kubectl calls a Deployment configured whose limit is 1000m, which the API server gives back as 1.
    apply(cluster, tmp_path)
    assert cluster.get("Deployment", "model-api")["metadata"]["generation"] == 1

    changed = apply(cluster, tmp_path, model_serving_log_level="DEBUG")
    assert re.search(r"configmap/model-api-config-\w+ created", changed)
    assert level(cluster) == "DEBUG"
    assert predictions(cluster) == ["setosa"]
