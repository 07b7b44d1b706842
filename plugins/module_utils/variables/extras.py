# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with what a user adds to the set: containers, volumes, objects, patches. Pure.

The functions yield faults for the rows in constraints/additions.py. Fields that only the API server knows are checked
by its dry run, before the first change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from types import SimpleNamespace

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE, MANAGED_BY
from ansible_collections.modelops.serving.plugins.module_utils.common.shapes import METADATA, type_of
from ansible_collections.modelops.serving.plugins.module_utils.variables.names import PREFIX

Fault = dict[str, object]

# The fields that every entry of these lists must have.
NEEDED = {
    "extra_env": ("name",),
    "extra_containers": ("name", "image"),
    "extra_init_containers": ("name", "image"),
    "extra_volumes": ("name",),
    "extra_volume_mounts": ("name", "mountPath"),
    "extra_objects": ("apiVersion", "kind", "metadata.name"),
}
# Labels by which the Deployment and the Services find the pods.
SELECTOR = ("app", INSTANCE)
# Labels by which a release finds its objects, in the variables with labels of objects; and those that name an alert's
# release. The instance's in model_serving_labels is refused as one of SELECTOR; pods may have another managed-by.
RELEASE_LABELS = {
    "labels": (MANAGED_BY,),
    "monitoring_labels": (INSTANCE, MANAGED_BY),
    "dashboard_labels": (INSTANCE, MANAGED_BY),
    "alert_labels": ("model_serving_name", "model_serving_namespace"),
}
# Settings from which something else is derived, or which are checked; the others may be given in any way.
CHECKED_SETTINGS = ("SERVER_PORT", "SERVER_OPERATIONS_PORT", "SERVER_HOST", "SERVER_DRAIN_SECONDS", "SERVER_TLS_")
# What no patch may change: the object's identity, and how its pods are found.
IDENTITY = (
    "apiVersion",
    "kind",
    "metadata.name",
    "metadata.namespace",
    f"metadata.labels|{INSTANCE}",
    f"metadata.labels|{MANAGED_BY}",
)
PATCHED_IDENTITY = {
    "deployment": (*IDENTITY, "spec.selector", *(f"spec.template.metadata.labels|{name}" for name in SELECTOR))
}
# The manifests whose object sends requests to the pods.
SERVICES = ("service", "service_metrics", "service_load_balancer")


def without_a_field(v: SimpleNamespace) -> Iterator[Fault]:
    """Entries without a field that they need, or with one that is no text."""
    for variable, fields in NEEDED.items():
        for number, entry in enumerate(getattr(v, variable)):
            for field in fields:
                value = found(entry, field)
                if not isinstance(value, str) or not value:
                    yield {"variable": PREFIX + variable, "number": number, "field": field}
                    break


def taken_names(v: SimpleNamespace) -> Iterator[Fault]:
    """Entries whose name another one has, in the same list or among what is rendered."""
    containers = {"api": "the server", **({"fetch": "what fetches the models"} if v.models else {})}
    own = (("extra_init_containers", "name"), ("extra_containers", "name"))
    yield from _twice(v, own, containers)
    yield from _twice(v, (("extra_volumes", "name"),), _volumes(v))
    yield from _twice(v, (("extra_volume_mounts", "mountPath"),), _mount_paths(v))
    yield from _twice(v, (("extra_env", "name"),), {})


def checked_settings(v: SimpleNamespace) -> Iterator[Fault]:
    for entry in v.extra_env:
        if str(entry.get("name")).startswith(CHECKED_SETTINGS):
            yield {"setting": entry["name"]}


def unknown_volumes(v: SimpleNamespace) -> Iterator[Fault]:
    """Mounts of the server's container, or of an own one, whose volume does not exist."""
    known = {*_volumes(v), *(str(entry.get("name")) for entry in v.extra_volumes)}
    mounts = [(f"{PREFIX}extra_volume_mounts[{number}]", entry) for number, entry in enumerate(v.extra_volume_mounts)]
    for variable in ("extra_init_containers", "extra_containers"):
        for number, container in enumerate(getattr(v, variable)):
            where = f"{PREFIX}{variable}[{number}].volumeMounts"
            mounts += [(where, entry) for entry in container.get("volumeMounts") or [] if isinstance(entry, dict)]
    for where, entry in mounts:
        if isinstance(entry.get("name"), str) and entry["name"] not in known:
            yield {"where": where, "name": entry["name"]}


def selector_labels(v: SimpleNamespace) -> list[Fault]:
    return [
        {"variable": PREFIX + variable, "key": name}
        for variable in ("labels", "pod_labels")
        for name in SELECTOR
        if name in getattr(v, variable)
    ]


def release_labels(v: SimpleNamespace) -> Iterator[Fault]:
    """Labels that the release gives its objects itself. An own object may have the instance's if it is the same."""
    for variable, names in RELEASE_LABELS.items():
        for name in names:
            if name in getattr(v, variable):
                yield {"where": PREFIX + variable, "key": name}
    for number, entry in enumerate(v.extra_objects):
        labels = found(entry, "metadata.labels")
        if not isinstance(labels, dict):
            continue
        where = f"{PREFIX}extra_objects[{number}].metadata.labels"
        if labels.get(INSTANCE, v.name) != v.name:
            yield {"where": where, "key": INSTANCE}
        if MANAGED_BY in labels:
            yield {"where": where, "key": MANAGED_BY}


def unmeasured_containers(v: SimpleNamespace) -> Iterator[Fault]:
    """Sidecars without a request for what the autoscaler measures of whole pods: it could compute nothing."""
    if not v.autoscaling_enabled or v.autoscaling_scope != "pod":
        return
    goals = {"cpu": v.autoscaling_cpu_percent, "memory": v.autoscaling_memory_percent}
    sidecars = [("extra_containers", number, entry) for number, entry in enumerate(v.extra_containers)]
    sidecars += [
        ("extra_init_containers", number, entry)
        for number, entry in enumerate(v.extra_init_containers)
        if entry.get("restartPolicy") == "Always"
    ]
    for variable, number, entry in sidecars:
        for resource, percent in goals.items():
            amounts = {**(found(entry, "resources.limits") or {}), **(found(entry, "resources.requests") or {})}
            if percent > 0 and amounts.get(resource) is None:
                yield {"variable": PREFIX + variable, "number": number, "resource": resource}


def objects_twice(v: SimpleNamespace) -> Iterator[Fault]:
    seen: set = set()
    for number, entry in enumerate(v.extra_objects):
        identity = (str(entry.get("apiVersion")).rpartition("/")[0], entry.get("kind"), found(entry, "metadata.name"))
        if None not in identity and identity in seen:
            yield {"number": number, "kind": identity[1], "name": identity[2]}
        seen.add(identity)


def unfit_metadata(v: SimpleNamespace) -> Iterator[Fault]:
    """Labels and annotations that are no dictionary of texts. A null counts as not given; in a patch it removes."""
    for number, entry in enumerate(v.extra_objects):
        yield from _unfit_metadata(entry, f"{PREFIX}extra_objects[{number}]", (str,))
    for name, patch in patches(v).items():
        yield from _unfit_metadata(patch, f"{PREFIX}patches.{name}", (str, type(None)))


def _unfit_metadata(entry: dict, of: str, types: tuple[type, ...]) -> Iterator[Fault]:
    for part in METADATA:
        value, where = found(entry, f"metadata.{part}"), f"{of}.metadata.{part}"
        if isinstance(value, dict):
            for name, item in value.items():
                if not isinstance(item, types):
                    remedy = "write it as one text, in quotes"
                    yield {"where": f"{where}.{name}", "type": type_of(item), "not": "text", "remedy": remedy}
        elif value is not None:
            remedy = "write a name and a value for each, as in a manifest"
            yield {"where": where, "type": type_of(value), "not": "a dictionary", "remedy": remedy}


def other_namespaces(v: SimpleNamespace) -> list[Fault]:
    return [
        {"number": number, "other": found(entry, "metadata.namespace")}
        for number, entry in enumerate(v.extra_objects)
        if found(entry, "metadata.namespace") not in (None, v.namespace)
    ]


def own_lists(v: SimpleNamespace) -> list[Fault]:
    """kustomize takes a List apart, and the API server knows no such kind."""
    return [{"number": number} for number, entry in enumerate(v.extra_objects) if entry.get("kind") == "List"]


def own_deployments(v: SimpleNamespace) -> list[Fault]:
    return [{"number": number} for number, entry in enumerate(v.extra_objects) if entry.get("kind") == "Deployment"]


def patches(v: SimpleNamespace) -> dict[str, dict]:
    """The patches that were given, by the name of their manifest."""
    return {name: patch for name, patch in v.patches.items() if patch}


def absent_manifests(v: SimpleNamespace) -> list[Fault]:
    return [{"manifest": name} for name in patches(v) if name not in v.manifests]


def changed_identities(v: SimpleNamespace) -> Iterator[Fault]:
    for name, patch in patches(v).items():
        for path in PATCHED_IDENTITY.get(name, IDENTITY):
            if given(patch, path):
                yield {"manifest": name, "field": path.replace("|", ".")}


def services_without_pods(v: SimpleNamespace) -> list[Fault]:
    """Patches of Services after which no pod of the release has the labels that they ask for. Of labels that somebody
    else may give the pods, nothing is known here."""
    return [{"manifest": name} for name in SERVICES if not _may_select(v, patches(v).get(name) or {})]


def _may_select(v: SimpleNamespace, patch: dict) -> bool:
    if not given(patch, "spec.selector"):
        return True
    changes = found(patch, "spec.selector")
    if changes is None:
        return False
    if not isinstance(changes, dict):  # which the API server refuses
        return True
    selector = dict.fromkeys(SELECTOR, v.name) | changes
    wanted = {label: value for label, value in selector.items() if value is not None}
    return bool(wanted) and all(wanted.get(label, v.name) == v.name for label in SELECTOR)


def patched_to_no_pod(v: SimpleNamespace) -> list[Fault]:
    """A number of pods below 1. KEDA may begin with none."""
    replicas = found(patches(v).get("deployment") or {}, "spec.replicas")
    scaled = any(
        entry.get("kind") == "ScaledObject" and found(entry, "spec.scaleTargetRef.name") == v.name
        for entry in v.extra_objects
    )
    whole = not isinstance(replicas, bool) and re.fullmatch(r"-?[0-9]+", str(replicas))
    return [{"replicas": replicas}] if whole and int(replicas) < 1 and not scaled else []


def directives(v: SimpleNamespace) -> Iterator[Fault]:
    """Strategic merge's other directives, which would be sent to the API server as fields."""
    for name, patch in patches(v).items():
        for field, value in _fields(patch):
            if field.startswith("$") and not (field == "$patch" and value == "delete"):
                yield {"manifest": name, "field": field, "value": value}


def found(entry: dict, path: str) -> object:
    """The value at a path of fields, None where there is none."""
    value: object = entry
    for field in path.split("."):
        value = value.get(field) if isinstance(value, dict) else None
    return value


def given(patch: dict, path: str) -> bool:
    """Whether a patch has a field, even without a value, or takes it away with all that is above it. After a | the
    rest is one name, dots and all."""
    fields, _bar, name = path.partition("|")
    names = [*fields.split("."), *([name] if name else [])]
    value: object = patch
    for field in names:
        if value is None:
            return True
        if not isinstance(value, dict) or field not in value:
            return False
        value = value[field]
    return True


def _fields(value: object) -> Iterator[tuple[str, object]]:
    """All fields at any depth."""
    if isinstance(value, dict):
        for field, item in value.items():
            yield str(field), item
            yield from _fields(item)
    elif isinstance(value, list):
        for item in value:
            yield from _fields(item)


def _twice(v: SimpleNamespace, lists: Iterable[tuple[str, str]], taken: dict[str, str]) -> Iterator[Fault]:
    seen = dict(taken)
    for variable, field in lists:
        for number, entry in enumerate(getattr(v, variable)):
            name = entry.get(field)
            if not isinstance(name, str):
                continue
            where = f"{PREFIX}{variable}[{number}]"
            if name in seen:
                yield {"where": where, "field": field, "name": name, "holder": seen[name]}
            seen.setdefault(name, where)


def _volumes(v: SimpleNamespace) -> dict[str, str]:
    """The rendered volumes, and what each is for."""
    return {
        "tmp": "the server's /tmp",
        **({"models": "the models"} if v.models or v.models_volume else {}),
        **({"store-ca": "model_serving_models_ca"} if v.models and v.models_ca else {}),
        **({"tls": "model_serving_tls_secret"} if v.tls_secret else {}),
    }


def _mount_paths(v: SimpleNamespace) -> dict[str, str]:
    return {
        "/tmp": "the server's /tmp",
        **({"/models": "the models"} if v.models or v.models_volume else {}),
        **({"/etc/model-server/store-ca": "model_serving_models_ca"} if v.models and v.models_ca else {}),
        **({"/etc/model-server/tls": "model_serving_tls_secret"} if v.tls_secret else {}),
    }
