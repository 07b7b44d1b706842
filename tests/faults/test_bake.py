# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release that bakes on the real cluster: what its pods count and how often they start decides whether it stays."""

from __future__ import annotations

import pytest
import sets
from cluster import Cluster

# As the model server counts; one more every second.
COUNTS = (
    "mkdir -p /tmp/www; (n=0; while sleep 1; do n=$((n+1)); "
    'echo "model_server_requests_total{{code=\\"{code}\\",route=\\"/predict\\"}} $n" > /tmp/www/metrics; done) & '
    "httpd -p 8000 -h /tmp/www; "
)


def counting(greeting: str, code: int) -> list:
    """The set, whose pods say that they answer predictions with that status."""
    objects = sets.healthy(greeting)
    api = sets.pod_of(objects)["containers"][0]
    api["command"] = ["sh", "-c", COUNTS.format(code=code) + sets.SERVE]
    api["ports"].append({"name": "metrics", "containerPort": 8000})
    return objects


@pytest.mark.timeout(300)
def test_failed_predictions_put_back_what_served(cluster: Cluster):
    first = cluster.release(counting("one", 200), bake={"seconds": 6})
    assert not first.get("failed"), first
    assert first["baked"]["answered"] > 0 and first["baked"]["failed"] == 0, first["baked"]
    assert any(line.strip().startswith("baked ") for line in first["summary"]), first["summary"]

    bad = cluster.release(counting("two", 503), bake={"seconds": 120})
    assert bad["failed"] and bad["findings"][0]["reason"] == "ErrorsInBake", bad
    assert bad["restored_revision"] == 1, bad["restored"]
    assert cluster.request("/health")["content"].strip() == "one"


@pytest.mark.timeout(300)
def test_a_container_that_ends_meanwhile_puts_back_what_served(cluster: Cluster):
    assert not cluster.release(sets.healthy("one")).get("failed")
    objects = sets.healthy("two")
    api = sets.pod_of(objects)["containers"][0]
    api["command"] = ["sh", "-c", f"({sets.SERVE}) & sleep 30; exit 1"]

    result = cluster.release(objects, bake={"seconds": 120})

    assert result["failed"] and result["baked"]["seconds"] > 0, result
    assert result["restored_revision"] == 1, result["restored"]
