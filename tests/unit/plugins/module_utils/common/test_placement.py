# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why no node may take a pod."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.placement import no_node

TAINT = {"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}
TOLERATION = {"key": "dedicated", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}


def node(*taints: dict, gpus: str | None = None, **labels: str) -> dict:
    allocatable = {"cpu": "4", "memory": "8Gi", **({"nvidia.com/gpu": gpus} if gpus else {})}
    return {
        "metadata": {"name": "n", "labels": labels},
        "spec": {"taints": list(taints)},
        "status": {"allocatable": allocatable},
    }


def pod(requests: dict | None = None, limits: dict | None = None, **spec) -> dict:
    return {"containers": [{"name": "api", "resources": {"requests": requests or {}, "limits": limits or {}}}], **spec}


def among(*values: str) -> dict:
    rule = {"matchExpressions": [{"key": "zone", "operator": "In", "values": list(values)}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [rule]}}}


@pytest.mark.parametrize(
    ("nodes", "wanted", "said"),
    [
        ([node()], pod(nodeSelector={"gpu": "true"}), "no node has gpu=true"),
        ([node(zone="a")], pod(affinity=among("b", "c")), "no node has its node affinity"),
        ([node(TAINT)], pod(), "the pods do not tolerate the taint dedicated=gpu:NoSchedule"),
        ([node()], pod({"cpu": "5"}), "a pod requests 5 cpu, the largest node has 4"),
        ([node()], pod({"memory": "9Gi"}), "a pod requests 9.0Gi memory, the largest node has 8.0Gi"),
        ([node()], pod(limits={"nvidia.com/gpu": "1"}), "a pod requests 1 nvidia.com/gpu, the largest node has 0"),
        # The node that is large enough is not the one that the pod selects.
        (
            [node(gpu="true"), node(gpus="1")],
            pod(limits={"nvidia.com/gpu": "1"}, nodeSelector={"gpu": "true"}),
            "a pod requests 1 nvidia.com/gpu, the largest node has 0",
        ),
    ],
)
def test_what_keeps_the_pods_away_is_named(nodes, wanted, said):
    found = no_node(nodes, wanted)
    assert found is not None
    assert found[0] == said and "model_serving_" in found[1]


@pytest.mark.parametrize(
    ("nodes", "wanted"),
    [
        ([node()], pod({"cpu": "4", "memory": "8Gi"})),
        ([node(), node(gpu="true")], pod(nodeSelector={"gpu": "true"})),
        ([node(zone="c")], pod(affinity=among("b", "c"))),
        ([node(TAINT)], pod(tolerations=[TOLERATION])),
        ([node(TAINT)], pod(tolerations=[{"operator": "Exists"}])),
        # Such a taint goes when the node is ready.
        ([node({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"})], pod()),
        ([node(gpus="2")], pod(limits={"nvidia.com/gpu": "2"})),
        # Its plugin is there, and may find its devices.
        ([node(gpus="0")], pod(limits={"nvidia.com/gpu": "2"})),
    ],
)
def test_one_node_is_enough(nodes, wanted):
    assert no_node(nodes, wanted) is None
