# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A claim that a release has made larger: it cannot shrink, and keeps nothing from going back."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
import sets
from cluster import Cluster

NAME = "t-claims"


@pytest.fixture
def volume(cluster: Cluster, tmp_path) -> Iterator[str]:
    """The name of a class of volumes that may grow, with one volume."""
    storage = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": NAME},
        "provisioner": "kubernetes.io/no-provisioner",
        "allowVolumeExpansion": True,
    }
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": NAME,
        "hostPath": {"path": str(tmp_path)},
    }
    disk = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": NAME}, "spec": spec}
    for obj in (storage, disk):
        cluster.kube.apply(obj, cluster.namespace, None, "true")
    try:
        yield NAME
    finally:
        for obj in (disk, storage):
            cluster.kube.delete(obj, None)


def claim(size: str) -> dict:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": NAME,
        "resources": {"requests": {"storage": size}},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": spec}


def asks(cluster: Cluster) -> str:
    return cluster.get("PersistentVolumeClaim", "data")["spec"]["resources"]["requests"]["storage"]


@pytest.mark.timeout(240)
def test_a_claim_that_has_grown_keeps_nothing_from_going_back(cluster: Cluster, volume):
    good = [*sets.healthy("one"), claim("1Gi")]
    assert not cluster.release(good).get("failed")
    cluster.wait_for(lambda: cluster.get("PersistentVolumeClaim", "data")["status"]["phase"] == "Bound", 60)
    broken = copy.deepcopy([*sets.healthy("two"), claim("2Gi")])
    sets.pod_of(broken)["containers"][0]["command"] = ["false"]

    failed = cluster.release(broken)
    again = cluster.release([*sets.healthy("three"), claim("1Gi")])
    back = cluster.run("release", name="shop", state="rolled_back", timeout=120)

    assert failed["failed"] and "r1 restored whole" in failed["restored"], failed
    for result in (again, back):
        assert not result.get("failed"), result
        assert "stays at 2Gi: a claim cannot shrink to 1Gi" in str(result["warnings"]), result
    assert asks(cluster) == "2Gi"
