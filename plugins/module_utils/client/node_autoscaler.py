# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the cluster adds nodes by itself."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find


def node_autoscaler(kube: Kube) -> str:
    """``present``, ``absent`` or ``unknown``: cluster-autoscaler (GKE's too) leaves a status, Karpenter an API."""
    try:
        if kube.get(find("ConfigMap"), "kube-system", "cluster-autoscaler-status"):
            return "present"
        groups = kube.request("GET", "/apis").get("groups") or []
    except KubeError:
        return "unknown"
    return "present" if any(group.get("name") == "karpenter.sh" for group in groups) else "absent"
