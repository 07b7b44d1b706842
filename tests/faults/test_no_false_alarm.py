# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sixty healthy rollouts, of which ten start slowly, ten have restarted before, ten run beside dead pods: no alarm."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import past
import pytest
import sets
from cluster import Cluster

pytestmark = pytest.mark.healthy
TEN, THIRTY = range(10), range(30)
# Seconds; longer than any grace for a server that does not answer, shorter than the progress deadline.
SLOW = 100


@pytest.fixture
def report(table: list):
    """A row for each kind: how many succeeded without a finding, and the slowest."""

    def add(kind: str, results: list) -> None:
        alarms = [result for result in results if result.get("failed") or result.get("findings")]
        slowest = max(result.get("rollout", {}).get("seconds", 0) for result in results)
        row = {"fault": f"{kind}: {len(results) - len(alarms)} of {len(results)} healthy", "reason": "", "seconds": ""}
        table.append({**row, "total": f"{slowest:.1f} s", "restored": ""})
        assert alarms == []
        assert all(result["changed"] for result in results)

    return add


@pytest.mark.timeout(900)
def test_thirty_new_versions(cluster: Cluster, report):
    report("new versions", [cluster.release(sets.healthy(f"hello {number}")) for number in THIRTY])


@pytest.mark.timeout(600)
def test_ten_that_start_slowly(cluster: Cluster, report):
    """Without a startup probe, at the same time, each in a namespace of its own."""
    places = [Cluster(f"{cluster.namespace}-{number}") for number in TEN]
    slow = sets.changed(sets.healthy(replicas=1), command=["sh", "-c", f"sleep {SLOW}; {sets.SERVE}"])
    try:
        for place in places:
            place.make_namespace()
        with ThreadPoolExecutor(max_workers=len(places)) as pool:
            results = list(pool.map(lambda place: place.release(slow, timeout=300), places))
    finally:
        for place in places:
            place.remove_namespace()
    report("slow starts", results)
    assert min(result["rollout"]["seconds"] for result in results) >= SLOW


@pytest.mark.timeout(600)
def test_ten_of_pods_that_have_restarted(cluster: Cluster, report):
    objects = past.killed_once(sets.healthy())
    assert not cluster.release(objects).get("failed")
    past.wait_until_killed(cluster)
    report("restarted before", [cluster.release(past.beside_the_pods(objects)) for _number in TEN])


@pytest.mark.timeout(900)
def test_ten_beside_dead_pods(cluster: Cluster, report):
    objects, results = sets.healthy(), []
    assert not cluster.release(objects).get("failed")
    for reason, message in itertools.islice(itertools.cycle(past.ENDS), len(TEN)):
        ended = past.end_one(cluster, reason, message)
        results.append(cluster.release(past.beside_the_pods(objects)))
        assert past.dead(cluster.get("Pod", ended))
    report("beside dead pods", results)
