# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load of HTTP requests that ends by itself. Runs as a separate program, on the controller or in a pod.

Needs nothing but Python's standard library, because its source is passed to the Python that is there:
``python3 -c SOURCE PLAN``. PLAN is JSON with url, body, host, concurrency, requests_per_second, seconds, verify (false:
certificates are not checked, for a Service that is reached by its address) and ca (certificates to trust, in PEM). A
PLAN of - is read from standard input: an argument holds no more than 128 KiB, which a bundle of CAs exceeds. Writes one
line of JSON a second and one at the end (see ``Tally.line``), whether it is read or not.
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import threading
import time
from urllib.parse import urlsplit

TIMEOUT = 10.0
AFTER_ERROR = 0.2
# Seconds after which a connection is replaced. A kept connection stays with its pod, so new pods would get no requests.
CONNECTION_AGE = 5.0
# Latencies that are kept: enough for exact percentiles, few enough for a small pod's memory.
KEPT = 20000


class Tally:
    """Counts requests, failures and latencies for all threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.began = time.monotonic()
        self.requests = self.failed = 0
        self.first: float | None = None
        self.latencies: list[float] = []
        self.last_error = ""

    def add(self, seconds: float, problem: str) -> None:
        with self.lock:
            self.requests += 1
            if problem:
                self.failed += 1
                self.last_error = problem
                return
            if self.first is None:
                self.first = time.time()
            self.latencies.append(seconds)
            if len(self.latencies) > KEPT:
                self.latencies = self.latencies[::2]

    def line(self, **more) -> str:
        """The figures as JSON. ``seconds``: since the start. ``requests``: all of them, with those that ``failed``.
        ``first``: epoch seconds of the first answer. ``p50`` and ``p95``: milliseconds. ``last_error``: of the last
        failure. ``ended`` (in ``more``): whether this is the last line."""
        with self.lock:
            ordered = sorted(self.latencies)
            figures = {
                "seconds": round(time.monotonic() - self.began, 1),
                "requests": self.requests,
                "failed": self.failed,
                "first": self.first,
                "p50": _percentile(ordered, 0.50),
                "p95": _percentile(ordered, 0.95),
                "last_error": self.last_error,
            }
        return json.dumps({**figures, **more})


def _percentile(ordered: list, share: float) -> float | None:
    return round(1000 * ordered[int(share * (len(ordered) - 1))], 1) if ordered else None


def tls(verify: bool, ca: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=ca)
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class NamedConnection(http.client.HTTPSConnection):
    """To an address that stands for ``name``: TLS says that name (SNI), and the certificate must be for it."""

    def __init__(self, address: tuple, name: str, context: ssl.SSLContext):
        super().__init__(*address, timeout=TIMEOUT)
        self.name, self.context = name, context

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self.context.wrap_socket(self.sock, server_hostname=self.name)


class Sender(threading.Thread):
    """One client with one connection at a time."""

    def __init__(self, plan: dict, tally: Tally, ends: float):
        super().__init__(daemon=True)
        self.plan, self.tally, self.ends = plan, tally, ends
        self.parts = urlsplit(plan["url"])
        self.path = (self.parts.path or "/") + (f"?{self.parts.query}" if self.parts.query else "")
        self.body = json.dumps(plan["body"]).encode()
        self.headers = {"Content-Type": "application/json", **plan.get("headers", {})}
        if plan.get("host"):
            self.headers["Host"] = plan["host"]
        rate = plan.get("requests_per_second") or 0
        self.pause = plan["concurrency"] / rate if rate else 0.0
        self.context = tls(plan.get("verify", True), plan.get("ca")) if self.parts.scheme == "https" else None
        self.connection = None
        self.opened = 0.0

    def run(self) -> None:
        due = time.monotonic()
        while time.monotonic() < self.ends:
            problem = self.send()
            due = max(due + self.pause, time.monotonic() - 1.0)
            if problem:
                time.sleep(AFTER_ERROR)
            elif self.pause:
                time.sleep(max(0.0, due - time.monotonic()))

    def send(self) -> str:
        began = time.monotonic()
        try:
            problem = self.exchange()
        except ssl.SSLCertVerificationError as error:
            problem = f"the certificate is not accepted ({error.verify_message}): load.ca_cert names the file of its CA"
        except (OSError, http.client.HTTPException) as error:
            problem = f"{type(error).__name__}: {error}"
        if self.connection and (problem or time.monotonic() - self.opened > CONNECTION_AGE):
            self.connection.close()
            self.connection = None
        self.tally.add(time.monotonic() - began, problem)
        return problem

    def exchange(self) -> str:
        if self.connection is None:
            address = self.parts.hostname, self.parts.port
            if self.context:
                name = self.headers.get("Host", "").partition(":")[0] or self.parts.hostname
                self.connection = NamedConnection(address, name, self.context)
            else:
                self.connection = http.client.HTTPConnection(*address, timeout=TIMEOUT)
            self.opened = time.monotonic()
        self.connection.request("POST", self.path, self.body, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        return "" if answer.status < 400 else f"HTTP {answer.status}: {text[:200].decode('utf-8', 'replace')}"


def main(plan: dict) -> None:
    tally = Tally()
    ends = time.monotonic() + plan["seconds"]
    senders = [Sender(plan, tally, ends) for _number in range(plan["concurrency"])]
    for sender in senders:
        sender.start()
    while time.monotonic() < ends:
        time.sleep(min(1.0, max(0.0, ends - time.monotonic())))
        sys.stdout.write(tally.line(ended=False) + "\n")
        sys.stdout.flush()
    for sender in senders:
        sender.join(TIMEOUT)
    sys.stdout.write(tally.line(ended=True) + "\n")


if __name__ == "__main__":
    main(json.load(sys.stdin) if sys.argv[1] == "-" else json.loads(sys.argv[1]))
