# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads everything between a request and the pods that answer it. Changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.modelops.serving.plugins.module_utils.client import pod_counters
from ansible_collections.modelops.serving.plugins.module_utils.client.entrances import gateways
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.http import NoAnswer, ask_unverified
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.listing import items
from ansible_collections.modelops.serving.plugins.module_utils.common import entrances, object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import is_ready, matches
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis import asked, layers
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis.layers import Answer, ServiceFacts
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import AutoscalerMissing, Reader
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot, targeted
from ansible_collections.modelops.serving.plugins.module_utils.release import reading, revisions, status
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors import routing
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

REQUEST_SECONDS = 5.0
# Pods whose metrics are read: each column's inputs are spread over all pods.
PODS_ASKED = 5


def collect(kube: Kube, namespace: str, name: str, path: str, url: str | None) -> ServiceFacts:
    """All facts. Leaves out what may not be read; raises KubeError when the API server fails otherwise."""
    deployment = kube.get(find("Deployment"), namespace, name)
    unread: set[str] = set()

    def listed(kind: str) -> list:
        """Of that kind. What may not be listed is noted."""
        found = items(kube, find(kind), namespace)
        if found is None:
            unread.add(find(kind).plural)
        return found or []

    services = listed("Service")
    with ThreadPoolExecutor(max_workers=8) as pool:
        jobs = {
            "snapshot": pool.submit(_snapshot, kube, deployment, services),
            "history": pool.submit(_history, kube, namespace, name, unread),
            "ingresses": pool.submit(_entrances, listed),
            "classes": pool.submit(items, kube, find("IngressClass"), None),
            "policies": pool.submit(items, kube, find("NetworkPolicy"), namespace),
            "scaling": pool.submit(_scaling, kube, namespace, name, listed),
        }
        snapshot = jobs["snapshot"].result()
        names = {service["metadata"]["name"] for service in services if _belongs(service, snapshot, name)}
        snapshot.services = [service for service in services if service["metadata"]["name"] in names]
        labels = routing.pod_labels(snapshot)
        facts = ServiceFacts(
            name=name,
            snapshot=snapshot,
            history=jobs["history"].result(),
            ingresses=[obj for obj in jobs["ingresses"].result() if _leads_to(obj, names) or _named(obj, name)],
            ingress_classes=jobs["classes"].result(),
            policies=[obj for obj in jobs["policies"].result() or [] if _guards(obj, labels)],
            scaling=jobs["scaling"].result(),
            unread=unread,
        )
        facts.missing = _missing(kube, namespace, name, facts.history)
        facts.gateways = gateways(kube, facts.ingresses)
        facts.metrics = list(
            pool.map(lambda pod: _metrics(kube, pod), filter(is_ready, snapshot.new_pods[:PODS_ASKED]))
        )
        facts.secrets = {secret: _exists(kube, namespace, secret) for secret in _tls(facts.ingresses)}
        facts.through_service = list(
            pool.map(lambda target: _get_from_service(kube, namespace, *target), _targets(facts, path))
        )
        addresses = _addresses(facts, path, url)
        facts.through_ingress = list(pool.map(lambda target: _get(*target), addresses))
        compared = [
            pool.submit(_of_its_service, kube, namespace, facts, request, answer)
            for (_url, request), answer in zip(addresses, facts.through_ingress, strict=True)
        ]
        for job in compared:
            job.result()
    if layers.elsewhere(facts):
        _owners(kube, facts, addresses)
    return facts


def _entrances(listed: Callable[[str], list]) -> list:
    """Of every kind that the cluster serves and we may list."""
    return [{**obj, "kind": kind} for kind in entrances.KINDS for obj in listed(kind)]


def _snapshot(kube: Kube, deployment: dict | None, services: list) -> Snapshot:
    if deployment is None:
        return Snapshot(None, services=services)
    observer = Observer.of(kube, deployment, services)
    observer.list()
    return observer.snapshot()


def _metrics(kube: Kube, pod: dict) -> str:
    client = kube.another()
    try:
        return pod_counters.metrics_of(client, pod)
    finally:
        kube.count(client.requests)


def _history(kube: Kube, namespace: str, name: str, unread: set[str]) -> list:
    try:
        return History(kube, namespace, name).read().entries
    except KubeError as error:
        if error.status == 403:
            unread.add("secrets")
            return []
        raise


def _missing(kube: Kube, namespace: str, name: str, history: list[Revision]) -> list[str]:
    """A Job goes by itself when it is done, and the Deployment is a layer of its own."""
    standing = revisions.standing(history)
    objects = [obj for obj in standing.objects if obj["kind"] not in ("Deployment", "Job")] if standing else []
    return status.gone(status.states(objects, *reading.read_readable(kube, namespace, name, objects)))


def _scaling(kube: Kube, namespace: str, name: str, listed: Callable[[str], list]) -> ScalingSnapshot | None:
    for hpa in listed("HorizontalPodAutoscaler"):
        if targeted(hpa["spec"]["scaleTargetRef"], "Deployment", name):
            try:
                return Reader(kube, namespace, hpa["metadata"]["name"]).read()
            except AutoscalerMissing:
                return None
    return None


def _belongs(service: dict, snapshot: Snapshot, name: str) -> bool:
    """Whether a Service selects the pods, or is meant to by its name or label."""
    return object_set.selects(service, routing.pod_labels(snapshot)) or _named(service, name)


def _named(obj: dict, name: str) -> bool:
    return obj["metadata"]["name"] == name or (obj["metadata"].get("labels") or {}).get(INSTANCE) == name


def _leads_to(obj: dict, services: set[str]) -> bool:
    return any(rule.service in services for rule in entrances.rules(obj))


def _guards(policy: dict, labels: dict) -> bool:
    selector = policy["spec"].get("podSelector") or {"matchLabels": {}}
    return "Ingress" in (policy["spec"].get("policyTypes") or []) and matches(selector, labels)


def _tls(ingresses: list) -> set[str]:
    return {name for obj in ingresses for name in entrances.certificates(obj)}


def _exists(kube: Kube, namespace: str, secret: str) -> bool | None:
    try:
        return kube.get(find("Secret"), namespace, secret) is not None
    except KubeError:
        return None


def _targets(facts: ServiceFacts, path: str) -> list[tuple[str, str, str, str]]:
    """Each Service that has a ready endpoint, at its first port."""
    return [
        (
            service["metadata"]["name"],
            service["spec"]["ports"][0].get("name") or str(service["spec"]["ports"][0]["port"]),
            path,
            routing.scheme(service["spec"]["ports"][0]),
        )
        for service in facts.snapshot.services
        if service["spec"].get("ports")
        and service["spec"].get("type") != "ExternalName"
        and any((point.get("conditions") or {}).get("ready") for point in routing.endpoints(facts.snapshot, service))
    ]


def _scheme(facts: ServiceFacts, service: str, port: str) -> str:
    """http or https, as the Service's port speaks it. ``port``: its name or number."""
    for entry in facts.snapshot.services:
        for known in entry["spec"].get("ports") or []:
            if entry["metadata"]["name"] == service and port in (known.get("name"), str(known["port"])):
                return routing.scheme(known)
    return "http"


def _get_from_service(kube: Kube, namespace: str, service: str, port: str, path: str, scheme: str) -> Answer:
    target = f"Service/{service}:{port}{path}"
    began = time.monotonic()
    client = kube.another()
    client.deadline = began + REQUEST_SECONDS
    try:
        answer = client.proxy(namespace, service, port, "GET", path, {}, None, scheme)
    except KubeError as error:
        return Answer(target, 0, str(error), time.monotonic() - began)
    finally:
        kube.count(client.requests)
    return Answer(target, answer["status"], "", answer["elapsed"], text=answer["content"])


def _addresses(facts: ServiceFacts, path: str, url: str | None) -> list[tuple[str, asked.Request]]:
    """(URL, request) of each rule that was released. The root is ``url``, else the address of the entrance."""
    standing = revisions.standing(facts.history)
    found = []
    for obj in asked.released(facts.ingresses, standing.objects if standing else []):
        root = url.rstrip("/") if url else entrances.root(obj, facts.gateways)
        for request in asked.requests(obj, path) if root else []:
            found.append((asked.address(root, request.outside), request))
    return list(dict.fromkeys(found))


def _of_its_service(kube: Kube, namespace: str, facts: ServiceFacts, request: asked.Request, answer: Answer) -> None:
    """Asks the Service for what the entrance should have asked it for, and keeps what it says with the answer."""
    port = request.port or _first_port(facts, request.service)
    scheme = _scheme(facts, request.service, port)
    own = _get_from_service(kube, namespace, request.service, port, request.inside, scheme)
    answer.service, answer.service_status, answer.service_text = request.service, own.status, own.text


def _owners(kube: Kube, facts: ServiceFacts, addresses: list[tuple[str, asked.Request]]) -> None:
    """The Ingresses of the cluster that have a rule for what was asked, but for those of the release."""
    others = [{**obj, "kind": "Ingress"} for obj in items(kube, find("Ingress"), None) or []]
    ours = {(obj["metadata"].get("namespace"), obj["metadata"]["name"]) for obj in facts.ingresses}
    others = [obj for obj in others if (obj["metadata"].get("namespace"), obj["metadata"]["name"]) not in ours]
    for (_url, request), answer in zip(addresses, facts.through_ingress, strict=True):
        answer.owners = asked.owners(request.host, request.outside, others)


def _first_port(facts: ServiceFacts, service: str) -> str:
    """The number of the Service's first port; "" without the Service."""
    ports = [
        str(port["port"])
        for entry in facts.snapshot.services
        if entry["metadata"]["name"] == service
        for port in entry["spec"].get("ports") or []
    ]
    return ports[0] if ports else ""


def _get(url: str, request: asked.Request) -> Answer:
    """GET from this machine, without checking certificates. A redirect, a 403 or a 405 shows that the route exists."""
    target = f"{url} (Host: {request.host})" if request.host else url
    headers = {"Host": request.host} if request.host else {}
    try:
        answer = ask_unverified("GET", url, headers, None, REQUEST_SECONDS)
    except NoAnswer as problem:
        return Answer(target, 0, str(problem), problem.elapsed)
    return Answer(target, answer.status, "", answer.elapsed, text=answer.text)
