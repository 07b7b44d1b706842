# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who enforces NetworkPolicies, as far as it can be known."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.preflight.policy_engines import engines


def daemon_set(name: str, *args: str) -> dict:
    containers = [{"name": "main"}, {"name": "agent", "args": list(args)}]
    return {"metadata": {"name": name}, "spec": {"template": {"spec": {"containers": containers}}}}


@pytest.mark.parametrize(
    ("version", "groups", "daemon_sets", "expected"),
    [
        ("v1.36.0", ["apps/v1"], [], []),
        ("v1.36.0", ["apps/v1"], None, []),
        ("v1.36.0", ["cilium.io/v2"], None, ["Cilium"]),
        ("v1.36.0", ["cilium.io/v2"], [daemon_set("cilium")], ["Cilium"]),
        ("v1.33.4-gke.1", ["cilium.io/v2"], [daemon_set("anetd")], ["Cilium", "GKE Dataplane V2"]),
        ("v1.36.0", ["k8s.ovn.org/v1"], [], ["OVN-Kubernetes"]),
        ("v1.36.0", [], [daemon_set("kube-proxy"), daemon_set("kube-network-policies")], ["kube-network-policies"]),
        ("v1.33.1+k3s1", [], [], ["K3s"]),
        (None, [], [], []),
        ("v1.33.0-eks-1", [], [daemon_set("aws-node", "--enable-network-policy=false")], []),
        ("v1.33.0-eks-1", [], [daemon_set("aws-node", "--enable-network-policy=true")], ["Amazon VPC CNI"]),
    ],
)
def test_engines_are_known_by_what_they_bring(version, groups, daemon_sets, expected):
    assert engines(version, groups, daemon_sets) == expected
