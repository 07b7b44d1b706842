# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which known engine enforces NetworkPolicies on a cluster: Kubernetes itself does not, nor does it say who does. Pure.

An engine that is not listed here may be there all the same, so that nothing found means: not known.
"""

from __future__ import annotations

# Groups of APIs that only an engine brings. Everybody who is authenticated may read their list.
GROUPS = {
    "cilium.io": "Cilium",
    "crd.projectcalico.org": "Calico",
    "projectcalico.org": "Calico",
    "crd.antrea.io": "Antrea",
    "kubeovn.io": "Kube-OVN",
    "k8s.ovn.org": "OVN-Kubernetes",
}
# DaemonSets of kube-system.
DAEMON_SETS = {
    "anetd": "GKE Dataplane V2",
    "antrea-agent": "Antrea",
    "azure-npm": "Azure Network Policy Manager",
    "calico-node": "Calico",
    "canal": "Calico (Canal)",
    "cilium": "Cilium",
    "kube-network-policies": "kube-network-policies",
    "kube-router": "kube-router",
    "weave-net": "Weave Net",
}
# Distributions that have one in a program of theirs.
VERSIONS = {"+k3s": "K3s"}
# Amazon's has a container for it, which does nothing unless it is switched on.
AMAZON, AMAZON_SWITCH = "aws-node", "--enable-network-policy=true"


def engines(version: str | None, api_versions: list, daemon_sets: list | None) -> list[str]:
    """The names of those that are known by what the cluster serves and runs; each once."""
    groups = {entry.partition("/")[0] for entry in api_versions}
    found = [name for group, name in GROUPS.items() if group in groups]
    for daemon_set in daemon_sets or []:
        found += [DAEMON_SETS.get(daemon_set["metadata"]["name"], ""), *_amazon(daemon_set)]
    found += [name for mark, name in VERSIONS.items() if mark in (version or "")]
    return list(dict.fromkeys(name for name in found if name))


def _amazon(daemon_set: dict) -> list[str]:
    containers = daemon_set["spec"]["template"]["spec"]["containers"]
    is_switched_on = any(AMAZON_SWITCH in (container.get("args") or []) for container in containers)
    return ["Amazon VPC CNI"] if daemon_set["metadata"]["name"] == AMAZON and is_switched_on else []
