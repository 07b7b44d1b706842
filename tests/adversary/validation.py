# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server refuses of an object as a whole, as far as a release can meet it: (reason, message, field)."""

from __future__ import annotations

import json
import re

from adversary.schema import LIST, MAP, SCALAR, STRUCT, Type

Cause = tuple[str, str, str]
NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
BAD_NAME = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    r"end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
SCALAR_TYPES = {"string": str, "number": (int, float), "boolean": bool}
IMMUTABLE = "field is immutable"


def causes(new: dict, old: dict | None) -> list[Cause]:
    """All that is wrong with the new object; ``old`` is what stands, None when it is made."""
    found = list(_meta(new, old))
    if new["kind"] == "Deployment":
        found += _deployment(new, old)
    if new["kind"] == "Service":
        found += _service(new)
    if new["kind"] in ("ConfigMap", "Secret") and old is not None:
        found += _immutable_data(new, old)
    return found


def _meta(new: dict, old: dict | None):
    name = new["metadata"].get("name", "")
    if old is None and not re.fullmatch(NAME, name):
        yield _invalid(name, BAD_NAME, "metadata.name")
    if old is not None and new["metadata"].get("uid", old["metadata"]["uid"]) != old["metadata"]["uid"]:
        # The server checks it twice and says it twice; in the message once.
        yield _invalid(new["metadata"]["uid"], IMMUTABLE, "metadata.uid")
        yield _invalid(new["metadata"]["uid"], IMMUTABLE, "metadata.uid")


def _deployment(new: dict, old: dict | None):
    spec = new["spec"]
    if spec["replicas"] < 0:
        yield _invalid(spec["replicas"], "must be greater than or equal to 0", "spec.replicas")
    labels = spec["template"].get("metadata", {}).get("labels") or {}
    wanted = (spec.get("selector") or {}).get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        message = "`selector` does not match template `labels`"
        yield _invalid(labels, message, "spec.template.metadata.labels")
    if not spec["template"]["spec"].get("containers"):
        yield ("FieldValueRequired", "Required value", "spec.template.spec.containers")
    for number, container in enumerate(spec["template"]["spec"].get("containers") or []):
        if not container.get("image"):
            yield ("FieldValueRequired", "Required value", f"spec.template.spec.containers[{number}].image")
    if spec["strategy"]["type"] == "Recreate" and spec["strategy"].get("rollingUpdate") is not None:
        message = "Forbidden: may not be specified when strategy `type` is 'Recreate'"
        yield ("FieldValueForbidden", message, "spec.strategy.rollingUpdate")
    if old is not None and spec.get("selector") != old["spec"].get("selector"):
        yield _invalid(spec.get("selector"), IMMUTABLE, "spec.selector")


def _service(new: dict):
    seen = set()
    for number, port in enumerate(new["spec"].get("ports") or []):
        if port.get("name") in seen:
            message = f"Duplicate value: {json.dumps(port.get('name', ''))}"
            yield ("FieldValueDuplicate", message, f"spec.ports[{number}].name")
        seen.add(port.get("name"))


def _immutable_data(new: dict, old: dict):
    if new["kind"] == "Secret" and new.get("type") != old.get("type"):
        yield _invalid(new.get("type"), IMMUTABLE, "type")
    fixed = "Forbidden: field is immutable when `immutable` is set"
    if old.get("immutable") and not new.get("immutable"):
        yield ("FieldValueForbidden", fixed, "immutable")
    if old.get("immutable") and new.get("data") != old.get("data"):
        yield ("FieldValueForbidden", fixed, "data")


def _invalid(value, message: str, field: str) -> Cause:
    return ("FieldValueInvalid", f"Invalid value: {json.dumps(value, separators=(',', ':'))}: {message}", field)


def misfit(value, found: Type, path: str = "") -> str | None:
    """What in a configuration does not fit its type, in the words that an apply is refused with."""
    if value is None:
        return None
    found = found.of(value)
    if found.form == SCALAR:
        return _scalar_misfit(value, found, path)
    if found.form == LIST:
        if not isinstance(value, list):
            return f"{path}: expected list, got {_shown(value)}"
        inner = ((item, found.element, f"{path}[{number}]") for number, item in enumerate(value))
    else:
        if not isinstance(value, dict):
            return f"{path}: expected map, got {_shown(value)}"
        for name in value:
            if found.form == STRUCT and found.below(name) is None:
                return f"{path}.{name}: field not declared in schema"
        inner = ((item, found.below(name), f"{path}.{name}") for name, item in value.items())
    return next(filter(None, (misfit(*entry) for entry in inner)), None)


def _scalar_misfit(value, found: Type, path: str) -> str | None:
    wanted = SCALAR_TYPES.get(found.name)
    if wanted is None or (isinstance(value, wanted) and not (isinstance(value, bool) and found.name != "boolean")):
        return None
    if found.name == "number":
        return f"{path}: expected numeric (int or float), got {_kind(value)}"
    return f"{path}: expected {found.name}, got {_shown(value)}"


def _kind(value) -> str:
    return {str: "string", bool: "bool", dict: "map", list: "list"}.get(type(value), "number")


def _shown(value) -> str:
    return f"&value.valueUnstructured{{Value:{value}}}"


def unknown(value, found: Type, path: str = "") -> list[str]:
    """Fields that the type does not have, as strict decoding names them."""
    found = found.of(value)
    if not isinstance(value, (dict, list)):
        return []
    if found.form == LIST:
        inner = [unknown(item, found.element, f"{path}[{number}]") for number, item in enumerate(value)]
        return [name for names in inner for name in names]
    names = []
    for name, item in value.items():
        below = found.below(name) if found.form in (STRUCT, MAP) else None
        here = f"{path}.{name}".lstrip(".")
        names += [here] if below is None else unknown(item, below, here)
    return names
