# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a set needs and does not contain: Secrets, ConfigMaps, their keys, claims, a priority class. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.secret_makers import made_by

# Kubernetes has these everywhere.
SYSTEM_CLASSES = ("system-node-critical", "system-cluster-critical")
TLS_KEYS = ("tls.crt", "tls.key")
# The server's settings that name a file of a mounted Secret.
FILES = ("SERVER_TLS_CERTIFICATE_FILE", "SERVER_TLS_KEY_FILE", "SERVER_API_KEYS_FILE")


@dataclass(frozen=True)
class Reference:
    """``use``: what needs it. ``required``: no pod starts without it. ``keys``: that it must have."""

    kind: str
    name: str
    use: str
    required: bool = True
    keys: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        return "scheduling.k8s.io/v1" if self.kind == "PriorityClass" else "v1"


def of(objects: list[dict]) -> list[Reference]:
    """Those of the set to what it does not contain, and what no object of it makes; each object once."""
    contained = {(obj["kind"], obj["metadata"]["name"]) for obj in objects}
    contained |= {("Secret", name) for name in made_by(objects)}
    # What makes a claim, such as a DataVolume, has its name.
    contained |= {("PersistentVolumeClaim", obj["metadata"]["name"]) for obj in objects}
    found: dict[tuple[str, str], Reference] = {}
    for reference in _all(objects):
        key = (reference.kind, reference.name)
        if key in contained:
            continue
        before = found.get(key)
        if before is None or (reference.required and not before.required):
            found[key] = reference
        elif reference.required == before.required:
            found[key] = replace(before, keys=tuple(dict.fromkeys(before.keys + reference.keys)))
    return list(found.values())


def lacking(reference: Reference, obj: dict) -> list[str]:
    """The keys that a live object should have and has not."""
    present = {*(obj.get("data") or {}), *(obj.get("binaryData") or {})}
    return [key for key in reference.keys if key not in present]


def _all(objects: list[dict]) -> Iterator[Reference]:
    deployment = object_set.deployment_of(objects)
    if deployment is not None:
        yield from _of_pod(deployment["spec"]["template"].get("spec") or {}, _files(objects))
    for ingress in [obj for obj in objects if obj["kind"] == "Ingress"]:
        for entry in (ingress.get("spec") or {}).get("tls") or []:
            yield from _named("Secret", entry, "secretName", "TLS of the Ingress", TLS_KEYS, required=False)


def _files(objects: list[dict]) -> list[str]:
    """The files that the server is told to read."""
    data = [obj.get("data") or {} for obj in objects if obj["kind"] == "ConfigMap"]
    return [str(values[name]) for values in data for name in FILES if values.get(name)]


def _of_pod(spec: dict, files: list[str]) -> Iterator[Reference]:
    for volume in spec.get("volumes") or []:
        use = f"the volume {volume.get('name')}"
        projected = (volume.get("projected") or {}).get("sources") or []
        read = () if (volume.get("secret") or {}).get("items") else _read_from(spec, volume.get("name"), files)
        yield from _named("Secret", volume.get("secret"), "secretName", use, read)
        yield from _named("PersistentVolumeClaim", volume.get("persistentVolumeClaim"), "claimName", use)
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


def _read_from(spec: dict, volume: str | None, files: list[str]) -> tuple[str, ...]:
    """The names of the files that the server reads from a volume."""
    mounts = [mount for container in spec.get("containers") or [] for mount in container.get("volumeMounts") or []]
    folders = {(mount.get("mountPath") or "").rstrip("/") for mount in mounts if mount.get("name") == volume}
    named = [path.rpartition("/") for path in files]
    return tuple(name for folder, _slash, name in named if folder in folders)


def _of_container(container: dict) -> Iterator[Reference]:
    use = f"the environment of container {container.get('name')}"
    for entry in container.get("envFrom") or []:
        yield from _named("Secret", entry.get("secretRef"), "name", use)
        yield from _named("ConfigMap", entry.get("configMapRef"), "name", use)
    for entry in container.get("env") or []:
        source = entry.get("valueFrom") or {}
        for kind, at in (("Secret", source.get("secretKeyRef")), ("ConfigMap", source.get("configMapKeyRef"))):
            yield from _named(kind, at, "name", use, (at["key"],) if at and at.get("key") else ())


def _named(
    kind: str, at: dict | None, field: str, use: str, keys: tuple[str, ...] = (), required: bool = True
) -> Iterator[Reference]:
    """``keys``: beside those that the reference itself lists."""
    if at and at.get(field) and not at.get("optional"):
        listed = tuple(item["key"] for item in at.get("items") or [] if item.get("key"))
        yield Reference(kind, at[field], use, required, keys + listed)
