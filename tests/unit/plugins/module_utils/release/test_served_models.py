# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which models a set serves, by its image's tag, its configuration and its volumes."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.release.served_models import described, is_example

OURS = "modelops.serving/model-api:example-0123456789ab"


def release(image: str, settings: dict | None = None, volume: str = "tmp") -> list[dict]:
    container = {"name": "api", "image": image, "envFrom": [{"configMapRef": {"name": "config"}}]}
    pod = {"containers": [container], "volumes": [{"name": volume, "emptyDir": {}}]}
    return [
        {"kind": "Deployment", "metadata": {"name": "api"}, "spec": {"template": {"spec": pod}}},
        {"kind": "ConfigMap", "metadata": {"name": "config"}, "data": settings or {}},
        {"kind": "ConfigMap", "metadata": {"name": "another"}, "data": {"MODEL_SOURCES": "a"}},
    ]


@pytest.mark.parametrize(
    ("objects", "example", "says"),
    [
        (release(OURS), True, "the example"),
        (release(f"{OURS}@sha256:{'0' * 64}"), True, "the example"),
        (release("registry.example.org:5000/model-api:example-1"), True, "the example"),
        (release("modelops.serving/model-api:0123456789ab"), False, ""),
        (release("registry.example.org:5000/example-1"), False, ""),
        (release(OURS, volume="models"), False, ""),
        (release(OURS, {"MODEL_SOURCES": "churn/1=s3://a"}), False, ""),
        (release("api:1", {"MODEL_SHA256": f"churn/1={'ab' * 32}"}), False, "churn/1 (abababab)"),
        (release("api:1", {"MODEL_SHA256": f"a/1={'0' * 64} b/2={'1' * 64}"}), False, "a/1 (00000000), b/2 (11111111)"),
        (release("api:1", {"MODEL_SHA256": "0" * 64}), False, ""),
        ([], False, ""),
        ([{"kind": "Deployment", "metadata": {"name": "a"}}], False, ""),
    ],
)
def test_what_serves(objects, example, says):
    assert is_example(objects) is example
    assert described(objects) == says
