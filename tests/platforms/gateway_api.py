# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Gateway on the local cluster: the custom resource definitions of the pinned Go module, and the Traefik of the local
cluster's own image as a gateway controller of one namespace."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import go_programs
import yaml
from cluster import Cluster

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common.gateways import GATEWAY, GROUP

PINNED = Path(__file__).resolve().parent / "go" / "gateway"
KINDS = ("gatewayclasses", "gateways", "httproutes", "grpcroutes", "tlsroutes", "listenersets", "referencegrants")
POLICIES = ("backendtlspolicies",)
ADDRESS = "10.213.0.11"
HTTP, HTTPS = 18080, 18443
NAME = "gateway"
READ = ["get", "list", "watch"]


def definitions() -> list[dict]:
    done = subprocess.run(
        [go_programs.go(), "mod", "download", "-json", "sigs.k8s.io/gateway-api"],
        cwd=PINNED,
        env=dict(os.environ, GOTOOLCHAIN="local"),
        check=True,
        capture_output=True,
        text=True,
    )
    folder = Path(json.loads(done.stdout)["Dir"]) / "config/crd/standard"
    files = [folder / f"{GROUP}_{name}.yaml" for name in (*KINDS, *POLICIES)]
    return [yaml.load(path.read_text(), Loader=yaml.CSafeLoader) for path in files]


def start(cluster: Cluster, certificate: str) -> None:
    """Returns when the Gateway is programmed. ``certificate``: the Secret of its listener for HTTPS."""
    for obj in definitions():
        obj.pop("status", None)
        cluster.kube.apply(obj, cluster.namespace, None, "true")
    cluster.wait_for(lambda: _served(cluster), 30)
    for obj in objects(cluster, certificate):
        cluster.kube.apply(obj, cluster.namespace, None, "true")
    cluster.wait_for(lambda: _programmed(cluster), 90)


def remove(cluster: Cluster) -> None:
    for obj in (*objects(cluster, ""), *definitions()):
        try:
            cluster.kube.delete(obj, cluster.namespace)
        except KubeError as error:
            if error.status != 404:
                raise


def _served(cluster: Cluster) -> bool:
    try:
        return cluster.kube.list(GATEWAY, cluster.namespace)["items"] is not None
    except KubeError as error:
        if error.status == 404:
            return False
        raise


def _programmed(cluster: Cluster) -> bool:
    found = cluster.kube.get(GATEWAY, cluster.namespace, NAME)
    said = (found.get("status") or {}).get("conditions") or []
    return any(entry["type"] == "Programmed" and entry["status"] == "True" for entry in said)


def objects(cluster: Cluster, certificate: str) -> list[dict]:
    """Traefik, what it may read, and the Gateway."""
    space, image = cluster.namespace, _image()
    whole = f"{space}-gateway"
    account = {"kind": "ServiceAccount", "name": NAME, "namespace": space}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": whole}
    core = ["configmaps", "namespaces", "nodes", "pods", "secrets", "services"]
    rules = [
        {"apiGroups": [""], "resources": core, "verbs": READ},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": READ},
        {"apiGroups": [GROUP], "resources": ["*"], "verbs": [*READ, "update", "patch"]},
    ]
    arguments = [
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
        "--ping=true",
        "--ping.entrypoint=operations",
        "--entrypoints.operations.address=:9000",
        f"--entrypoints.http.address=:{HTTP}",
        f"--entrypoints.https.address=:{HTTPS}",
        "--providers.kubernetesgateway=true",
        f"--providers.kubernetesgateway.namespaces={space}",
        f"--providers.kubernetesgateway.statusaddress.ip={ADDRESS}",
    ]
    container = {
        "name": "traefik",
        "image": image,
        "imagePullPolicy": "Never",
        "command": ["/traefik", *arguments],
        "readinessProbe": {"httpGet": {"path": "/ping", "port": 9000}, "periodSeconds": 1},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }
    pod = {"serviceAccountName": NAME, "containers": [container], "volumes": [{"name": "tmp", "emptyDir": {}}]}
    labels = {"app": NAME}
    ports = [{"name": name, "port": port, "targetPort": port} for name, port in (("http", HTTP), ("https", HTTPS))]
    listeners = [
        {"name": "http", "protocol": "HTTP", "port": HTTP},
        {
            "name": "https",
            "protocol": "HTTPS",
            "port": HTTPS,
            "tls": {"mode": "Terminate", "certificateRefs": [{"name": certificate}]},
        },
    ]
    rbac = "rbac.authorization.k8s.io/v1"
    return [
        _of("v1", "ServiceAccount", NAME),
        _of(rbac, "ClusterRole", whole, rules=rules),
        _of(rbac, "ClusterRoleBinding", whole, roleRef=role, subjects=[account]),
        _of(
            "apps/v1",
            "Deployment",
            NAME,
            spec={"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
        ),
        _of("v1", "Service", NAME, spec={"selector": labels, "ports": ports, "externalIPs": [ADDRESS]}),
        _of(f"{GROUP}/v1", "GatewayClass", whole, spec={"controllerName": "traefik.io/gateway-controller"}),
        _of(f"{GROUP}/v1", "Gateway", NAME, spec={"gatewayClassName": whole, "listeners": listeners}),
    ]


def _of(version: str, kind: str, name: str, **fields) -> dict:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **fields}


def _image() -> str:
    """The image of the local cluster's own programs, which has Traefik."""
    controller = Cluster("ingress-nginx").get("Deployment", "ingress-nginx-controller")
    return controller["spec"]["template"]["spec"]["containers"][0]["image"]
