# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialect ``gateway`` with a real gateway: Traefik on the local cluster. Preflight, a release, the question from
outside, diagnose and verify; and what each says of a Gateway that does not take the route."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import certificates
import gateway_api
import pytest
from cluster import KUBECONFIG, Cluster, serving_image
from playbook_runs import Run, command
from small import ONE_SMALL_POD

from ansible_collections.modelops.serving.plugins.module_utils.client.http import ask_unverified

HOST = "models.gateway.example"
NAMESPACE = "t-gateway"
HTTP, HTTPS = f"http://{gateway_api.ADDRESS}:{gateway_api.HTTP}", f"https://{gateway_api.ADDRESS}:{gateway_api.HTTPS}"


def playbook(name: str, *arguments: str, **others) -> Run:
    variables = {
        "model_serving_kubernetes": {"kubeconfig": str(KUBECONFIG)},
        "model_serving_namespace": NAMESPACE,
        "model_serving_image": serving_image(),
        **ONE_SMALL_POD,
        "model_serving_ingress_dialect": "gateway",
        "model_serving_ingress_host": HOST,
        "model_serving_ingress_tls_redirect": True,
        "model_serving_network_policy_ingress_namespace": NAMESPACE,
        "model_serving_verify_url": HTTPS,
        "model_serving_verify_validate_certs": False,
        **others,
    }
    given = ["-i", "inventories/local", "-e", json.dumps(variables)]
    return command("ansible-playbook", f"playbooks/{name}.yml", *given, *arguments)


def certificate() -> dict:
    """A Secret with a certificate for the host, of an authority that nobody trusts."""
    made = zip(("tls.crt", "tls.key"), certificates.make(host=HOST), strict=True)
    data = {name: base64.b64encode(content).decode() for name, content in made}
    meta = {"name": "edge"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "kubernetes.io/tls", "data": data}


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    own = Cluster(NAMESPACE)
    own.make_namespace()
    try:
        own.create(certificate())
        gateway_api.start(own, "edge")
        yield own
    finally:
        gateway_api.remove(own)
        own.remove_namespace()


def words(run: Run) -> str:
    return " ".join(run.output.split())


@pytest.mark.kinds
@pytest.mark.timeout(400)
def test_a_release_behind_a_gateway(cluster: Cluster):
    missing = playbook("deploy", "--tags", "preflight", model_serving_gateway_name="none")
    assert f"Gateway {NAMESPACE}/none does not exist" in words(missing), missing.output
    unknown = playbook("deploy", model_serving_gateway_https_listener="secure")
    assert unknown.status != 0
    assert "has no listener secure; it has http, https" in words(unknown), unknown.output

    deployed = playbook("deploy")
    assert deployed.status == 0, deployed.output
    assert f"{HTTPS}/predict with Host: {HOST}" in words(deployed), deployed.output

    redirected = ask_unverified("GET", f"{HTTP}/health", {"Host": HOST}, None, 10)
    assert redirected.status == 301, redirected
    assert ask_unverified("GET", f"{HTTPS}/health", {"Host": "other.example"}, None, 10).status == 404

    diagnosed = playbook("diagnose")
    at = HTTPS.removeprefix("https://")
    assert f"model-api at {at}" in words(diagnosed), diagnosed.output
    assert "GatewayNotProgrammed" not in diagnosed.output, diagnosed.output
    verified = playbook("verify", "--tags", "ingress", model_serving_verify_url="")
    assert verified.status == 0, verified.output
    assert f"{HTTPS}/predict" in words(verified), verified.output

    other = {"parentRefs": [{"name": gateway_api.NAME, "namespace": NAMESPACE, "sectionName": "secure"}]}
    route = cluster.get("HTTPRoute", "model-api")
    cluster.kube.patch(route, NAMESPACE, {"spec": other})
    broken = playbook("diagnose", model_serving_verify_url="")
    assert "ListenerMissing" in broken.output, broken.output


@pytest.mark.kinds
@pytest.mark.timeout(400)
def test_a_gateway_takes_a_prefix_away(cluster: Cluster):
    prefix = "/team/churn.v2"
    deployed = playbook(
        "deploy",
        model_serving_ingress_prefix=prefix,
        model_serving_ingress_paths=["/predict", "/health"],
        model_serving_verify_url=HTTPS + prefix,
    )
    assert deployed.status == 0, deployed.output
    paths = ("/health", f"{prefix}/health", f"{prefix}/healthy", f"{prefix}/openapi.json")
    answers = [ask_unverified("GET", HTTPS + path, {"Host": HOST}, None, 10).status for path in paths]
    assert answers == [404, 200, 404, 404]
