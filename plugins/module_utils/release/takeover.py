# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""managedFields by which a release takes fields of others over, and gives them back. Pure.

Server-side apply leaves alone what it does not name. As the owner of a field we take it away when the set does not
have it.
"""

from __future__ import annotations

import copy

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER, INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.common.well_formed import drop_what_the_server_fills_in
from ansible_collections.modelops.serving.plugins.module_utils.release.drift import (
    CONTROL_PLANE,
    LEFT_ALONE,
    foreign_fields,
    pruned,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.managed_fields import (
    configuration,
    difference,
    entries,
    fields_of,
    owned,
    union,
)

# What controllers keep beside what the API server fills in: never put back from a record.
CONTROLLER_METADATA = ("finalizers", "ownerReferences")


def drift_taken(live: dict, tolerated: frozenset[str]) -> list | None:
    """managedFields after the configuration that others changed in place has become ours; None if there is none.

    What we own by another operation than applying is left by a run that was killed while it put an object back.
    """
    managers = set(foreign_fields(live, tolerated))
    if not managers and not _left_by_us(live):
        return None
    return _taken(live, lambda entry: _changed_in_place(entry, managers))


def _left_by_us(live: dict) -> bool:
    ours = [entry for entry in entries(live) if entry.get("manager") == FIELD_MANAGER]
    return any(entry.get("operation") != "Apply" for entry in ours)


def adoption_taken(live: dict, obj: dict) -> list | None:
    """managedFields after an object of other tools has become ours, as far as it is configuration: the labels, and the
    annotations that the set's own object names, among it. Finalizers and other annotations are controllers' notes and
    stay theirs."""
    named = {f"f:{name}": {} for name in obj["metadata"].get("annotations") or {}}
    return _taken(live, lambda entry: _adopted(entry, named))


def with_fields(found: list | None, live: dict, fields: dict) -> list | None:
    """managedFields, or the live object's where none have to change, after these fields have become ours too."""
    if not fields:
        return found
    entries_now = (live["metadata"].get("managedFields") or []) if found is None else found
    kept, ours, version = [], fields, None
    for entry in entries_now:
        if entry.get("manager") == FIELD_MANAGER and not entry.get("subresource"):
            ours, version = union(ours, fields_of(entry)), entry.get("apiVersion")
        else:
            kept.append(entry)
    return [*kept, _our_entry(version or live["apiVersion"], ours)]


def _changed_in_place(entry: dict, managers: set[str]) -> dict:
    if entry.get("manager") not in managers:
        return {}
    return pruned(difference(configuration(fields_of(entry)), LEFT_ALONE))


def _adopted(entry: dict, annotations: dict) -> dict:
    if entry.get("manager") in CONTROL_PLANE:
        return {}
    metadata = fields_of(entry).get("f:metadata") or {}
    noted = {name: below for name, below in (metadata.get("f:annotations") or {}).items() if name in annotations}
    ours = {name: below for name, below in metadata.items() if name == "f:labels"}
    ours |= {"f:annotations": noted} if noted else {}
    return {**configuration(fields_of(entry)), **({"f:metadata": ours} if ours else {})}


def _taken(live: dict, share) -> list | None:
    """``share(entry)``: the fields of another manager's entry that become ours."""
    kept, ours, versions = [], {}, []
    taken = _left_by_us(live)
    for entry in live["metadata"].get("managedFields") or []:
        if entry.get("subresource"):
            kept.append(entry)
            continue
        if entry.get("manager") == FIELD_MANAGER:
            ours, versions = union(ours, fields_of(entry)), [entry.get("apiVersion"), *versions]
            continue
        fields = share(entry)
        if not fields:
            kept.append(entry)
            continue
        taken = True
        ours = union(ours, fields)
        versions.append(entry.get("apiVersion"))
        rest = difference(fields_of(entry), fields)
        kept += [{**entry, "fieldsV1": rest}] if rest else []
    return [*kept, _our_entry(versions[0], ours)] if taken else None


def _our_entry(api_version: str | None, fields: dict) -> dict:
    return {
        "manager": FIELD_MANAGER,
        "operation": "Apply",
        "apiVersion": api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }


def as_configuration(recorded: dict) -> dict:
    """A recorded live object as it can be applied again: without what the server and controllers keep."""
    obj = copy.deepcopy(recorded)
    drop_what_the_server_fills_in(obj)
    for name in CONTROLLER_METADATA:
        obj["metadata"].pop(name, None)
    return obj


def as_ours(recorded: dict) -> dict:
    """The same without the instance of its earlier owner, such as a Helm release."""
    obj = as_configuration(recorded)
    (obj["metadata"].get("labels") or {}).pop(INSTANCE, None)
    return obj


def as_before(live: dict, recorded: dict, autoscaled: bool) -> dict:
    """The live object with everything but its metadata as it was recorded. Labels are the recorded ones; of the
    annotations stay those that came meanwhile by others. Replicas are not lowered while an autoscaler stands
    (``autoscaled``), or after one has scaled."""
    body = copy.deepcopy({name: value for name, value in recorded.items() if name not in ("metadata", "status")})
    body["metadata"] = copy.deepcopy(live["metadata"])
    if "status" in live:
        body["status"] = live["status"]
    before, ours = recorded["metadata"], (owned(live).get("f:metadata") or {}).get("f:annotations") or {}
    now = live["metadata"].get("annotations") or {}
    since = {name: value for name, value in now.items() if f"f:{name}" not in ours}
    body["metadata"]["labels"] = before.get("labels") or {}
    body["metadata"]["annotations"] = {**(before.get("annotations") or {}), **since}
    if recorded["kind"] == "PersistentVolumeClaim" and "spec" in live:  # it has been bound since, or grown, for good
        body["spec"] = copy.deepcopy(live["spec"])
    running = live.get("spec", {}).get("replicas") if isinstance(live.get("spec"), dict) else None
    if running is not None and running > body["spec"].get("replicas", 1) and (autoscaled or _has_scaled(live)):
        body["spec"]["replicas"] = running
    return body


def _has_scaled(live: dict) -> bool:
    """Whether an autoscaler, or somebody by hand, has set the replicas."""
    found = live["metadata"].get("managedFields") or []
    return any(entry.get("subresource") == "scale" for entry in found)


def handed_back(live: dict, recorded: dict) -> list:
    """managedFields after all that is ours is its recorded owners' again, us among them where we were one. What
    controllers own by now stays theirs."""
    others = [entry for entry in live["metadata"].get("managedFields") or [] if entry.get("manager") != FIELD_MANAGER]
    recorded_entries = [
        entry for entry in recorded["metadata"].get("managedFields") or [] if not entry.get("subresource")
    ]
    replaced = {_identity(entry) for entry in recorded_entries}
    return [entry for entry in others if _identity(entry) not in replaced] + recorded_entries


def _identity(entry: dict) -> tuple:
    return tuple(entry.get(name) or "" for name in ("manager", "operation", "apiVersion", "subresource"))
