# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records snapshots of faults on the local cluster, for the unit tests of the rules.

    python tests/recordings/record.py                   all faults of the suite, and a healthy rollout
    python tests/recordings/record.py "instant crash"   one of them

Each recording is the snapshot that the judge saw, without what belongs to one machine, and with a few of the pods where
Kubernetes made many that are alike.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "faults"), str(HERE.parents[1] / "collections")]

import image
import recording
import sets
from cluster import Cluster
from faults import CHECKED, FAULTS, Fault

from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

HEALTHY = Fault("healthy", (), "Deployment", lambda objects: sets.changed(objects, env=[{"name": "A", "value": "1"}]))
DROPPED = ("managedFields", "selfLink")
PODS = 12
# Seconds; enough for every fault to show.
PATIENCE = 45
WATCHED = 30
NODE_STATUS = ("allocatable", "capacity", "conditions", "images")


def record(fault: Fault) -> None:
    cluster = Cluster(f"t-record-{slug(fault.name)}")
    cluster.make_namespace()
    try:
        good = sets.changed(sets.healthy(), command=["sh", "-c", CHECKED])
        first = cluster.release(good)
        if first.get("failed"):
            raise SystemExit(f"the healthy set failed: {first['summary']}")
        fault.prepare(cluster)
        cluster.release(fault.breaks(good), on_failure="keep", timeout=min(fault.timeout, PATIENCE))
        verdict, snapshot = observe(cluster)
        (HERE / f"{slug(fault.name)}.yml").write_text(text(fault, verdict, snapshot), encoding="utf-8")
        print(
            f"{fault.name}: {verdict.state}, {', '.join(entry.reason for entry in verdict.findings) or 'nothing found'}"
        )
    finally:
        cluster.remove_namespace()


def observe(cluster: Cluster):
    """The verdict after at most WATCHED seconds, as if the wait had begun before the pods."""
    services = [entry for entry in cluster.list("Service") if entry["metadata"]["name"] == "shop"]
    observer = Observer.of(cluster.kube, cluster.get("Deployment", "shop"), services)
    seen, began = {}, time.monotonic()
    while True:
        observer.list()
        snapshot = observer.snapshot()
        verdict = rollout_verdict.judge(snapshot, time.monotonic() - began, seen)
        seen = verdict.seen
        if verdict.state != rollout_verdict.WAITING or time.monotonic() - began > WATCHED:
            return verdict, snapshot
        time.sleep(0.5)


def text(fault: Fault, verdict, snapshot: Snapshot) -> str:
    data = few_pods(dataclasses.asdict(snapshot))
    if data["nodes"] is not None:
        data["nodes"] = [node(entry) for entry in data["nodes"]]
    document = {
        "fault": fault.name,
        "state": verdict.state,
        "reasons": list(fault.reasons),
        "object": fault.object,
        "within": fault.within,
        "snapshot": recording.without(data, DROPPED),
    }
    return recording.text("Recorded off a real cluster by record.py; make it again with it, do not edit it.", document)


def few_pods(data: dict) -> dict:
    """Keeps the oldest pods and their events: a ReplicaSet whose pods exit at once makes hundreds."""
    ordered = sorted(data["pods"], key=lambda pod: pod["metadata"]["creationTimestamp"])
    left_out = {pod["metadata"]["uid"] for pod in ordered[PODS:]}
    pods = [pod for pod in data["pods"] if pod["metadata"]["uid"] not in left_out]
    events = [event for event in data["events"] if (event.get("involvedObject") or {}).get("uid") not in left_out]
    return {**data, "pods": pods, "events": events}


def node(entry: dict) -> dict:
    """The parts of a node that the rules read: without addresses, serial numbers and other images."""
    status = {name: entry["status"].get(name) for name in NODE_STATUS}
    status["images"] = [
        held for held in status["images"] or [] if any("/fault" in name for name in held["names"] or [])
    ]
    meta = {
        "name": entry["metadata"]["name"],
        "labels": entry["metadata"].get("labels"),
        "uid": entry["metadata"]["uid"],
    }
    spec = {"taints": entry["spec"].get("taints") or []}
    return {"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": spec, "status": status}


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fault", nargs="*", help="names of faults; all of them by default")
    wanted = parser.parse_args().fault
    known = {fault.name: fault for fault in (HEALTHY, *FAULTS)}
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there is: {', '.join(known)}")
    image.load()
    for name in wanted or known:
        if "ObjectRefused" not in known[name].reasons:
            record(known[name])


if __name__ == "__main__":
    main()
