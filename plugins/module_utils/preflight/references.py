# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a set needs and does not contain: Secrets, ConfigMaps, a priority class. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.secret_makers import made_by

# Kubernetes has these everywhere.
SYSTEM_CLASSES = ("system-node-critical", "system-cluster-critical")


@dataclass(frozen=True)
class Reference:
    """``use``: what needs it. ``required``: no pod starts without it."""

    kind: str
    name: str
    use: str
    required: bool = True

    @property
    def api_version(self) -> str:
        return "scheduling.k8s.io/v1" if self.kind == "PriorityClass" else "v1"


def of(objects: list[dict]) -> list[Reference]:
    """Those of the set to what it does not contain, and what no object of it makes; each object once."""
    contained = {(obj["kind"], obj["metadata"]["name"]) for obj in objects}
    contained |= {("Secret", name) for name in made_by(objects)}
    found: dict[tuple[str, str], Reference] = {}
    for reference in _all(objects):
        key = (reference.kind, reference.name)
        if key not in contained and (key not in found or reference.required):
            found.setdefault(key, reference)
    return list(found.values())


def _all(objects: list[dict]) -> Iterator[Reference]:
    deployment = object_set.deployment_of(objects)
    if deployment is not None:
        yield from _of_pod(deployment["spec"]["template"].get("spec") or {})
    for ingress in [obj for obj in objects if obj["kind"] == "Ingress"]:
        for entry in ingress["spec"].get("tls") or []:
            yield from _named("Secret", entry, "secretName", "TLS of the Ingress", required=False)


def _of_pod(spec: dict) -> Iterator[Reference]:
    for volume in spec.get("volumes") or []:
        use = f"the volume {volume.get('name')}"
        projected = (volume.get("projected") or {}).get("sources") or []
        yield from _named("Secret", volume.get("secret"), "secretName", use)
        for source in [volume, *projected]:
            yield from _named("ConfigMap", source.get("configMap"), "name", use)
        for source in projected:
            yield from _named("Secret", source.get("secret"), "name", use)
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        yield from _of_container(container)
    for entry in spec.get("imagePullSecrets") or []:
        yield from _named("Secret", entry, "name", "the pull of the image", required=False)
    if spec.get("priorityClassName") not in (None, "", *SYSTEM_CLASSES):
        yield Reference("PriorityClass", spec["priorityClassName"], "the pods' priority")


def _of_container(container: dict) -> Iterator[Reference]:
    use = f"the environment of container {container.get('name')}"
    for entry in container.get("envFrom") or []:
        yield from _named("Secret", entry.get("secretRef"), "name", use)
        yield from _named("ConfigMap", entry.get("configMapRef"), "name", use)
    for entry in container.get("env") or []:
        source = entry.get("valueFrom") or {}
        yield from _named("Secret", source.get("secretKeyRef"), "name", use)
        yield from _named("ConfigMap", source.get("configMapKeyRef"), "name", use)


def _named(kind: str, at: dict | None, field: str, use: str, required: bool = True) -> Iterator[Reference]:
    if at and at.get(field) and not at.get("optional"):
        yield Reference(kind, at[field], use, required)
