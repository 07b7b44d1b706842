# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides where a load is sent from, where to, and with which body."""

from __future__ import annotations

import json
import re
import time

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.http import header_texts
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import api_keys
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.ingress import for_url
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import said
from ansible_collections.modelops.serving.plugins.module_utils.load.senders import ClusterLoad, ControllerLoad
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.routing import scheme

PATIENCE = 30.0
# A file of certificates may have comments in any language between them.
CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.DOTALL)
NOT_FROM_PODS = (
    "{} are not sent from inside the cluster: whoever may read the pods that send could read the key. Send from this "
    "machine, through the ingress ({})."
)
# The suboptions of every module's option ``load``; hpa_verify documents them.
OPTIONS = {
    "url": {"type": "str"},
    "ca_cert": {"type": "path"},
    "validate_certs": {"type": "bool", "default": True},
    "source": {"type": "str", "choices": ["controller", "cluster"]},
    "service": {"type": "str"},
    "namespace": {"type": "str"},
    "image": {"type": "str"},
    "path": {"type": "str", "default": "/predict"},
    "body": {"type": "dict"},
    "host": {"type": "str"},
    "headers": {"type": "dict", "default": {}},
    "concurrency": {"type": "int", "default": 16},
    "requests_per_second": {"type": "int", "default": 0},
    "seconds": {"type": "int", "default": 180},
}


def source(kube: Kube, namespace: str, name: str, image: str, load: dict) -> ControllerLoad | ClusterLoad:
    """The load, by the options in ``load``. ``name``: the workload's. ``image``: of the pod that sends, by default."""
    service = load["service"] or name
    plan = {key: load[key] for key in ("concurrency", "requests_per_second", "seconds", "host")}
    plan["url"] = load["url"] or url(kube, namespace, service, load["path"])
    plan["headers"] = header_texts(load["headers"])
    plan["body"] = load["body"] or example(kube, namespace, service, plan["headers"])
    plan["verify"] = bool(load["url"]) and load["validate_certs"]
    plan["ca"] = certificates(load["ca_cert"])
    if (load["source"] or ("controller" if load["url"] else "cluster")) == "controller":
        return ControllerLoad(plan)
    if plan["headers"]:
        raise ServingError(NOT_FROM_PODS.format("load.headers", "load.url"))
    return ClusterLoad(kube, plan, load["namespace"] or namespace, f"{name}-load", load["image"] or image)


def certificates(path: str | None) -> str | None:
    """The certificates of a file, for whoever sends; None for those that the sender's system trusts."""
    if not path:
        return None
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            found = CERTIFICATE.findall(file.read() + "\n")
    except OSError as error:
        raise ServingError(f"the CA certificate {path} cannot be read: {error.strerror}") from error
    if not found:
        raise ServingError(f"{path} holds no certificate in PEM (-----BEGIN CERTIFICATE-----): give the CA's.")
    return "".join(found)


def read(kube: Kube, namespace: str, service: str) -> dict:
    """The Service. Its first port is the API's."""
    return kube.need(find("Service"), namespace, service, "name one with load.service")


def url(kube: Kube, namespace: str, service: str, path: str) -> str:
    """The URL at which pods reach the Service: by its address where it has one, else by its DNS name."""
    spec = read(kube, namespace, service)["spec"]
    given = spec.get("clusterIP", "None")
    host = f"{service}.{namespace}.svc" if given in ("", "None") else given
    port = spec["ports"][0]
    return f"{scheme(port)}://{for_url(host)}:{port['port']}{path}"


def example(kube: Kube, namespace: str, service: str, headers: dict[str, str] | None = None) -> dict:
    """A request body with the example of the server's first model. Raises ServingError when the server has none."""
    client = kube.another()
    client.deadline = time.monotonic() + PATIENCE
    port = read(client, namespace, service)["spec"]["ports"][0]
    try:
        answer = client.proxy(namespace, service, str(port["port"]), "GET", "/", headers or {}, None, scheme(port))
        if answer["status"] == 401:
            asks = "asks for an API key (SERVER_API_KEYS_FILE)"
            raise ServingError(f"Service/{service} in namespace {namespace} {asks}: {api_keys.remedy(headers)}.")
        return {"instances": json.loads(answer["content"])["models"][0]["example"]}
    except (KubeError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ServingError(
            f"Service/{service} in namespace {namespace} has no example of its model's input ({said(error)}): set "
            "load.body, or fix load.service."
        ) from error
