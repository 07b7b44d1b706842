# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what is given as an object of a set is one, before anything is sent. Pure.

The API server answers some of it with an error that it takes for its own, and with the value in it. A sentence here
names the object and the field, never the value of one that may hold a credential.
"""

from __future__ import annotations

import copy
import re

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import namesake
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.common.shapes import (
    SPECS,
    WORDS,
    of_kind,
    refuse_misfit,
)

# What the API server fills in, as `kubectl get -o yaml` shows it.
SERVER_METADATA = (
    "managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "deletionTimestamp",
    "deletionGracePeriodSeconds", "selfLink",
)  # fmt: skip
CONTROLLER_ANNOTATIONS = ("deployment.kubernetes.io/revision",)
_API_VERSION = re.compile(r"(?:[a-z0-9.-]+/)?[a-z0-9]+")
# A name is part of a request's path.
_NO_NAME = re.compile(r"\.{1,2}|.*[\s/\\%?#].*", re.DOTALL)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def well_formed(number: int, given: dict) -> dict:
    """A copy without the fields that hold nothing, as a template's empty branch leaves them, and without those that
    the API server fills in. Raises ServingError."""
    obj = {name: value for name, value in copy.deepcopy(given).items() if value is not None}
    if str(obj.get("kind")).endswith("List") and "items" in obj:
        raise ServingError(f"objects[{number}] is a {obj['kind']}: objects takes its items themselves, one an entry.")
    _refuse_without_identity(number, obj)
    _refuse_wrong_types(obj)
    if obj["kind"] in SPECS and "spec" in obj:
        obj["spec"] = _without_nulls(obj["spec"])
    drop_what_the_server_fills_in(obj)
    return obj


def _refuse_without_identity(number: int, obj: dict) -> None:
    for field, kind in (("apiVersion", str), ("kind", str), ("metadata", dict)):
        if not obj.get(field):
            raise ServingError(f"objects[{number}] has no {field}.")
        if not isinstance(obj[field], kind):
            raise ServingError(f"objects[{number}]: {field} is {obj[field]!r}, which is not {WORDS[kind]}.")
    if not _API_VERSION.fullmatch(obj["apiVersion"]):
        raise ServingError(f"objects[{number}]: apiVersion is {obj['apiVersion']!r}, which is none: as in apps/v1.")
    taken_for = namesake(obj["kind"], obj["apiVersion"])
    if taken_for:
        raise ServingError(
            f"objects[{number}] is a {obj['kind']} of {obj['apiVersion']}, and a release would take it for one of "
            f"{taken_for}: leave it out of the set, and apply it by itself."
        )
    name = obj["metadata"].get("name")
    if not name:
        raise ServingError(f"objects[{number}] ({obj['kind']}) has no metadata.name.")
    if not isinstance(name, str):
        raise ServingError(f"objects[{number}] ({obj['kind']}): metadata.name is {name!r}: quote it.")
    if _NO_NAME.fullmatch(name):
        raise ServingError(
            f"objects[{number}] ({obj['kind']}): metadata.name is {name!r}, which cannot name an object: use "
            "lower-case letters, digits, dashes and dots."
        )


def _refuse_wrong_types(obj: dict) -> None:
    where = label(obj)
    refuse_misfit(obj, of_kind(obj["kind"]), where)
    if obj["kind"] in ("Secret", "ConfigMap"):
        _refuse_wrong_data(obj)
    needed = {"Deployment": ("spec", "template", "spec"), "HorizontalPodAutoscaler": ("spec", "scaleTargetRef")}
    if obj["kind"] in needed and _at(obj, needed[obj["kind"]]) is None:
        raise ServingError(f"{where} has no {'.'.join(needed[obj['kind']])}.")


def _refuse_wrong_data(obj: dict) -> None:
    """The values of a Secret, and of a ConfigMap."""
    encoded = "data" if obj["kind"] == "Secret" else "binaryData"
    for field in ("data", "stringData", "binaryData"):
        for name, value in (obj.get(field) or {}).items():
            if obj["kind"] == "Secret" and value is None:
                raise ServingError(f"{label(obj)}: {field}.{name} has no value.")
            if field == encoded and not _BASE64.fullmatch(re.sub(r"[\r\n]", "", value or "")):
                plain = "stringData" if field == "data" else "data"
                raise ServingError(
                    f"{label(obj)}: {field}.{name} is not base64. Encode it, or write it as it is under {plain}."
                )


def _without_nulls(value):
    """Null is as good as no value for the API server, where it knows the field."""
    if isinstance(value, dict):
        return {name: _without_nulls(below) for name, below in value.items() if below is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _at(obj: dict, path: tuple[str, ...]):
    found: dict | None = obj
    for name in path:
        found = (found or {}).get(name)
    return found


def drop_what_the_server_fills_in(obj: dict) -> None:
    """In place: the status, the server's own metadata, and the annotations that its controllers keep."""
    obj.pop("status", None)
    for name in SERVER_METADATA:
        obj["metadata"].pop(name, None)
    annotations = obj["metadata"].get("annotations") or {}
    for name in CONTROLLER_ANNOTATIONS:
        annotations.pop(name, None)
