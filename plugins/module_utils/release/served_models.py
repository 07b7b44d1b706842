# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which models a set serves, as far as its objects say. Pure."""

from __future__ import annotations

import json

from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import deployment_of

# Tags of images with the example model begin so (modules/model_image_context.py).
EXAMPLE = "example-"
SHA256_SHOWN = 8


def configuration(objects: list) -> dict:
    """The entries of the ConfigMaps that the set's pods read."""
    used = json.dumps(pod_of(objects))
    found: dict = {}
    for obj in objects:
        if obj["kind"] == "ConfigMap" and f'"{obj["metadata"]["name"]}"' in used:
            found.update(obj.get("data") or {})
    return found


def reads_elsewhere(objects: list) -> bool:
    """Whether the pods take their environment from a ConfigMap that is not in the set, as where Helm made both."""
    own = {obj["metadata"]["name"] for obj in objects if obj["kind"] == "ConfigMap"}
    named = [
        (source.get("configMapRef") or {}).get("name")
        for container in (pod_of(objects).get("containers") or [])[:1]
        for source in container.get("envFrom") or []
    ]
    return any(name and name not in own for name in named)


def is_example(objects: list) -> bool:
    """Whether the set serves the example, as an image that was built without a model does."""
    settings = configuration(objects)
    replaced = any(volume.get("name") == "models" for volume in pod_of(objects).get("volumes") or [])
    return _tag(objects).startswith(EXAMPLE) and not settings.get("MODEL_SOURCES") and not replaced


def described(objects: list) -> str:
    """Name, version and checksum of each model that is pinned; "the example" for that; "" where nothing says it."""
    pinned = [entry.partition("=") for entry in str(configuration(objects).get("MODEL_SHA256") or "").split()]
    named = [f"{model} ({sha256[:SHA256_SHOWN]})" for model, _mark, sha256 in pinned if sha256]
    if named:
        return ", ".join(named)
    return "the example" if is_example(objects) else ""


def pod_of(objects: list) -> dict:
    """The specification of the set's pods; {} without a Deployment."""
    deployment = deployment_of(objects) or {}
    return ((deployment.get("spec") or {}).get("template") or {}).get("spec") or {}


def _tag(objects: list) -> str:
    containers = pod_of(objects).get("containers") or [{}]
    image = str(containers[0].get("image") or "").partition("@")[0]
    return image.rpartition("/")[2].partition(":")[2]
