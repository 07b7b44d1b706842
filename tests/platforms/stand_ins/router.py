# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands for the controller of OpenShift's router on another Kubernetes: admits the Routes of one namespace, or refuses
them in the router's words, and writes what HAProxy is to do. HAProxy itself is real, Debian's."""

from __future__ import annotations

import base64
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

from artifact_registry import packaged, process_of_containerd
from cluster import STATE, Cluster
from jinja2 import Environment, FileSystemLoader

from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find

TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), trim_blocks=True, autoescape=False)
PREFIX = "haproxy.router.openshift.io/"
RATE = "rate-limit-connections"
KNOWN = {PREFIX + name for name in ("timeout", "disable_cookies", RATE, f"{RATE}.rate-http", "rewrite-target")}
PORTS = (80, 443)
# Seconds, as OpenShift's router has it. It admits a Route before it serves it.
RELOADS_EVERY = 5.0


class Refused(Exception):
    """``args``: reason and message, as the router writes them into the Route's status."""


class Router(threading.Thread):
    """Runs until ``stop``. ``address``: one of this machine's own, where it is reached. ``certificate``: the router's
    own with its key, PEM. ``service_ca``: the CA that it trusts where a Route names none, PEM."""

    def __init__(self, cluster: Cluster, folder: Path, address: str, certificate: bytes, service_ca: bytes):
        super().__init__(daemon=True)
        self.cluster, self.folder, self.address, self.stopped = cluster, folder, address, threading.Event()
        self.said: dict[str, tuple] = {}
        (folder / "default.pem").write_bytes(certificate)
        (folder / "service-ca.pem").write_bytes(service_ca)
        self.sockets = [socket.create_server((address, port)) for port in PORTS]
        self.configured, self.reloaded = self._configuration([]), 0.0
        self.process = self._haproxy()

    def run(self) -> None:
        while not self.stopped.wait(0.3):
            routes, refusals = self.cluster.list("Route"), {}
            served = [made for route in routes if (made := self._backend(route, refusals))]
            self._configure(self._configuration(served))
            for route in routes:
                self._say(route, refusals.get(route["metadata"]["name"]))

    def stop(self) -> None:
        self.stopped.set()
        self.join(10)
        self.process.terminate()
        self.process.wait(10)
        for each in self.sockets:
            each.close()

    def _haproxy(self) -> subprocess.Popen:
        """In the network of a node, from where the pods are reached, as a router is; its listening sockets are of this
        machine's."""
        program = Path(packaged("haproxy"))
        node = process_of_containerd(sorted(STATE.glob("*/containerd.sock"))[0].parent)
        libraries = ":".join(map(str, program.parents[1].glob("lib/*-linux-gnu")))
        return subprocess.Popen(
            ["nsenter", f"--net=/proc/{node}/ns/net", program, "-W", "-f", self.folder / "haproxy.cfg"],
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
            pass_fds=[each.fileno() for each in self.sockets],
            stderr=(self.folder / "haproxy.log").open("w"),
        )

    def _configuration(self, routes: list[dict]) -> str:
        own = [f"{self.folder}/{route['name']}.pem {route['host']}" for route in routes if route["certificate"]]
        (self.folder / "certificates").write_text("\n".join([*own, ""]))
        http, https = (each.fileno() for each in self.sockets)
        text = TEMPLATES.get_template("haproxy.cfg.j2").render(
            folder=self.folder, http=http, https=https, routes=routes
        )
        (self.folder / "haproxy.cfg").write_text(text)
        return text + "".join(route["certificate"] + route["trusted"] for route in routes)

    def _configure(self, text: str) -> None:
        if text != self.configured and time.monotonic() > self.reloaded + RELOADS_EVERY:
            self.process.send_signal(signal.SIGUSR2)
            self.configured, self.reloaded = text, time.monotonic()

    def _say(self, route: dict, refusal: Refused | None) -> None:
        meta = route["metadata"]
        said = {"type": "Admitted", "status": "False" if refusal else "True"}
        if refusal:
            said["reason"], said["message"] = refusal.args
        if self.said.get(meta["uid"]) == (meta["generation"], said):
            return
        self.said[meta["uid"]] = (meta["generation"], said)
        entry = {
            "host": route["spec"]["host"],
            "routerName": "default",
            "routerCanonicalHostname": self.address,
            "conditions": [said],
        }
        path = find("Route").path(self.cluster.namespace, meta["name"]) + "/status"
        change = {"status": {"ingress": [entry]}}
        self.cluster.kube.request("PATCH", path, None, change, "application/merge-patch+json")

    def _backend(self, route: dict, refusals: dict[str, Refused]) -> dict | None:
        """What the template says of a Route; None for one that is refused."""
        name = route["metadata"]["name"]
        try:
            return self._of_route(name, route["spec"], route["metadata"].get("annotations") or {})
        except Refused as refusal:
            refusals[name] = refusal
            return None

    def _of_route(self, name: str, spec: dict, notes: dict[str, str]) -> dict:
        unknown = {note for note in notes if note.startswith(PREFIX)} - KNOWN
        if unknown:
            raise Refused("ExtendedValidationFailed", f"unknown annotations {', '.join(sorted(unknown))}")
        tls, path = spec.get("tls") or {}, spec.get("path") or ""
        certificate, trusted = self._certificate(name, tls), self._trusted(name, tls)
        below = re.escape(path.rstrip("/"))
        return {
            "name": name,
            "host": spec["host"],
            "base": rf"^{re.escape(spec['host'])}(:[0-9]+)?{below}(/.*)?$",
            "path": below,
            "termination": tls.get("termination", ""),
            "insecure": tls.get("insecureEdgeTerminationPolicy", ""),
            "timeout": notes.get(f"{PREFIX}timeout"),
            "rate": notes.get(f"{PREFIX}{RATE}.rate-http") if notes.get(PREFIX + RATE) == "true" else None,
            "rewrite": notes.get(f"{PREFIX}rewrite-target"),
            "certificate": certificate,
            "trusted": trusted,
            "reencrypt": self._reencrypt(name, spec["to"]["name"], tls),
            "endpoints": self._endpoints(spec["to"]["name"], spec["port"]["targetPort"]),
        }

    def _certificate(self, name: str, tls: dict) -> str:
        """The Route's own, with its key; "" where it has none and the router's is used."""
        secret = (tls.get("externalCertificate") or {}).get("name")
        if not secret:
            return ""
        at = "spec.tls.externalCertificate"
        found = self.cluster.get("Secret", secret)
        if found is None:
            raise Refused("ExternalCertificateValidationFailed", f'{at}: Not found: "secrets \\"{secret}\\" not found"')
        pem = "".join(base64.b64decode(found["data"][key]).decode() for key in ("tls.crt", "tls.key"))
        path = self.folder / f"{name}.pem"
        path.write_text(pem)
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
        except ssl.SSLError as error:
            said = f"spec.tls.key: Invalid value: redacted key data: {error.reason}"
            raise Refused("ExtendedValidationFailed", said) from error
        return pem

    def _trusted(self, name: str, tls: dict) -> str:
        """The CA that the pods' certificates have to be of, where the Route names one."""
        pem = tls.get("destinationCACertificate") or ""
        if pem:
            try:
                ssl.create_default_context(cadata=pem)
            except ssl.SSLError as error:
                at = "spec.tls.destinationCACertificate: Invalid value: redacted destination ca certificate data"
                said = f"{at}: failed to parse destination CA certificate: {error.reason}"
                raise Refused("ExtendedValidationFailed", said) from error
            (self.folder / f"{name}-ca.pem").write_text(pem)
        return pem

    def _reencrypt(self, name: str, service: str, tls: dict) -> str:
        """What HAProxy demands of a pod; the name only where its certificate is by the cluster's own CA."""
        if tls.get("termination") != "reencrypt":
            return ""
        if tls.get("destinationCACertificate"):
            return f" ssl alpn h2,http/1.1 verify required ca-file {self.folder}/{name}-ca.pem"
        host = f"{service}.{self.cluster.namespace}.svc"
        return f" ssl alpn h2,http/1.1 verifyhost {host} verify required ca-file {self.folder}/service-ca.pem"

    def _endpoints(self, service: str, port: str) -> list[dict]:
        slices = self.cluster.list("EndpointSlice", f"kubernetes.io/service-name={service}")
        found = [
            {"name": f"pod:{point['targetRef']['name']}", "at": f"{point['addresses'][0]}:{entry['port']}"}
            for each in slices
            for entry in each.get("ports") or []
            for point in each.get("endpoints") or []
            if entry["name"] == port and point["conditions"]["ready"]
        ]
        return sorted(found, key=lambda entry: entry["name"])
