# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of the whole cluster in a release: whose they are, and what a removal makes of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
import sets
from cluster import Cluster

NAME = "t-cluster-wide"
PATH = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": NAME},
    "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}],
}
OTHERS = "t-cluster-wide-others"


def role(cluster: Cluster) -> dict | None:
    found = cluster.kube.request("GET", PATH)["items"]
    return next((item for item in found if item["metadata"]["name"] == NAME), None)


@pytest.fixture
def clean(cluster: Cluster) -> Iterator[Cluster]:
    yield cluster
    if role(cluster):
        cluster.kube.request("DELETE", f"{PATH}/{NAME}")


@pytest.fixture
def elsewhere() -> Iterator[Cluster]:
    found = Cluster(OTHERS)
    found.make_namespace()
    yield found
    found.remove_namespace()


@pytest.mark.thorough
@pytest.mark.timeout(180)
def test_what_was_adopted_is_given_back_by_a_removal(clean: Cluster):
    theirs = copy.deepcopy(ROLE)
    theirs["metadata"]["labels"] = {"who": "me"}
    theirs["rules"][0]["resources"] = ["pods"]
    clean.kube.request("POST", PATH, {"fieldManager": "kubectl-create"}, theirs)
    done = clean.release([*sets.healthy(replicas=1), copy.deepcopy(ROLE)], adopt=True)
    assert not done.get("failed"), done
    assert role(clean)["rules"] == ROLE["rules"]
    gone = clean.run("release", name="shop", state="absent")
    assert not gone.get("failed"), gone
    stands = role(clean)
    assert stands["rules"] == theirs["rules"] and stands["metadata"]["labels"] == {"who": "me"}


@pytest.mark.thorough
@pytest.mark.timeout(180)
def test_what_a_removed_release_of_another_namespace_has_left_can_be_taken(clean: Cluster, elsewhere: Cluster):
    objects = [*sets.healthy(replicas=1), copy.deepcopy(ROLE)]
    assert not elsewhere.release(objects).get("failed")
    refused = clean.release(copy.deepcopy(objects), adopt=True)
    assert f"ClusterRole/{NAME} (release shop in {OTHERS}): another release holds" in refused["msg"], refused
    assert not elsewhere.run("release", name="shop", state="absent").get("failed")
    named = clean.release(copy.deepcopy(objects))
    assert "left by release shop, which was removed" in named["msg"], named
    done = clean.release(copy.deepcopy(objects), adopt=True)
    assert not done.get("failed"), done
