# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server does with a request that changes something."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

from adversary import answers, defaults, fields, managed, merge, schema, validation
from adversary.copies import clone
from adversary.managed import APPLY, UPDATE, Conflict, Manager, Shares
from adversary.schema import Resource, Type
from adversary.store import Store, Stored

if TYPE_CHECKING:
    from adversary.fake_api import Request

WITH_STATUS = set(defaults.STATUS) | {"Pod", "Node", "ResourceQuota"}
# Kinds of which the server counts the changes of the specification, and others of which it does not.
COUNTED = {"ReplicaSet", "PodDisruptionBudget", "Ingress", "NetworkPolicy", "EndpointSlice", "Pod", "Deployment"}
NEEDS_VERSION = {"Lease"}
MADE_BY_PUT = {"Lease", "Service"}
ANSWERED_WITH_OBJECT = {"Service", "Pod", "ServiceAccount", "ResourceQuota", "Namespace"}
SHOWN_AS_NULL = {"eventTime", "currentMetrics"}
# What a write cannot change.
KEPT = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "namespace")
REPLICAS = ("f:spec", "f:replicas")
Outcome = tuple[int, dict | str]


class Writes:
    """``now()`` is the server's clock in epoch seconds."""

    def __init__(self, store: Store, now: Callable[[], float]):
        self.store, self.now = store, now
        self.random = Random(0)
        self._addresses = 10

    def write(self, request: Request) -> Outcome:
        """The answer's code and document. Raises Refusal."""
        if request.method == "POST":
            return self._create(request)
        if request.method == "DELETE":
            return self._delete(request)
        if request.below == "scale":
            return self._scale(request)
        if request.method == "PUT":
            return self._replace(request)
        if request.content_type.startswith("application/apply-patch"):
            return self._apply(request)
        return self._patch(request)

    # Creating

    def _create(self, request: Request) -> Outcome:
        obj = _typed_body(request)
        meta = obj.setdefault("metadata", {})
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"] + "".join(self.random.choices("bcdfghjklmnpqrstvwxz2456789", k=5))
        if not meta.get("name"):
            cause = ("FieldValueRequired", "Required value: name or generateName is required", "metadata.name")
            raise answers.invalid(request.resource, "", [cause])
        self._check_namespace(request, meta["name"])
        if self.store.get(request.resource, request.namespace, meta["name"]):
            raise answers.exists(request.resource, meta["name"])
        return 201, self._made(request, obj)

    def _made(self, request: Request, obj: dict, shares: Shares | None = None) -> dict:
        """A new object in the store, or only its document in a dry run. ``shares`` where it is applied."""
        resource = request.resource
        found = schema.named(resource.type)
        _normalise(obj, found)
        self._begin(obj, resource, request)
        defaults.fill(obj)
        self._refuse_invalid(obj, None, resource)
        if shares is None:
            manager = self._manager(request, UPDATE)
            shares = managed.updated({}, obj, {}, manager, found, _ignored(resource), self._time())
        defaults.admit(obj)
        if obj["kind"] == "Service":
            self._allocate(obj, request.dry)
        status = defaults.first_status(obj)
        if status is not None:
            obj["status"] = status
        if request.dry:
            return Stored(resource, obj, shares).document
        return self.store.put(resource, obj, shares).document

    def _begin(self, obj: dict, resource: Resource, request: Request) -> None:
        meta = obj["metadata"]
        for name in ("managedFields", "resourceVersion", "selfLink", "deletionTimestamp"):
            meta.pop(name, None)
        if resource.namespaced:
            meta["namespace"] = request.namespace
        meta["uid"] = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        meta["creationTimestamp"] = self._time()
        meta.pop("generation", None)
        if resource.kind in COUNTED or not resource.type:
            meta["generation"] = 1
        if resource.kind in WITH_STATUS:
            obj.pop("status", None)
        obj["apiVersion"], obj["kind"] = resource.api_version, resource.kind

    def _check_namespace(self, request: Request, name: str) -> None:
        if not request.resource.namespaced:
            return
        place = schema.Resource("v1", "Namespace", "namespaces", False, "core.v1.Namespace")
        found = self.store.get(place, None, request.namespace)
        if found is None:
            raise answers.not_found(place, request.namespace)
        if found.obj["metadata"].get("deletionTimestamp"):
            raise answers.terminating(request.resource, name, request.namespace)

    def _allocate(self, obj: dict, dry: bool) -> None:
        """An address for a Service that names none; a dry run takes none away."""
        if obj["spec"].get("clusterIP") or obj["spec"]["type"] == "ExternalName":
            return
        self._addresses += not dry
        obj["spec"]["clusterIP"] = (
            "10.0.255.255" if dry else f"10.0.{self._addresses // 250}.{self._addresses % 250 + 1}"
        )
        obj["spec"]["clusterIPs"] = [obj["spec"]["clusterIP"]]

    # Changing

    def _found(self, request: Request) -> Stored:
        stored = self.store.get(request.resource, request.namespace, request.name)
        if stored is None:
            raise answers.not_found(request.resource, request.name)
        return stored

    def _replace(self, request: Request) -> Outcome:
        obj = _typed_body(request)
        stored = self.store.get(request.resource, request.namespace, request.name)
        if stored is None:
            if request.resource.kind not in MADE_BY_PUT:
                raise answers.not_found(request.resource, request.name)
            if obj["metadata"].get("uid"):
                raise answers.another_uid(request.resource, request.namespace, request.name, obj["metadata"]["uid"], "")
            self._check_namespace(request, request.name)
            return 201, self._made(request, obj)
        given = obj["metadata"]
        self._refuse_other(request, given, stored)
        if not given.get("resourceVersion") and request.resource.kind in NEEDS_VERSION:
            raise answers.needs_version(request.resource, request.name)
        return 200, self._changed(request, stored, obj)

    def _patch(self, request: Request) -> Outcome:
        stored = self._found(request)
        patch = request.body or {}
        if request.content_type.startswith("application/strategic-merge-patch"):
            obj = merge.strategic(clone(stored.document), patch, schema.named(request.resource.type))
        else:
            obj = _merge_patched(clone(stored.document), patch)
        version = (patch.get("metadata") or {}).get("resourceVersion")
        if version and version != stored.obj["metadata"]["resourceVersion"]:
            raise answers.modified(request.resource, request.name)
        return 200, self._changed(request, stored, obj)

    def _refuse_other(self, request: Request, given: dict, stored: Stored) -> None:
        held = stored.obj["metadata"]
        if given.get("uid") and given["uid"] != held["uid"]:
            raise answers.another_uid(request.resource, request.namespace, request.name, given["uid"], held["uid"])
        if given.get("resourceVersion") and given["resourceVersion"] != held["resourceVersion"]:
            raise answers.modified(request.resource, request.name)

    def _changed(self, request: Request, stored: Stored, obj: dict) -> dict:
        """The object as it stands after a write of the whole of it, or of its status."""
        resource, found = request.resource, schema.named(request.resource.type)
        given = obj["metadata"].get("managedFields")
        if request.below == "status":
            meta = dict(stored.obj["metadata"])
            obj = {**stored.obj, "metadata": meta, "status": obj.get("status")}
            shares = stored.shares
        else:
            shares = _shares_given(given, stored.shares)
            if resource.kind in WITH_STATUS:
                obj.pop("status", None)
                if "status" in stored.obj:
                    obj["status"] = stored.obj["status"]
        self._keep(obj, stored)
        _normalise(obj, found)
        defaults.fill(obj)
        self._refuse_invalid(obj, stored.obj, resource)
        manager = self._manager(request, UPDATE)
        ignored = _ignored(resource) if request.below != "status" else set()
        after = managed.updated(stored.obj, obj, shares, manager, found, ignored, self._time())
        return self._kept(request, stored, obj, after).document

    def _keep(self, obj: dict, stored: Stored) -> None:
        meta = obj["metadata"]
        for name in ("managedFields", "selfLink"):
            meta.pop(name, None)
        given_uid = meta.get("uid")
        for name in KEPT:
            meta.pop(name, None)
            if name in stored.obj["metadata"]:
                meta[name] = stored.obj["metadata"][name]
        if given_uid:
            meta["uid"] = given_uid
        meta["resourceVersion"] = stored.obj["metadata"]["resourceVersion"]
        if obj["kind"] == "Service":
            for name in ("clusterIP", "clusterIPs", "ipFamilyPolicy", "ipFamilies"):
                if stored.obj["spec"].get(name):
                    obj["spec"].setdefault(name, stored.obj["spec"][name])

    def _kept(self, request: Request, stored: Stored, obj: dict, shares: Shares) -> Stored:
        """Writes it, unless nothing but a time has changed; counts a change of what it specifies."""
        if obj == stored.obj and _owned(shares) == _owned(stored.shares):
            return stored
        if request.below != "status" and _counts(request.resource, stored.obj, obj):
            obj["metadata"]["generation"] = stored.obj["metadata"].get("generation", 0) + 1
        if request.dry:
            return Stored(request.resource, obj, shares)
        if obj["metadata"].get("deletionTimestamp") and not obj["metadata"].get("finalizers") and _unheld(obj):
            self.store.remove(stored)
            return Stored(request.resource, obj, shares)
        return self.store.put(request.resource, obj, shares)

    # Applying

    def _apply(self, request: Request) -> Outcome:
        wanted = self._wanted(request)
        resource, found = request.resource, schema.named(request.resource.type)
        stored = self.store.get(resource, request.namespace, request.name)
        manager = self._manager(request, APPLY)
        live = stored.obj if stored else {}
        shares = stored.shares if stored else {}
        if stored is None:
            self._check_namespace(request, request.name)
        else:
            self._refuse_other(request, wanted["metadata"], stored)
        forced = request.query.get("force") == "true"
        try:
            ignored = _ignored(resource)
            merged, after = managed.applied(live, wanted, shares, manager, forced, found, ignored, self._time())
        except Conflict as conflict:
            held = [(str(owner), fields.text(path)) for owner, path in conflict.held]
            raise answers.conflicts(held, str(conflict)) from None
        merged = clone(merged)
        if stored is None:
            after = managed.stamped(after, manager, self._time())
            return 201, self._made(request, merged, after)
        # An empty list where none was is no change, and yet the server notes the time of it.
        written = merged != live
        _normalise(merged, found)
        self._keep(merged, stored)
        if written:
            after = managed.stamped(after, manager, self._time())
        if merged != live:
            defaults.fill(merged)
            self._refuse_invalid(merged, stored.obj, resource)
        return 200, self._kept(request, stored, merged, after).document

    def _wanted(self, request: Request) -> dict:
        if not request.query.get("fieldManager"):
            cause = ("FieldValueRequired", "Required value: is required for apply patch", "fieldManager")
            options = Resource("meta.k8s.io/v1", "PatchOptions", "patchoptions", False)
            raise answers.invalid(options, "", [cause])
        wanted = clone(request.body)
        meta = wanted.setdefault("metadata", {})
        if meta.get("managedFields"):
            raise answers.bad_request("metadata.managedFields must be nil")
        problem = validation.misfit(wanted, schema.named(request.resource.type))
        if problem:
            group, _slash, version = request.resource.api_version.rpartition("/")
            place = f"({meta.get('namespace', '')}/{meta.get('name', '')}; {group}/{version}, Kind={wanted['kind']})"
            raise answers.untyped(f"{place}: {problem}")
        _refuse_elsewhere(request, meta)
        meta["name"] = request.name
        if request.resource.namespaced:
            meta["namespace"] = request.namespace
        return wanted

    # Scaling

    def scale_of(self, stored: Stored) -> dict:
        meta = {
            name: stored.obj["metadata"][name]
            for name in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        }
        labels = (stored.obj["spec"].get("selector") or {}).get("matchLabels") or {}
        selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
        status = {"replicas": (stored.obj.get("status") or {}).get("replicas", 0), "selector": selector}
        spec = {"replicas": stored.obj["spec"]["replicas"]} if stored.obj["spec"]["replicas"] else {}
        return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta, "spec": spec, "status": status}

    def _scale(self, request: Request) -> Outcome:
        stored = self._found(request)
        self._refuse_other(request, request.body.get("metadata") or {}, stored)
        obj = clone(stored.obj)
        obj["spec"]["replicas"] = (request.body.get("spec") or {}).get("replicas", obj["spec"]["replicas"])
        found = schema.named(request.resource.type)
        self._refuse_invalid(obj, stored.obj, request.resource)
        manager = self._manager(request, UPDATE, "scale")
        after = stored.shares
        if any(REPLICAS in share.paths for share in after.values()):
            # Replicas that are nobody's stay so, whoever scales.
            before, now = _scaled(stored.obj), _scaled(obj)
            after = managed.updated(before, now, after, manager, found, set(), "")
        request.below = ""
        return 200, self.scale_of(self._kept(request, stored, obj, after))

    # Removing

    def _delete(self, request: Request) -> Outcome:
        stored = self._found(request)
        options = request.body or {}
        self._refuse_preconditions(request, options.get("preconditions") or {}, stored)
        meta = stored.obj["metadata"]
        grace = self._grace(stored, options)
        waits = meta.get("finalizers") or grace > 0 or stored.resource.kind == "Namespace"
        marked = stored if meta.get("deletionTimestamp") and grace > 0 else self._marked(stored, grace)
        if request.dry:
            shown = marked
        elif waits:
            shown = stored if marked.obj == stored.obj else self.store.put(stored.resource, marked.obj, stored.shares)
        else:
            self.store.remove(stored)
            shown = _at_version(marked if stored.resource.kind == "Pod" else stored, self.store.version)
        if waits or request.resource.kind in ANSWERED_WITH_OBJECT:
            return 200, shown.document
        return 200, answers.removed(request.resource, request.name, meta["uid"])

    def _refuse_preconditions(self, request: Request, wanted: dict, stored: Stored) -> None:
        meta = stored.obj["metadata"]
        for what, field, may in (
            ("UID", "uid", "deleted and then recreated"),
            ("ResourceVersion", "resourceVersion", "modified"),
        ):
            if wanted.get(field) and wanted[field] != meta[field]:
                raise answers.another_object(request.resource, request.name, what, wanted[field], meta[field], may)

    def _grace(self, stored: Stored, options: dict) -> int:
        """Seconds that a pod on a node has to end; nothing else has any."""
        if stored.resource.kind != "Pod" or not stored.obj["spec"].get("nodeName"):
            return 0
        if (stored.obj.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            return 0
        given = options.get("gracePeriodSeconds")
        return stored.obj["spec"].get("terminationGracePeriodSeconds", 30) if given is None else given

    def _marked(self, stored: Stored, grace: int) -> Stored:
        """The object on its way out; nothing is written yet."""
        obj = clone(stored.obj)
        meta = obj["metadata"]
        if not meta.get("deletionTimestamp"):
            meta["deletionTimestamp"] = self._time(grace)
            if stored.resource.kind == "Pod":
                meta["generation"] = meta.get("generation", 0) + 1
            if stored.resource.kind != "Namespace":
                meta["deletionGracePeriodSeconds"] = grace
            if stored.resource.kind == "Namespace":
                obj["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
        return Stored(stored.resource, obj, stored.shares)

    # Small things

    def _refuse_invalid(self, obj: dict, before: dict | None, resource: Resource) -> None:
        found = validation.causes(obj, before)
        if found:
            raise answers.invalid(resource, obj["metadata"]["name"], found)

    def _manager(self, request: Request, operation: str, subresource: str | None = None) -> Manager:
        below = request.below if subresource is None else subresource
        return Manager(request.manager, operation, request.resource.api_version, below)

    def _time(self, later: float = 0) -> str:
        return datetime.fromtimestamp(self.now() + later, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _typed_body(request: Request) -> dict:
    """The body of a write of a whole object. Raises Refusal when it is for another place, or not of the type."""
    obj = request.body or {}
    meta = obj.setdefault("metadata", {})
    if request.name and meta.get("name") != request.name:
        raise answers.bad_request(
            f"the name of the object ({meta.get('name', '')}) does not match the name on the URL ({request.name})"
        )
    if meta.get("namespace") and meta["namespace"] != request.namespace:
        raise answers.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    strict = request.query.get("fieldValidation") == "Strict"
    names = validation.unknown(obj, schema.named(request.resource.type)) if strict else []
    if names:
        kind = request.resource.kind
        told = ", ".join(f'unknown field "{name}"' for name in names)
        raise answers.bad_request(
            f'{kind} in version "{request.resource.api_version.rpartition("/")[2]}" cannot be handled as a {kind}: '
            f"strict decoding error: {told}"
        )
    obj["apiVersion"], obj["kind"] = request.resource.api_version, request.resource.kind
    return obj


def _refuse_elsewhere(request: Request, meta: dict) -> None:
    if meta.get("name") not in (None, request.name):
        raise answers.bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL ({request.name})"
        )
    if meta.get("namespace") and meta["namespace"] != request.namespace:
        raise answers.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )


def _normalise(value, found: Type) -> None:
    """As the server's own types hold it: without fields they do not have, and without empty maps and lists."""
    found = found.of(value)
    if isinstance(value, list):
        for item in value:
            _normalise(item, found.element)
    elif isinstance(value, dict):
        for name in [name for name, item in value.items() if not _held(name, item, found)]:
            del value[name]
        for name, item in value.items():
            _normalise(item, found.below(name))


def _held(name: str, item, found: Type) -> bool:
    below = found.below(name)
    if below is None:
        return False
    if item is None:
        return name in SHOWN_AS_NULL
    empty = item in ({}, []) and below.form in (schema.MAP, schema.LIST)
    return not empty or name in found.always


def _scaled(obj: dict) -> dict:
    """The object as its scale shows it: no replicas are no field there, and whoever scales to none owns nothing."""
    if obj["spec"]["replicas"]:
        return obj
    return {**obj, "spec": {name: value for name, value in obj["spec"].items() if name != "replicas"}}


def _shares_given(given: list | None, held: Shares) -> Shares:
    """Who owns what by a written object's own managedFields: without any it stays, by an empty list nobody does."""
    if given in ([{}], []):
        return {}
    return managed.decode(given) or held


def _at_version(stored: Stored, version: int) -> Stored:
    obj = {**stored.obj, "metadata": {**stored.obj["metadata"], "resourceVersion": str(version)}}
    return Stored(stored.resource, obj, stored.shares)


def _owned(shares: Shares) -> dict:
    return {identity: share.paths for identity, share in shares.items()}


def _ignored(resource: Resource) -> set[fields.Path]:
    return {("f:status",)} if resource.kind in WITH_STATUS else set()


def _counts(resource: Resource, before: dict, after: dict) -> bool:
    """Whether this change makes another generation of the object."""
    if not resource.type or resource.kind == "EndpointSlice":
        left, right = ({k: v for k, v in obj.items() if k not in ("metadata", "status")} for obj in (before, after))
        return left != right
    if resource.kind not in COUNTED:
        return False
    if before.get("spec") != after.get("spec"):
        return True
    annotations = [obj["metadata"].get("annotations") or {} for obj in (before, after)]
    return resource.kind == "Deployment" and annotations[0] != annotations[1]


def _unheld(obj: dict) -> bool:
    """A namespace is held by its own finalizer, and a pod on its way out by the kubelet."""
    if obj["kind"] == "Namespace":
        return not (obj.get("spec") or {}).get("finalizers")
    return obj["kind"] != "Pod" or not obj["metadata"].get("deletionGracePeriodSeconds")


def _merge_patched(value, patch):
    """JSON merge patch."""
    if not isinstance(patch, dict):
        return patch
    result = dict(value) if isinstance(value, dict) else {}
    for name, item in patch.items():
        if item is None:
            result.pop(name, None)
        else:
            result[name] = _merge_patched(result.get(name), item)
    return result
