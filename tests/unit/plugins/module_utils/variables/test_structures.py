# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables in Kubernetes' own form."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.variables.structures import STRUCTURES, misshapen


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tolerations", [{"key": "gpu", "operator": "Exists", "tolerationSeconds": 30}]),
        ("affinity", {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "a"}]}}),
        ("autoscaling_metrics", [{"type": "Pods", "pods": {"metric": {"name": "a"}, "target": {"averageValue": 20}}}]),
        ("models_volume", {"emptyDir": {"sizeLimit": 1000000}}),
        ("pod_security", {"runAsUser": None}),
        ("extra_containers", [{"name": "a", "image": "b", "resources": {"limits": {"cpu": 1, "memory": "1Gi"}}}]),
        ("extra_env", [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]),
    ],
)
def test_what_kubernetes_knows(name, value):
    assert list(misshapen({f"model_serving_{name}": value})) == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        (
            "tolerations",
            [{"efect": "NoSchedule"}],
            "[0] has 'efect', which Kubernetes does not know: it may have effect, key, operator, tolerationSeconds, "
            "value.",
        ),
        ("tolerations", [{"tolerationSeconds": "30"}], "[0].tolerationSeconds ('30') must be a whole number."),
        ("tolerations", [{"value": True}], "[0].value (True) must be text: put it in quotes."),
        ("affinity", {"nodeAffinity": []}, ".nodeAffinity ([]) must be a mapping."),
        ("models_volume", {"nfs": {"readOnly": "yes"}}, ".nfs.readOnly ('yes') must be true or false."),
        ("extra_volumes", [{"name": "a", "secret": {"items": {}}}], "[0].secret.items ({}) must be a list."),
        (
            "extra_containers",
            [{"name": "a", "ports": [{"containerPort": "80"}]}],
            "[0].ports[0].containerPort ('80') must be a whole number.",
        ),
        ("container_security", {"runAsUser": "1000"}, ".runAsUser ('1000') must be a whole number."),
        (
            "autoscaling_metrics",
            [{"pods": {"target": {"averageValue": True}}}],
            "[0].pods.target.averageValue (True) must be a number or text.",
        ),
    ],
)
def test_what_it_does_not_know_is_named_with_its_path(name, value, says):
    variable = f"model_serving_{name}"
    assert list(misshapen({variable: value})) == [(variable, variable + says)]


def test_the_models_exist():
    from kubernetes.client import models

    assert all(hasattr(models, model) for model in STRUCTURES.values())
