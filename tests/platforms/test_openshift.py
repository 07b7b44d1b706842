# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chapter "OpenShift" of docs/targets.md on the local cluster: policies assign and demand a user of a range, as
OpenShift's restricted-v2 does, and a stand-in of the router serves the Route."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import user_range
from cluster import KUBECONFIG, Cluster, serving_image
from playbook_runs import Run, command
from small import ONE_SMALL_POD
from stand_ins import router

from ansible_collections.modelops.serving.plugins.module_utils.client.http import ask_unverified

ADDRESS = "10.213.0.11"
HOST = "models.openshift.example"
NAMESPACE = "t-openshift"


def variables(**others) -> dict:
    return {
        "model_serving_kubernetes": {"kubeconfig": str(KUBECONFIG)},
        "model_serving_namespace": NAMESPACE,
        "model_serving_image": serving_image(),
        **ONE_SMALL_POD,
        "model_serving_ingress_host": HOST,
        # The stand-in has no DNS, and a certificate of nobody.
        "model_serving_verify_url": f"https://{ADDRESS}",
        "model_serving_verify_validate_certs": False,
        "model_serving_monitoring": "auto",
        **others,
    }


def playbook(name: str, *arguments: str, **others) -> Run:
    given = ["-i", "inventories/openshift", "-e", json.dumps(variables(**others))]
    return command("ansible-playbook", f"playbooks/{name}.yml", *given, *arguments)


def groups_of(user: int) -> set[str]:
    """The groups of the model servers that run as this user; the cluster's nodes are processes of this machine."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ids = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line)
            server = "model_server" in (process / "cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if server and ids["Uid"].split()[0] == str(user):
            found.add(ids["Gid"].split()[0])
    return found


@pytest.fixture
def project() -> Iterator[Cluster]:
    """A project of OpenShift: with its policies, and a router."""
    own = Cluster(NAMESPACE)
    kind = router.definition()
    own.kube.apply(kind, NAMESPACE, None, "true")
    own.make_namespace()
    served = router.Router(Cluster(NAMESPACE), ADDRESS)
    try:
        user_range.demand(own)
        user_range.assign(own)
        own.wait_for(lambda: own.list("Route") == [], 20)
        served.start()
        yield own
    finally:
        served.stop()
        own.remove_namespace()
        own.kube.delete(kind, None)


@pytest.mark.kinds
@pytest.mark.timeout(300)
def test_a_release_with_a_route_and_a_user_of_the_projects_range(project: Cluster):
    deployed = playbook("deploy")
    assert deployed.status == 0, deployed.output
    assert f"https://{ADDRESS}/predict with Host: {HOST}" in " ".join(deployed.output.split()), deployed.output

    (pod,) = project.list("Pod", "app=model-api")
    assert pod["spec"]["securityContext"]["runAsUser"] == user_range.FIRST
    assert "runAsGroup" not in pod["spec"]["securityContext"]
    assert [status["restartCount"] for status in pod["status"]["containerStatuses"]] == [0]
    assert groups_of(user_range.FIRST) == {"0"}

    redirected = ask_unverified("GET", f"http://{ADDRESS}/health", {"Host": HOST}, None, 10)
    assert redirected.status in (301, 302, 307, 308), redirected
    diagnosed = playbook("diagnose")
    assert f"model-api at {ADDRESS}" in diagnosed.output, diagnosed.output
    verified = playbook("verify", "--tags", "ingress", model_serving_verify_url="")
    assert verified.status == 0, verified.output
    assert f"https://{ADDRESS}/predict" in verified.output, verified.output

    refused = playbook("deploy", model_serving_run_as_user=1000)
    assert refused.status != 0
    assert "SccRefused" in refused.output, refused.output
    assert "model_serving_run_as_user: null" in " ".join(refused.output.split()), refused.output
    (still,) = project.list("Pod", "app=model-api")
    assert still["metadata"]["uid"] == pod["metadata"]["uid"], "the pod that served was replaced"
