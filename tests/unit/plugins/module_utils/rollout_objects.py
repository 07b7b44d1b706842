# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of a rollout: a Deployment of two replicas at its second revision, and what goes with it."""

from __future__ import annotations

from pathlib import Path

import yaml

from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

RECORDINGS = Path(__file__).resolve().parents[3] / "recordings"


def recorded(name: str) -> dict:
    """A recording of tests/recordings: ``snapshot`` holds the fields of a Snapshot."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((RECORDINGS / f"{name}.yml").read_bytes(), loader)


STARTED = "2026-01-01T00:00:00Z"
POD_SPEC = {
    "containers": [
        {
            "name": "api",
            "image": "api:2",
            "resources": {"requests": {"cpu": "500m"}},
            "readinessProbe": {"httpGet": {"path": "/health", "port": 5000}, "periodSeconds": 5},
        }
    ]
}


def deployment(**status):
    given = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, **status}
    return {
        "kind": "Deployment",
        "metadata": {
            "name": "api",
            "uid": "d",
            "generation": 2,
            "annotations": {"deployment.kubernetes.io/revision": "2"},
        },
        "spec": {"replicas": 2, "template": {"metadata": {"labels": {"app": "api"}}, "spec": POD_SPEC}},
        "status": given,
    }


def replicaset(number, uid):
    meta = {
        "name": f"api-{number}",
        "uid": uid,
        "ownerReferences": [{"uid": "d"}],
        "annotations": {"deployment.kubernetes.io/revision": str(number)},
    }
    return {"kind": "ReplicaSet", "metadata": meta, "spec": {"replicas": 2}}


def pod(name, owner="new", ready=True, spec=None, conditions=(), **container):
    state = {
        "name": "api",
        "ready": ready,
        "restartCount": 0,
        "state": {"running": {"startedAt": STARTED}},
        **container,
    }
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}, *conditions]
    return {
        "kind": "Pod",
        "metadata": {
            "name": name,
            "uid": name,
            "labels": {"app": "api"},
            "ownerReferences": [{"uid": owner}],
            "creationTimestamp": name,
        },
        "spec": spec or POD_SPEC,
        "status": {"phase": "Running", "conditions": conditions, "containerStatuses": [state]},
    }


def snapshot(pods, **fields):
    sets = [replicaset(1, "old"), replicaset(2, "new")]
    return Snapshot(**{"deployment": deployment(), "replicasets": sets, "pods": pods, **fields})


def waits(taken, seconds=0.0):
    """The verdict when this snapshot has stood for so long."""
    return rollout_verdict.judge(taken, seconds, rollout_verdict.judge(taken, 0).seen)


def event(about: str, reason: str, message: str, seconds: int = 5, times: int = 1, container: str = "") -> dict:
    """An event of the object with that uid. ``seconds``: after STARTED."""
    involved = {"uid": about, **({"fieldPath": f"spec.containers{{{container}}}"} if container else {})}
    return {
        "kind": "Event",
        "metadata": {"name": f"{about}.{reason}", "uid": f"{about}.{reason}.{message}"},
        "involvedObject": involved,
        "reason": reason,
        "message": message,
        "count": times,
        "lastTimestamp": f"2026-01-01T00:{seconds // 60:02}:{seconds % 60:02}Z",
    }
