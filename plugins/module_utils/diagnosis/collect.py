# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at everything between a request and a running service, and changes nothing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.modelops.serving.plugins.module_utils.client.http import NoAnswer, ask_unverified
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.listing import items
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.common.ingress import address
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import matches
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis import ingress
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis.layers import Answer, ServiceFacts
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import AutoscalerMissing, Reader
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot, targeted
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors import routing
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

REQUEST_SECONDS = 5.0
# Events of a service that has run for long are of interest for about as long as the API server keeps them.
EVENTS_FROM = 3600.0


def collect(kube: Kube, namespace: str, name: str, path: str, url: str | None) -> ServiceFacts:
    """The whole picture. Raises KubeError when the server fails; what may not be read is left out."""
    deployment = kube.get(find("Deployment"), namespace, name)
    services = items(kube, find("Service"), namespace) or []
    with ThreadPoolExecutor(max_workers=8) as pool:
        jobs = {
            "snapshot": pool.submit(_snapshot, kube, deployment, services),
            "history": pool.submit(_history, kube, namespace, name),
            "ingresses": pool.submit(items, kube, find("Ingress"), namespace),
            "classes": pool.submit(items, kube, find("IngressClass"), None),
            "policies": pool.submit(items, kube, find("NetworkPolicy"), namespace),
            "scaling": pool.submit(_scaling, kube, namespace, name),
        }
        snapshot = jobs["snapshot"].result()
        mine = {service["metadata"]["name"] for service in services if _concerns(service, snapshot, name)}
        snapshot.services = [service for service in services if service["metadata"]["name"] in mine]
        labels = routing.pod_labels(snapshot)
        seen = ServiceFacts(
            name=name,
            snapshot=snapshot,
            history=jobs["history"].result(),
            ingresses=[obj for obj in jobs["ingresses"].result() or [] if _leads_to(obj, mine) or _named(obj, name)],
            ingress_classes=jobs["classes"].result(),
            policies=[obj for obj in jobs["policies"].result() or [] if _guards(obj, labels)],
            scaling=jobs["scaling"].result(),
        )
        seen.secrets = {secret: _exists(kube, namespace, secret) for secret in _tls(seen.ingresses)}
        seen.through_service = list(
            pool.map(lambda target: _ask_service(kube, namespace, *target), _targets(seen, path))
        )
        seen.through_ingress = list(pool.map(lambda target: _ask(*target[:2]), _addresses(seen, path, url)))
    for (_url, _host, asked, service, port), answer in zip(
        _addresses(seen, path, url), seen.through_ingress, strict=True
    ):
        if answer.status == 404:
            scheme = _scheme(seen, service, port)
            answer.behind = _ask_service(kube, namespace, service, port, asked, scheme).status
    return seen


def _snapshot(kube: Kube, deployment: dict | None, services: list) -> Snapshot:
    if deployment is None:
        return Snapshot(None, services=services)
    observer = Observer.of(kube, deployment, services)
    observer.started = time.time() - EVENTS_FROM
    observer.list()
    return observer.snapshot()


def _history(kube: Kube, namespace: str, name: str) -> list:
    try:
        return History(kube, namespace, name).read().entries
    except KubeError as error:
        if error.status == 403:
            return []
        raise


def _scaling(kube: Kube, namespace: str, name: str) -> ScalingSnapshot | None:
    for hpa in items(kube, find("HorizontalPodAutoscaler"), namespace) or []:
        if targeted(hpa["spec"]["scaleTargetRef"], "Deployment", name):
            try:
                return Reader(kube, namespace, hpa["metadata"]["name"]).collect()
            except AutoscalerMissing:
                return None
    return None


def _concerns(service: dict, snapshot: Snapshot, name: str) -> bool:
    """A Service that selects the pods, or says by name or label that it is meant to."""
    return routing.selects(service, routing.pod_labels(snapshot)) or _named(service, name)


def _named(obj: dict, name: str) -> bool:
    return obj["metadata"]["name"] == name or (obj["metadata"].get("labels") or {}).get(INSTANCE) == name


def _leads_to(obj: dict, services: set[str]) -> bool:
    return any((backend.get("service") or {}).get("name") in services for _host, _path, backend in ingress.rules(obj))


def _guards(policy: dict, labels: dict) -> bool:
    selector = policy["spec"].get("podSelector") or {"matchLabels": {}}
    return "Ingress" in (policy["spec"].get("policyTypes") or []) and matches(selector, labels)


def _tls(ingresses: list) -> set[str]:
    return {
        entry["secretName"] for obj in ingresses for entry in obj["spec"].get("tls") or [] if entry.get("secretName")
    }


def _exists(kube: Kube, namespace: str, secret: str) -> bool | None:
    try:
        return kube.get(find("Secret"), namespace, secret) is not None
    except KubeError:
        return None


def _targets(seen: ServiceFacts, path: str) -> list[tuple[str, str, str, str]]:
    """Each Service that has a ready endpoint, at its first port."""
    return [
        (
            service["metadata"]["name"],
            service["spec"]["ports"][0].get("name") or str(service["spec"]["ports"][0]["port"]),
            path,
            routing.scheme(service["spec"]["ports"][0]),
        )
        for service in seen.snapshot.services
        if service["spec"].get("ports")
        and service["spec"].get("type") != "ExternalName"
        and any((point.get("conditions") or {}).get("ready") for point in routing.endpoints(seen.snapshot, service))
    ]


def _scheme(seen: ServiceFacts, service: str, port: str) -> str:
    """What the Service's port speaks, the port being given by name or number."""
    for one in seen.snapshot.services:
        for known in one["spec"].get("ports") or []:
            if one["metadata"]["name"] == service and port in (known.get("name"), str(known["port"])):
                return routing.scheme(known)
    return "http"


def _ask_service(kube: Kube, namespace: str, service: str, port: str, path: str, scheme: str) -> Answer:
    target = f"Service/{service}:{port}{path}"
    began = time.monotonic()
    asking = Kube(kube.connection)
    asking.deadline = began + REQUEST_SECONDS
    try:
        answer = asking.proxy(namespace, service, port, "GET", path, {}, None, scheme)
    except KubeError as error:
        return Answer(target, 0, str(error), time.monotonic() - began)
    finally:
        kube.count(asking.requests)
    return Answer(target, answer["status"], "", answer["elapsed"])


def _addresses(seen: ServiceFacts, path: str, url: str | None) -> list[tuple[str, str, str, str, str]]:
    """URL, Host header, path, Service and port of each way in, by the URL given or the Ingresses' own status."""
    found = []
    for obj in seen.ingresses:
        at = url.rstrip("/") if url else _root(obj)
        for host, prefix, backend in ingress.rules(obj)[:3]:
            service = backend.get("service") or {}
            if at and service:
                asked = path if path.startswith(prefix) else prefix
                port = str((service.get("port") or {}).get("name") or (service.get("port") or {}).get("number") or "")
                found.append((f"{at}{asked}", host.replace("*.", "any."), asked, service["name"], port))
    return list(dict.fromkeys(found))


def _root(obj: dict) -> str:
    return f"http://{address(obj)}" if address(obj) else ""


def _ask(url: str, host: str) -> Answer:
    """A plain request from this host. A redirect, a refusal or a method not allowed shows that the route is there."""
    target = f"{url} (Host: {host})" if host else url
    headers = {"Host": host} if host else {}
    try:
        answer = ask_unverified("GET", url, headers, None, REQUEST_SECONDS)
    except NoAnswer as problem:
        return Answer(target, 0, str(problem), problem.elapsed)
    return Answer(target, answer.status, "", answer.elapsed)
