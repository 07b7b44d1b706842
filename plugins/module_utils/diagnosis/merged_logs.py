# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The logs of several pods as one: read in parallel, merged by time, filtered. Only ``read`` does I/O."""

from __future__ import annotations

import heapq
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import name_of
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_ALIASES = {"WARN": "WARNING", "FATAL": "CRITICAL", "ERR": "ERROR", "TRACE": "DEBUG"}
MAX_BYTES = 16 * 1024 * 1024
# Of Istio, Linkerd, Consul, Vault, Dapr, the Cloud SQL proxy, Datadog and OpenTelemetry.
INJECTED = re.compile(
    r"istio-proxy|linkerd-proxy|consul-dataplane|envoy-sidecar|vault-agent|daprd|cloud-?sql-proxy|"
    r"datadog-agent|otc-container|aws-xray-daemon"
)
# Shown in columns of their own, so not repeated among the fields.
_SHOWN = ("time", "timestamp", "level", "levelname", "message", "msg", "request_id")


@dataclass(frozen=True, order=True)
class Line:
    """One line of a log. ``time``: RFC 3339, by the kubelet's clock. ``level``: one of LEVELS, "" without one."""

    time: str
    pod: str
    level: str
    request_id: str
    message: str

    def as_dict(self) -> dict:
        return dict(self.__dict__)

    @property
    def text(self) -> str:
        clock = self.time[11:23]
        request = f" [{self.request_id}]" if self.request_id else ""
        return f"{clock} {self.pod:<10} {self.level or '-':<8}{request} {self.message}"


def main_container(pod: dict) -> str:
    """The container whose log is meant. A sidecar that was injected may stand first: then the pod says which is, or the
    name is not one of those that service meshes and agents give theirs."""
    containers = [entry["name"] for entry in pod["spec"]["containers"]]
    named = (pod["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
    if named in containers:
        return named
    return next((name for name in containers if not INJECTED.fullmatch(name)), containers[0])


def read(kube: Kube, pods: list, container: str | None, since: int, tail: int) -> tuple[dict, dict]:
    """Two dictionaries by the pod's name: the text of its log, or why it cannot be read. ``since``: seconds."""
    texts, problems = {}, {}

    def fetch(pod: dict) -> str:
        meta = pod["metadata"]
        query = {
            "container": container or main_container(pod),
            "timestamps": "true",
            "sinceSeconds": since or None,
            "tailLines": tail or None,
            "limitBytes": MAX_BYTES,
        }
        return kube.text(f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/log", query)

    with ThreadPoolExecutor(max_workers=8) as pool:
        jobs = {name_of(pod): pool.submit(fetch, pod) for pod in pods}
        for name, job in jobs.items():
            try:
                texts[name] = job.result()
            except KubeError as error:
                problems[name] = str(error)
    return texts, problems


def merge(texts: dict[str, str], level: str = "", request_id: str = "") -> list[Line]:
    """All lines by time. With ``level`` only those of at least that level, with ``request_id`` only that request's."""
    streams = [[parse(name, line) for line in text.splitlines() if line.strip()] for name, text in texts.items()]
    merged = heapq.merge(*(sorted(stream) for stream in streams))
    return [line for line in merged if _wanted(line, level, request_id)]


def _wanted(line: Line, level: str, request_id: str) -> bool:
    if request_id and line.request_id != request_id and request_id not in line.message:
        return False
    if not level:
        return True
    return line.level in LEVELS and LEVELS.index(line.level) >= LEVELS.index(level)


def parse(pod: str, text: str) -> Line:
    """A line as the kubelet returns it: a timestamp, then JSON or plain text."""
    time, _space, rest = text.partition(" ")
    short = pod.rsplit("-", 2)
    name = "-".join(short[1:]) if len(short) == 3 else pod
    try:
        record = json.loads(rest) if rest.startswith("{") else None
    except ValueError:
        record = None
    if not isinstance(record, dict):
        return Line(time, name, "", "", redact(rest))
    level = str(record.get("level") or record.get("levelname") or "").upper()
    message = str(record.get("message") or record.get("msg") or "")
    fields = " ".join(f"{key}={value}" for key, value in record.items() if key not in _SHOWN)
    shown = " ".join(part for part in (message, fields) if part)
    return Line(time, name, _ALIASES.get(level, level), str(record.get("request_id") or ""), redact(shown))
