# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables in the words of the chart."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.variables import helm

OPTIONS = {
    "model_serving_replicas": {"default": 3},
    "model_serving_image": {"default": ""},
    "model_serving_image_pull_policy": {"default": "IfNotPresent"},
    "model_serving_image_pull_secrets": {"default": []},
    "model_serving_dashboard_labels": {"default": {"grafana_dashboard": "1"}},
    "model_serving_alert_for": {"default": {}},
    "model_serving_pod_security": {"default": {}},
}
TABLE = {
    "replicaCount": "model_serving_replicas",
    "image": "model_serving_image",
    "image.pullPolicy": "model_serving_image_pull_policy",
    "imagePullSecrets": "model_serving_image_pull_secrets",
    "monitoring.dashboardLabels": "model_serving_dashboard_labels",
    "alerts.for": "model_serving_alert_for",
    "podSecurityContext": "model_serving_pod_security",
}


def values(**given) -> dict:
    defaults = {name: option["default"] for name, option in OPTIONS.items()}
    return helm.values(defaults | given, OPTIONS, TABLE)


def test_only_what_differs_is_a_value():
    assert values() == {}
    assert values(model_serving_replicas=5) == {"replicaCount": 5}


@pytest.mark.parametrize(
    ("reference", "repository", "tag", "digest"),
    [
        ("api:1", "api", "1", ""),
        ("registry.example:5000/team/api:1.4", "registry.example:5000/team/api", "1.4", ""),
        ("registry.example:5000/api", "registry.example:5000/api", "latest", ""),
        ("team/api@sha256:ab", "team/api", "", "sha256:ab"),
        ("team/api:1@sha256:ab", "team/api", "1", "sha256:ab"),
        ("", "", "", ""),
    ],
)
def test_an_image_is_repository_tag_and_digest(reference, repository, tag, digest):
    assert helm.image(reference) == {"repository": repository, "tag": tag, "digest": digest}


def test_the_image_and_its_pull_policy_stand_together():
    found = values(model_serving_image="api:1", model_serving_image_pull_policy="Never")
    assert found == {"image": {"repository": "api", "tag": "1", "digest": "", "pullPolicy": "Never"}}


def test_pull_secrets_are_references_by_name():
    assert values(model_serving_image_pull_secrets=["a"]) == {"imagePullSecrets": [{"name": "a"}]}


def test_what_only_the_default_has_is_removed_by_a_null():
    found = values(model_serving_dashboard_labels={"grafana": True})
    assert found == {"monitoring": {"dashboardLabels": {"grafana_dashboard": None, "grafana": "true"}}}


def test_a_field_that_is_removed_stays_a_null():
    assert values(model_serving_pod_security={"fsGroup": None}) == {"podSecurityContext": {"fsGroup": None}}
