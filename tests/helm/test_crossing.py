# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From Helm to the role and back, as docs/helm.md says it, under load through the ingress: no request is lost."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator

import go_programs
import pytest
from cluster import KUBECONFIG, ROOT, Cluster, command, playbook, serving_image
from go_programs import load_generator
from helm_programs import output
from log_level import level
from write_chart import CHART

from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import merged
from ansible_collections.modelops.serving.plugins.module_utils.load_test.plan import plan
from ansible_collections.modelops.serving.plugins.module_utils.load_test.profiles import Step
from ansible_collections.modelops.serving.plugins.module_utils.resilience.traffic import Traffic

NAMESPACE, NAME = "ml-serving-crossing", "model-api"
INGRESS, HOST = "http://10.213.0.11", f"{NAMESPACE}.example"
QUESTION = {"instances": [[5.1, 3.5, 1.4, 0.2]]}
# Requests a second of each kind of connection; and seconds, more than all steps take.
RATE, LONGEST = 10, 900
FOO = {"name": "FOO", "value": "of the role"}
WAITING = ("--wait", "--timeout", "180s")
VARIABLES = {
    "model_serving_namespace": NAMESPACE,
    "model_serving_name": NAME,
    "model_serving_ingress_host": HOST,
    "model_serving_monitoring": "none",
    "model_serving_autoscaling_enabled": False,
    "model_serving_replicas": 3,
    "model_serving_cpu_request": "50m",
    "model_serving_memory_request": "128Mi",
}


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster(NAMESPACE)
    yield cluster
    cluster.remove_namespace()
    # The next test makes it anew.
    cluster.wait_for(lambda: cluster.kube.get(find("Namespace"), None, NAMESPACE) is None, 120)


@pytest.fixture
def traffic() -> Iterator[list[Traffic]]:
    """Whoever begins it puts it in, and it ends with the test."""
    begun: list[Traffic] = []
    yield begun
    for one in begun:
        one.close()


def play(name: str, **variables) -> None:
    given = {**VARIABLES, "model_serving_image": serving_image(), **variables}
    status, said = command(*playbook(name, **given))
    assert status == 0, said[-3000:]


def helm(*arguments) -> str:
    return output("helm", *arguments, "--namespace", NAMESPACE, KUBECONFIG=str(KUBECONFIG))


def delete(cluster: Cluster, kind: str, labels: str) -> None:
    """kubectl delete KIND -l LABELS"""
    for at in cluster.list(kind, labels):
        cluster.kube.delete(at, NAMESPACE)


def end_the_role_s_share() -> None:
    """The two lines of docs/helm.md, as they are written there."""
    page = (ROOT / "docs" / "helm.md").read_text()
    lines = page.partition("    kinds=")[2].splitlines()[:2]
    script = f"kinds={lines[0]}\n{lines[1]}".replace("ml-serving", NAMESPACE).replace("=model-api", f"={NAME}")
    # The local cluster's own, of which there is one for each set of pinned versions.
    program = max(go_programs.CACHE.glob("*/kubectl"), key=lambda path: path.stat().st_mtime)
    environment = {**os.environ, "KUBECONFIG": str(KUBECONFIG), "PATH": f"{program.parent}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-ec", script], env=environment, check=True)


@pytest.mark.longer
def test_no_request_is_lost_between_helm_and_the_role(cluster, traffic, tmp_path):
    play("render", model_serving_render_format="helm", model_serving_render_directory=str(tmp_path))
    (values,) = tmp_path.glob("*.values.yml")
    helm("install", NAME, CHART, "--create-namespace", "--values", values, *WAITING)

    traffic.append(Traffic(str(load_generator()), plan(f"{INGRESS}/predict", HOST, QUESTION, 1, [Step(RATE, LONGEST)])))

    play("deploy", model_serving_adopt=True)
    delete(cluster, "Secret", f"owner=helm,name={NAME}")
    play("deploy", model_serving_log_level="DEBUG", model_serving_extra_env=[FOO])
    assert level(cluster) == "DEBUG"
    play("rollback", model_serving_rollback_revision="r0")
    assert level(cluster) == "INFO" and "FOO" not in json.dumps(cluster.get("Deployment", NAME)["spec"])
    play("deploy", model_serving_adopt=True, model_serving_log_level="DEBUG", model_serving_extra_env=[FOO])
    assert level(cluster) == "DEBUG"

    helm("install", NAME, CHART, "--values", values, "--take-ownership", "--force-conflicts", *WAITING)
    end_the_role_s_share()
    delete(cluster, "Secret", f"modelops.serving/release={NAME}")
    ours = f"app.kubernetes.io/managed-by=modelops.serving,app.kubernetes.io/instance={NAME}"
    delete(cluster, "ConfigMap", ours)
    assert level(cluster) == "INFO"
    assert "FOO" not in json.dumps(cluster.get("Deployment", NAME)["spec"])
    # Without force: nobody else owns what Helm changes.
    helm("upgrade", NAME, CHART, "--values", values, "--set", "server.logLevel=DEBUG,replicaCount=4", *WAITING)
    assert level(cluster) == "DEBUG" and cluster.get("Deployment", NAME)["spec"]["replicas"] == 4

    assert not traffic[0].ended(), f"more than {LONGEST} s: what came last was not measured"
    counts = merged(list(traffic[0].seconds().values()))
    lost = counts.failures + counts.wrong
    assert counts.requests > 500 and lost == 0, json.dumps(traffic[0].examples()[:5], default=str)


def test_the_pods_under_an_autoscaler_stay_as_many(cluster, tmp_path):
    scaled = {"model_serving_autoscaling_enabled": True, "model_serving_autoscaling_min_replicas": 2}
    scaled["model_serving_pdb_min_available"] = 1
    play("deploy", **scaled)
    play("render", model_serving_render_format="helm", model_serving_render_directory=str(tmp_path), **scaled)
    (values,) = tmp_path.glob("*.values.yml")
    helm("install", NAME, CHART, "--values", values, "--take-ownership", "--force-conflicts", *WAITING)
    before = cluster.get("Deployment", NAME)
    end_the_role_s_share()
    after = cluster.get("Deployment", NAME)
    assert after["spec"]["replicas"] == before["spec"]["replicas"] == 2
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
