# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault is named within seconds, with its object and a remedy; the previous revision is restored and serves."""

from __future__ import annotations

import pytest
import sets
from cluster import Cluster
from faults import CHECKED, FAULTS, Fault


def cases() -> list:
    return [pytest.param(fault, id=fault.name, marks=[] if fault.quick else [pytest.mark.thorough]) for fault in FAULTS]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", cases())
def test_fault(cluster: Cluster, table: list, fault: Fault):
    good = sets.changed(sets.healthy(), command=["sh", "-c", CHECKED])
    first = cluster.release(good)
    assert not first.get("failed"), first
    fault.prepare(cluster)
    served = templates(cluster)

    result = cluster.release(fault.breaks(good), timeout=fault.timeout)

    found = result["findings"][0]
    seconds = (found["decided"] or 0) - (found["since"] or 0)
    restored = f"r{result.get('restored_revision')}"
    row = {"fault": fault.name, "reason": found["reason"], "seconds": f"{seconds:.1f} s", "restored": restored}
    table.append({**row, "total": f"{result.get('rollout', {}).get('seconds', 0):.1f} s"})
    assert result["failed"]
    assert found["reason"] in fault.reasons, result["summary"]
    assert found["object"].startswith(fault.object), found
    assert found["remedy"]
    assert fault.words in " ".join([found["message"], *found["evidence"]]), found
    assert seconds <= fault.within, found
    assert len(result["summary"]) <= 25
    assert result["restored_revision"] == 1, result["restored"]
    assert templates(cluster) == served
    assert cluster.request()["content"].strip() == "hello"
    assert revisions(cluster) == {1: "serving", **({2: "failed"} if fault.recorded else {})}


def templates(cluster: Cluster) -> dict:
    """The parts of the live objects that a rollback must restore."""
    deployment = cluster.get("Deployment", "shop")
    return {
        "spec": deployment["spec"],
        "service": cluster.get("Service", "shop")["spec"],
        "ingress": cluster.get("Ingress", "shop")["spec"],
        "config": sorted(
            item["metadata"]["name"] for item in cluster.list("ConfigMap", "app.kubernetes.io/instance=shop")
        ),
    }


def revisions(cluster: Cluster) -> dict:
    info = cluster.run("release_info", name="shop")
    return {entry["revision"]: entry["status"] for entry in info["revisions"]}
