# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Secret that an ExternalSecret of the release makes (docs/secrets.md)."""

from __future__ import annotations

from collections.abc import Iterator

import external_secrets
import pytest
import sets
from cluster import Cluster
from external_secrets import Operator, external_secret

STORED = {"models/one": {"greeting": "hello of one"}, "models/two": {"greeting": "hello of two"}}
# More than a Secret that nobody makes is waited for.
SLOW = 8


@pytest.fixture
def operator(cluster: Cluster) -> Iterator[Operator]:
    """The kind, which the whole cluster has meanwhile, and who makes Secrets of it."""
    root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    kind = external_secrets.definition()
    cluster.kube.request("POST", root, None, kind)
    try:
        cluster.wait_for(lambda: served(cluster), 30)
        with Operator(cluster.namespace, STORED, SLOW) as running:
            yield running
        assert running.wrong == []
    finally:
        cluster.kube.request("DELETE", f"{root}/{kind['metadata']['name']}")


def served(cluster: Cluster) -> bool:
    return "external-secrets.io" in {group["name"] for group in cluster.kube.request("GET", "/apis")["groups"]}


def with_secret(key: str) -> list[dict]:
    """A set whose pods answer what the Secret holds; another key makes another revision."""
    reference = {"name": "GREETING", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "greeting"}}}
    objects = sets.changed(sets.healthy(key, replicas=1), env=[reference])
    return [obj for obj in objects if obj["kind"] != "PodDisruptionBudget"] + [external_secret("keys", key)]


def key_of(cluster: Cluster) -> str | None:
    found = cluster.get("ExternalSecret", "keys")
    return found and found["spec"]["dataFrom"][0]["extract"]["key"]


@pytest.mark.timeout(600)
def test_an_external_secret_belongs_to_the_release(cluster: Cluster, operator: Operator):
    first = cluster.release(with_secret("models/one"))
    assert not first.get("failed"), first
    assert cluster.request()["content"].strip() == "hello of one"

    told = cluster.release(with_secret("models/two"), _ansible_check_mode=True, _ansible_diff=True)
    assert not told.get("failed"), told
    shown = next(each for each in told["diff"] if "ExternalSecret" in each["after_header"])
    assert "key: models/one" in shown["before"] and "key: models/two" in shown["after"]
    assert key_of(cluster) == "models/one"

    second = cluster.release(with_secret("models/two"))
    assert not second.get("failed"), second
    assert cluster.request()["content"].strip() == "hello of two"
    back = cluster.run("release", name="shop", state="rolled_back")
    assert not back.get("failed"), back
    assert (key_of(cluster), cluster.request()["content"].strip()) == ("models/one", "hello of one")

    without = cluster.release(sets.healthy("plain", replicas=1))
    assert not without.get("failed"), without
    assert key_of(cluster) is None
    cluster.wait_for(lambda: cluster.get("Secret", "keys") is None, 60)
