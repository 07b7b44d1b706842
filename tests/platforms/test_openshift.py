# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chapter "OpenShift" of docs/targets.md on the local cluster: policies assign and demand a user of a range, as
OpenShift's restricted-v2 does, and HAProxy serves the Routes as OpenShift's router tells it to."""

from __future__ import annotations

import base64
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import certificates
import pytest
import route_api
import user_range
from cluster import KUBECONFIG, Cluster, serving_image
from playbook_runs import Run, command
from small import ONE_SMALL_POD
from stand_ins import router

from ansible_collections.modelops.serving.plugins.module_utils.client.http import NoAnswer, Response, ask_unverified

# This machine's own, and nobody's else: HAProxy listens there.
ADDRESS = "127.0.31.1"
HOST = "models.openshift.example"
NAMESPACE = "t-openshift"
SERVICE = f"model-api.{NAMESPACE}.svc"
# Requests a second: the router closes connections above ten times as many in ten seconds.
RATE = 2


class Project:
    """A project of OpenShift. ``authority``: the file of the CA that signed every certificate here."""

    def __init__(self, cluster: Cluster, authority: Path):
        self.cluster, self.authority = cluster, authority

    def playbook(self, name: str, *arguments: str, **others) -> Run:
        variables = {
            "model_serving_kubernetes": {"kubeconfig": str(KUBECONFIG)},
            "model_serving_namespace": NAMESPACE,
            "model_serving_image": serving_image(),
            **ONE_SMALL_POD,
            "model_serving_ingress_host": HOST,
            # The router's address has no name in the DNS.
            "model_serving_verify_url": f"https://{ADDRESS}",
            "model_serving_verify_ca_cert": str(self.authority),
            "model_serving_verify_patience": 10,
            "model_serving_monitoring": "auto",
            **others,
        }
        given = ["-i", "inventories/openshift", "-e", json.dumps(variables)]
        return command("ansible-playbook", f"playbooks/{name}.yml", *given, *arguments)

    def certificate(self, secret: str, host: str) -> bytes:
        """Makes a Secret with a certificate for that host; returns the certificate."""
        made, key = certificates.make(host=host)
        data = {"tls.crt": base64.b64encode(made).decode(), "tls.key": base64.b64encode(key).decode()}
        meta = {"name": secret}
        self.cluster.create(
            {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "kubernetes.io/tls", "data": data}
        )
        return made

    def let_routers_read(self, secret: str) -> None:
        """As the chapter has a user do it."""
        space, name = route_api.ROUTER
        group, meta = "rbac.authorization.k8s.io", {"name": "router"}
        rules = [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": [secret]}]
        rules[0]["verbs"] = ["get", "list", "watch"]
        self.cluster.create({"apiVersion": f"{group}/v1", "kind": "Role", "metadata": meta, "rules": rules})
        subject = {"kind": "ServiceAccount", "namespace": space, "name": name}
        role = {"apiGroup": group, "kind": "Role", "name": "router"}
        self.cluster.create(
            {
                "apiVersion": f"{group}/v1",
                "kind": "RoleBinding",
                "metadata": meta,
                "roleRef": role,
                "subjects": [subject],
            }
        )

    def termination(self) -> str:
        return self.cluster.get("Route", "model-api")["spec"]["tls"]["termination"]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """With its policies, and a router, whose service CA is the one that signed every certificate here."""
    own = Cluster(NAMESPACE)
    own.make_namespace()
    authority = tmp_path / "authority.pem"
    authority.write_bytes(certificates.AUTHORITY)
    default = b"".join(certificates.make(host="*.openshift.example"))
    served = None
    try:
        route_api.start(own)
        user_range.demand(own)
        user_range.assign(own)
        served = router.Router(Cluster(NAMESPACE), tmp_path, ADDRESS, default, certificates.AUTHORITY)
        served.start()
        yield Project(own, authority)
    finally:
        if served:
            served.stop()
        own.remove_namespace()
        route_api.remove(own)


def words(run: Run) -> str:
    return " ".join(run.output.split())


def get(scheme: str, path: str) -> Response:
    return ask_unverified("GET", f"{scheme}://{ADDRESS}{path}", {"Host": HOST}, None, 10)


def status(scheme: str, path: str) -> int:
    """0 where the connection is closed without an answer."""
    try:
        return get(scheme, path).status
    except NoAnswer:
        return 0


def redirected() -> str:
    """Where a client that asks for /health by plain HTTP is sent, "" for nowhere."""
    with socket.create_connection((ADDRESS, 80), 10) as client:
        client.sendall(f"GET /health HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        head = client.makefile("rb").read().decode().partition("\r\n\r\n")[0]
    found = [line.partition(": ")[2] for line in head.splitlines() if line.lower().startswith("location:")]
    return found[0] if " 302 " in head and found else ""


def shown() -> bytes:
    """The certificate that a client sees who asks for the host, and trusts its CA."""
    trusted = ssl.create_default_context(cadata=certificates.AUTHORITY.decode())
    with (
        socket.create_connection((ADDRESS, 443), 10) as plain,
        trusted.wrap_socket(plain, server_hostname=HOST) as client,
    ):
        return ssl.DER_cert_to_PEM_cert(client.getpeercert(binary_form=True)).encode()


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


@pytest.mark.kinds
@pytest.mark.timeout(300)
def test_a_release_with_a_route_and_a_user_of_the_projects_range(project: Project):
    deployed = project.playbook("deploy")
    assert deployed.status == 0, deployed.output
    assert f"https://{ADDRESS}/predict with Host: {HOST}" in words(deployed), deployed.output

    (pod,) = project.cluster.list("Pod", "app=model-api")
    assert pod["spec"]["securityContext"]["runAsUser"] == user_range.FIRST
    assert "runAsGroup" not in pod["spec"]["securityContext"]
    assert [status["restartCount"] for status in pod["status"]["containerStatuses"]] == [0]
    assert groups_of(user_range.FIRST) == {"0"}

    assert redirected() == f"https://{HOST}/health"
    diagnosed = project.playbook("diagnose")
    assert f"model-api at {ADDRESS}" in diagnosed.output, diagnosed.output
    verified = project.playbook("verify", "--tags", "ingress", model_serving_verify_url="")
    assert verified.status == 0, verified.output
    assert f"https://{ADDRESS}/predict" in verified.output, verified.output

    refused = project.playbook("deploy", model_serving_run_as_user=1000)
    assert refused.status != 0
    assert "SccRefused" in refused.output, refused.output
    assert "model_serving_run_as_user: null" in words(refused), refused.output
    (still,) = project.cluster.list("Pod", "app=model-api")
    assert still["metadata"]["uid"] == pod["metadata"]["uid"], "the pod that served was replaced"


@pytest.mark.kinds
@pytest.mark.timeout(300)
def test_the_router_closes_connections_above_the_rate(project: Project):
    deployed = project.playbook("deploy", model_serving_ingress_requests_per_second=RATE)
    assert deployed.status == 0, deployed.output
    answers = [status("https", "/health") for _number in range(3 * RATE * 10)]
    first = answers.index(0)
    assert RATE * 5 < first <= RATE * 10, answers
    # Those of ten seconds count: on a slow machine the first are forgotten before the last is sent.
    assert set(answers[:first]) == {200} and set(answers[first:]) <= {0, 200}, answers


@pytest.mark.kinds
@pytest.mark.timeout(300)
def test_passthrough_leaves_tls_to_the_pods(project: Project):
    of_pods = project.certificate("pods", HOST)
    deployed = project.playbook("deploy", model_serving_tls_secret="pods")
    assert deployed.status == 0, deployed.output
    assert f"https://{ADDRESS}/predict with Host: {HOST}" in words(deployed), deployed.output
    assert (project.termination(), shown()) == ("passthrough", of_pods)
    assert redirected() == f"https://{HOST}/health"

    verified = project.playbook("verify", "--tags", "ingress", model_serving_verify_url="")
    assert verified.status == 0, verified.output
    assert f"https://{ADDRESS}/predict" in verified.output, verified.output
    diagnosed = project.playbook("diagnose")
    assert f"model-api at {ADDRESS}" in diagnosed.output, diagnosed.output

    alone = project.playbook("deploy", model_serving_tls_secret="pods", model_serving_ingress_tls_redirect=False)
    assert alone.status == 0, alone.output
    project.cluster.wait_for(lambda: status("http", "/health") == 503, 10)
    assert status("https", "/health") == 200


@pytest.mark.kinds
@pytest.mark.timeout(400)
def test_reencrypt_shows_a_certificate_of_its_own_and_verifies_the_pods(project: Project):
    of_route = project.certificate("route", HOST)
    project.certificate("pods", SERVICE)
    both = {"model_serving_tls_secret": "pods", "model_serving_ingress_tls_secret": "route"}
    forbidden = project.playbook("deploy", **both)
    assert forbidden.status != 0
    assert "router serviceaccount does not have permission to get this secret" in words(forbidden), forbidden.output

    project.let_routers_read("route")
    wrong = {"route": {"spec": {"tls": {"destinationCACertificate": certificates.another_authority().decode()}}}}
    failed = project.playbook("deploy", **both, model_serving_patches=wrong)
    assert failed.status != 0
    said = "signed by the CA in spec.tls.destinationCACertificate of Route/model-api"
    assert said in words(failed), failed.output

    deployed = project.playbook("deploy", **both)
    assert deployed.status == 0, deployed.output
    assert (project.termination(), shown()) == ("reencrypt", of_route)
    assert redirected() == f"https://{HOST}/health"
    # The router may still lead as before when the changed Route is asked.
    changed = project.playbook("deploy", **both, model_serving_patches=wrong)
    assert changed.status != 0 and said in words(changed), changed.output
    project.cluster.wait_for(lambda: status("https", "/health") == 200, 10)
    verified = project.playbook("verify", "--tags", "ingress", model_serving_verify_url="")
    assert verified.status == 0, verified.output

    route = project.cluster.get("Route", "model-api")
    project.cluster.kube.patch(route, NAMESPACE, wrong["route"])
    project.cluster.wait_for(lambda: status("https", "/health") == 503, 10)
    verified = project.playbook("verify", "--tags", "ingress", model_serving_verify_url="")
    assert verified.status != 0 and said in words(verified), verified.output
    diagnosed = project.playbook("diagnose", model_serving_verify_url="")
    assert said in words(diagnosed), diagnosed.output


@pytest.mark.kinds
@pytest.mark.timeout(400)
def test_reencrypt_takes_pods_of_another_ca_where_the_route_names_it(project: Project):
    """Without one, the pods' certificate has to be for the Service's own name, as the service CA makes it."""
    of_route = project.certificate("route", HOST)
    project.certificate("pods", HOST)
    project.let_routers_read("route")
    both = {"model_serving_tls_secret": "pods", "model_serving_ingress_tls_secret": "route"}
    failed = project.playbook("deploy", **both)
    assert failed.status != 0
    assert f"signed by the cluster's service CA for {SERVICE}" in words(failed), failed.output

    named = {"route": {"spec": {"tls": {"destinationCACertificate": certificates.AUTHORITY.decode()}}}}
    deployed = project.playbook("deploy", **both, model_serving_patches=named)
    assert deployed.status == 0, deployed.output
    assert (project.termination(), shown()) == ("reencrypt", of_route)
