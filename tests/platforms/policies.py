# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what a client sees of the ingress's policies, for each dialect that the local cluster can serve:

    python tests/platforms/policies.py      prints the table of docs/targets.md, two minutes

The entrances are the role's own. Behind them is a server without limits of its own, so that what is refused is refused
by the controller.
"""

from __future__ import annotations

import http.client
import ssl
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "collections"), *(str(HERE.parent / name) for name in ("faults", "collection", "platforms"))]

import gateway_api
from cluster import Cluster, serving_image
from playbook_runs import render
from test_gateway import certificate

NAMESPACE, NAME = "t-policies", "model-api"
SERVICE = ("Service", NAME)
CONNECTIONS, REQUESTS = 20, 2000
SERVER = """
import http.server, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/v1/slow":
            time.sleep(31)
        self.answer()
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer()
    def answer(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("", 5000), Handler).serve_forever()
"""
# Where each dialect's plain and TLS listeners are.
DIALECTS = {"ingress-nginx": (80, 443), "gateway": (gateway_api.HTTP, gateway_api.HTTPS)}


def host(dialect: str) -> str:
    return f"{dialect}.policies.example"


def variables(dialect: str) -> dict:
    return {
        "model_serving_namespace": NAMESPACE,
        "model_serving_ingress_dialect": dialect,
        "model_serving_ingress_host": host(dialect),
        "model_serving_ingress_paths": ["/v1"],
        "model_serving_ingress_tls_secret": "edge" if dialect == "ingress-nginx" else "",
    }


def ask(client: http.client.HTTPConnection, dialect: str, method: str, path: str, body: bytes | None = None) -> str:
    """The status of an answer on a connection of its own, and its seconds where they are many."""
    began = time.monotonic()
    try:
        # A body that is too large is refused before it has been sent.
        with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            client.request(method, path, body, {"Host": host(dialect)})
        answer = client.getresponse()
        said = f"{answer.status}{' to https' if answer.headers.get('Location', '').startswith('https:') else ''}"
    except (OSError, http.client.HTTPException) as problem:
        said = f"no answer ({type(problem).__name__})"
    finally:
        client.close()
    seconds = time.monotonic() - began
    return f"{said} after {seconds:.0f} s" if seconds > 5 else said


def plain(dialect: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(gateway_api.ADDRESS, DIALECTS[dialect][0], timeout=60)


def tls(dialect: str) -> http.client.HTTPSConnection:
    anybody = ssl._create_unverified_context()
    client = http.client.HTTPSConnection(gateway_api.ADDRESS, DIALECTS[dialect][1], timeout=60, context=anybody)
    client.connect = lambda: connect(client, host(dialect))
    return client


def connect(client: http.client.HTTPSConnection, name: str) -> None:
    """By the name of the host, where the connection is to an address."""
    http.client.HTTPConnection.connect(client)
    client.sock = client._context.wrap_socket(client.sock, server_hostname=name)


def rate(dialect: str) -> str:
    """Requests as fast as they go, by several connections of one client."""

    def send(number: int) -> list[int]:
        client = tls(dialect)
        found = []
        for _request in range(number):
            client.request("GET", "/v1", headers={"Host": host(dialect)})
            answer = client.getresponse()
            answer.read()
            found.append(answer.status)
        client.close()
        return found

    began = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        statuses = list(chain.from_iterable(pool.map(send, [REQUESTS // CONNECTIONS] * CONNECTIONS)))
    seconds = time.monotonic() - began
    refused = [status for status in statuses if status != 200]
    kinds = f" ({'/'.join(map(str, sorted(set(refused))))})" if refused else ""
    return f"{len(statuses) - len(refused)} answered, {len(refused)} refused{kinds} in {seconds:.1f} s"


POLICIES = {
    "2000 requests as fast as they go": rate,
    "a body of 11 MB": lambda dialect: ask(tls(dialect), dialect, "POST", "/v1", b"x" * 11 * 2**20),
    "an answer after 31 s": lambda dialect: ask(tls(dialect), dialect, "GET", "/v1/slow"),
    "plain HTTP": lambda dialect: ask(plain(dialect), dialect, "GET", "/v1"),
    "a path that is not routed": lambda dialect: ask(tls(dialect), dialect, "GET", "/other"),
}


def server(image: str) -> dict:
    container = {"name": "api", "image": image, "imagePullPolicy": "Never", "command": ["python3", "-c", SERVER]}
    container["ports"] = [{"name": "http", "containerPort": 5000}]
    container["readinessProbe"] = {"tcpSocket": {"port": 5000}, "periodSeconds": 1}
    labels = {"app": NAME, "app.kubernetes.io/instance": NAME}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": NAME}, "spec": spec}


def main() -> None:
    cluster = Cluster(NAMESPACE)
    cluster.make_namespace()
    with tempfile.TemporaryDirectory() as folder:
        try:
            cluster.create(certificate(Path(folder)))
            gateway_api.start(cluster, "edge")
            rendered = render({dialect: variables(dialect) for dialect in DIALECTS}, Path(folder))
            cluster.create(server(serving_image()))
            for obj in chain.from_iterable(rendered.values()):
                if obj["kind"] in ("Ingress", "HTTPRoute") or (obj["kind"], obj["metadata"]["name"]) == SERVICE:
                    cluster.kube.apply(obj, NAMESPACE, None, "true")
            for dialect in DIALECTS:
                cluster.wait_for(lambda dialect=dialect: ask(tls(dialect), dialect, "GET", "/v1") == "200", 60)
            time.sleep(6)  # the rate of the requests above is forgotten
            with ThreadPoolExecutor(len(DIALECTS)) as pool:
                slow = dict(zip(DIALECTS, pool.map(POLICIES["an answer after 31 s"], DIALECTS), strict=True))
            print(f"| policy | {' | '.join(f'`{dialect}`' for dialect in DIALECTS)} |")
            print("| --- " * (len(DIALECTS) + 1) + "|")
            for name, measure in POLICIES.items():
                seen = [slow[dialect] if name == "an answer after 31 s" else measure(dialect) for dialect in DIALECTS]
                print(f"| {name} | {' | '.join(seen)} |", flush=True)
        finally:
            gateway_api.remove(cluster)
            cluster.remove_namespace()


if __name__ == "__main__":
    main()
