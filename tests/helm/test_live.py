# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The chart's life on the local cluster: installed, asked for a prediction, changed, rolled back, removed."""

from __future__ import annotations

import json

import pytest
import yaml
from cluster import KUBECONFIG, Cluster, serving_image
from helm_programs import output
from log_level import level
from write_chart import CHART

# One pod, which is soon there.
SMALL = {
    "replicaCount": 1,
    "autoscaling": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
    "ingress": {"enabled": False},
    "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}},
}


WAITING = ("--wait", "--timeout", "180s")


@pytest.fixture
def given(tmp_path):
    """A file of values: a small release of the image that is deployed here."""
    repository, _colon, tag = serving_image().rpartition(":")
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump({**SMALL, "image": {"repository": repository, "tag": tag}}))
    return file


@pytest.fixture
def helm(cluster):
    return lambda *arguments: output("helm", *arguments, *where(cluster), KUBECONFIG=str(KUBECONFIG))


def where(cluster: Cluster) -> tuple[str, ...]:
    return "--namespace", cluster.namespace


@pytest.fixture
def cluster():
    cluster = Cluster("ml-serving-chart")
    yield cluster
    cluster.remove_namespace()


def test_the_life_of_a_release(cluster, helm, given):
    helm("install", "model-api", CHART, "--create-namespace", "--values", given, *WAITING)
    assert_tests("helm", cluster)
    first = configurations(cluster)

    helm("upgrade", "model-api", CHART, "--values", given, "--set", "server.logLevel=DEBUG", *WAITING)
    assert level(cluster) == "DEBUG"
    assert first < configurations(cluster), "pods of the first revision could not restart during the rollout"

    helm("rollback", "model-api", *WAITING)
    assert level(cluster) == "INFO"
    helm("uninstall", "model-api")
    assert cluster.get("Deployment", "model-api") is None
    assert configurations(cluster).isdisjoint(first), "Helm keeps what has been asked to be kept"


def assert_tests(program: str, cluster: Cluster) -> None:
    answer = output(program, "test", "model-api", "--logs", *where(cluster), KUBECONFIG=str(KUBECONFIG))
    assert "predictions" in json.loads(next(line for line in answer.splitlines() if line.startswith("{")))


@pytest.mark.longer
def test_what_one_helm_has_installed_the_other_tests(cluster, helm, given):
    helm("install", "model-api", CHART, "--create-namespace", "--values", given, *WAITING)
    assert_tests("helm3", cluster)


@pytest.mark.longer
def test_what_holds_data_stays_as_it_does_with_the_role(cluster, helm, given, tmp_path):
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
    }
    # Nobody binds the claim here, so that nothing is waited for.
    with_claim = tmp_path / "with-claim.yaml"
    with_claim.write_text(yaml.safe_dump({"extraObjects": [claim]}))
    cluster.make_namespace()
    helm("install", "model-api", CHART, "--values", given, "--values", with_claim)
    before = cluster.get("PersistentVolumeClaim", "data")["metadata"]["uid"]
    helm("upgrade", "model-api", CHART, "--values", given)
    assert cluster.get("PersistentVolumeClaim", "data")["metadata"]["uid"] == before
    helm("upgrade", "model-api", CHART, "--values", given, "--values", with_claim)
    helm("uninstall", "model-api")
    found = cluster.get("PersistentVolumeClaim", "data")["metadata"]
    assert found["uid"] == before and "deletionTimestamp" not in found


def test_what_is_taken_out_of_a_secret_goes_as_it_does_with_the_role(cluster, helm, given, tmp_path):
    """A revoked credential would be given to the pods for ever."""

    def values(**strings) -> str:
        file = tmp_path / "objects.yaml"
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "own"}, "stringData": strings}
        file.write_text(yaml.safe_dump({"extraObjects": [secret]}))
        return str(file)

    cluster.make_namespace()
    helm("install", "model-api", CHART, "--values", given, "--values", values(A="one"))
    helm("upgrade", "model-api", CHART, "--values", given, "--values", values(A="two", B="more"))
    assert cluster.get("Secret", "own")["data"] == {"A": "dHdv", "B": "bW9yZQ=="}
    helm("rollback", "model-api")
    assert cluster.get("Secret", "own")["data"] == {"A": "b25l"}


def configurations(cluster: Cluster) -> set[str]:
    return {at["metadata"]["name"] for at in cluster.list("ConfigMap") if "-config-" in at["metadata"]["name"]}


@pytest.mark.longer
def test_a_rollback_that_does_not_come_up_leaves_the_serving_pods_their_configuration(cluster, helm, given):
    cluster.make_namespace()
    helm("install", "model-api", CHART, "--values", given, "--set", "image.tag=gone")
    gone = configurations(cluster)
    helm("upgrade", "model-api", CHART, "--values", given, "--set", "server.logLevel=DEBUG", *WAITING)
    serves = configurations(cluster) - gone
    helm("rollback", "model-api", "1")
    assert serves <= configurations(cluster)
    # The pod that serves starts anew, as after the loss of its node.
    pod = next(at for at in cluster.list("Pod") if ready(at))
    cluster.kube.delete(pod, cluster.namespace)
    uid = pod["metadata"]["uid"]
    cluster.wait_for(lambda: any(ready(at) and at["metadata"]["uid"] != uid for at in cluster.list("Pod")), 120)

    for _upgrade in range(3):  # beside the pods, without them, and then not at all
        helm("upgrade", "model-api", CHART, "--values", given, "--set", "server.logLevel=ERROR", *WAITING)
    assert len(configurations(cluster)) == 1, "what no pod runs with goes with the upgrades after it"


def ready(pod: dict) -> bool:
    conditions = pod["status"].get("conditions") or []
    return any(at["type"] == "Ready" and at["status"] == "True" for at in conditions)
