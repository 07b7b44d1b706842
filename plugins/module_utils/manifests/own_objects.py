# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a user's own objects part of a rendered set. Pure."""

from __future__ import annotations

import json

from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import (
    FIELD_MANAGER,
    INSTANCE,
    MANAGED_BY,
)
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import key
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.common.string_data import as_data

VARIABLE = "model_serving_extra_objects"
# What has texts alone. Before ansible-core 2.19 a template whose text is JSON becomes what it says, and a number or a
# boolean is one in every version.
TEXTS = {"Secret": "stringData", "ConfigMap": "data"}


def clashes(manifests: dict, own: list) -> list[str]:
    """A sentence for each of the user's own objects that is a rendered one. ``manifests``: these by their manifest."""
    manifest_of = {key(obj): name for name, obj in manifests.items()}
    return [
        f"{VARIABLE}[{number}] ({label(given)}) is an object of this release: change it with "
        f"model_serving_patches.{manifest_of[key(given)]}, or give yours another name."
        for number, given in enumerate(own)
        if key(given) in manifest_of
    ]


def joined(manifests: dict, own: list, instance: str, namespace: str, labels: dict) -> list:
    """The set: the rendered objects and the user's own. Raises ServingError where they clash.

    ``labels`` are for every object; a label of the object's own overrides them.
    """
    wrong = clashes(manifests, own)
    if wrong:
        raise ServingError(wrong[0])
    return [*manifests.values(), *(_belonging(given, instance, namespace, labels) for given in own)]


def _belonging(given: dict, instance: str, namespace: str, labels: dict) -> dict:
    meta = dict(given["metadata"])
    if kinds.has_namespace(given["kind"], given["apiVersion"]):
        meta["namespace"] = namespace
    meta["labels"] = {**labels, **(meta.get("labels") or {}), INSTANCE: instance, MANAGED_BY: FIELD_MANAGER}
    return as_data(_with_text_keys({**with_texts(given), "metadata": meta}))


def with_texts(given: dict) -> dict:
    """An object; of a Secret or a ConfigMap with every value of the part that has texts alone as a text."""
    part = TEXTS.get(given["kind"], "")
    values = given.get(part)
    if not isinstance(values, dict):
        return given
    return {**given, part: {name: _text(value) for name, value in values.items()}}


def _with_text_keys(value: object) -> object:
    """A value as JSON has it, in which every name is a text: YAML makes numbers of some, and true of on."""
    if isinstance(value, dict):
        return {str(_text(key)) if key is not None else "null": _with_text_keys(item) for key, item in value.items()}
    return [_with_text_keys(item) for item in value] if isinstance(value, list) else value


def _text(value: object) -> object:
    """As Helm writes it, too."""
    if not isinstance(value, (dict, list, bool, int, float)):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
