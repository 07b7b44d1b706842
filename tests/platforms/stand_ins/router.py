# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands for OpenShift's router on another Kubernetes: admits the Routes of one namespace as the router does, and has
the cluster's ingress controller carry their requests. It refuses what the API of OpenShift refuses.

Edge only: an Ingress has no words for passthrough.
"""

from __future__ import annotations

import threading
import time

from cluster import Cluster

from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find

GROUP = "route.openshift.io"
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
TERMINATIONS = {
    "edge": ("None", "Allow", "Redirect"),
    "passthrough": ("None", "Redirect"),
    "reencrypt": ("None", "Allow", "Redirect"),
}
PREFIX = "haproxy.router.openshift.io/"
KNOWN = {
    PREFIX + name
    for name in ("timeout", "disable_cookies", "rate-limit-connections", "rate-limit-connections.rate-http")
}


def definition() -> dict:
    """The CustomResourceDefinition of a Route, with the fields that its API has."""
    text = {"type": "string"}
    backend = {
        "type": "object",
        "required": ["name"],
        "properties": {"kind": {"enum": ["Service"], **text}, "name": text, "weight": {"type": "integer"}},
    }
    tls = {
        "type": "object",
        "required": ["termination"],
        "properties": {
            "termination": {"enum": list(TERMINATIONS), **text},
            "insecureEdgeTerminationPolicy": {"enum": ["None", "Allow", "Redirect"], **text},
            "externalCertificate": {"type": "object", "properties": {"name": text}},
            **dict.fromkeys(("certificate", "key", "caCertificate", "destinationCACertificate"), text),
        },
    }
    port = {"type": "object", "properties": {"targetPort": {"x-kubernetes-int-or-string": True}}}
    spec = {
        "type": "object",
        "required": ["to"],
        "properties": {"host": text, "path": {"pattern": "^/", **text}, "to": backend, "port": port, "tls": tls},
    }
    schema = {"type": "object", "properties": {"spec": spec, "status": ANYTHING}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": schema},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"routes.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"plural": "routes", "singular": "route", "kind": "Route", "listKind": "RouteList"},
            "versions": [version],
        },
    }


class Router(threading.Thread):
    """Runs until ``stop``. ``address``: where it is reached."""

    def __init__(self, cluster: Cluster, address: str):
        super().__init__(daemon=True)
        self.cluster, self.address, self.stopped = cluster, address, threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            for route in self.cluster.list("Route"):
                if (route.get("status") or {}).get("seen") != route["metadata"]["generation"]:
                    self._serve(route)
            time.sleep(0.3)

    def stop(self) -> None:
        self.stopped.set()
        self.join(10)

    def _serve(self, route: dict) -> None:
        problem = refusal(route)
        if not problem:
            self.cluster.kube.apply(self._carrier(route), self.cluster.namespace, None, "true")
        said = {"type": "Admitted", "status": "False" if problem else "True"}
        said |= {"reason": "InvalidRoute", "message": problem} if problem else {}
        entry = {
            "host": route["spec"]["host"],
            "routerName": "default",
            "routerCanonicalHostname": self.address,
            "conditions": [said],
        }
        path = find("Route").path(self.cluster.namespace, route["metadata"]["name"]) + "/status"
        change = {"status": {"seen": route["metadata"]["generation"], "ingress": [entry]}}
        self.cluster.kube.request("PATCH", path, None, change, "application/merge-patch+json")

    def _carrier(self, route: dict) -> dict:
        """The Ingress that carries the Route's requests."""
        spec, meta = route["spec"], route["metadata"]
        backend = {"service": {"name": spec["to"]["name"], "port": {"name": spec["port"]["targetPort"]}}}
        redirect = str(spec["tls"]["insecureEdgeTerminationPolicy"] == "Redirect").lower()
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {
                "name": f"router-{meta['name']}",
                "annotations": {"nginx.ingress.kubernetes.io/ssl-redirect": redirect},
                "ownerReferences": [
                    {"apiVersion": f"{GROUP}/v1", "kind": "Route", "name": meta["name"], "uid": meta["uid"]}
                ],
            },
            "spec": {
                "ingressClassName": "nginx",
                "tls": [{"hosts": [spec["host"]]}],
                "rules": [
                    {
                        "host": spec["host"],
                        "http": {"paths": [{"path": spec.get("path", "/"), "pathType": "Prefix", "backend": backend}]},
                    }
                ],
            },
        }


def refusal(route: dict) -> str:
    """What OpenShift would refuse; "" for nothing."""
    spec = route["spec"]
    tls = spec.get("tls") or {}
    if tls and tls.get("insecureEdgeTerminationPolicy", "None") not in TERMINATIONS[tls["termination"]]:
        return f"insecureEdgeTerminationPolicy {tls['insecureEdgeTerminationPolicy']} with {tls['termination']}"
    if tls.get("termination") == "passthrough" and spec.get("path"):
        return "passthrough termination does not support paths"
    unknown = {name for name in route["metadata"].get("annotations") or {} if name.startswith(PREFIX)} - KNOWN
    return f"unknown annotations {', '.join(sorted(unknown))}" if unknown else ""
