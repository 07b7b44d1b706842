# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generators in a cluster: what is read, said and removed, against an API server of this test's own."""

from __future__ import annotations

import json

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.load_test import jobs
from ansible_collections.modelops.serving.plugins.module_utils.load_test.job_objects import START_ANNOTATION
from ansible_collections.modelops.serving.plugins.module_utils.load_test.plan import plan, shares
from ansible_collections.modelops.serving.plugins.module_utils.load_test.profiles import Step

NAMES = ("api-load-test-0", "api-load-test-1")
READY = [{"asked": {"kind": "", "words": ""}}, {"waiting": 1000.0}]
ENDED = [{"began": 1004.0}, {"seconds": {"0": {"requests": 5}}}, {"total": {"requests": 5, "seconds": 1.0}}]


class FakeKube:
    """Pods of both Jobs, and their logs. Shared by the client and its fail-fast twin."""

    def __init__(self):
        self.connection = self
        self.deadline = None
        self.pods = {name: pod(name) for name in NAMES}
        self.logs = {name: list(READY) for name in NAMES}
        self.events: list[dict] = []
        self.made: list[str] = []
        self.deleted: list[str] = []
        self.starts: dict[str, str] = {}
        self.away = False
        self.words = ""

    def delete(self, obj, _namespace):
        self.deleted.append(f"{obj['kind']}/{obj['metadata']['name']}")
        return True

    def create(self, obj, _namespace):
        self.made.append(f"{obj['kind']}/{obj['metadata']['name']}")
        return {"metadata": {"uid": f"uid-{obj['metadata']['name']}"}}

    def patch(self, obj, _namespace, change):
        self.starts[obj["metadata"]["name"]] = change["metadata"]["annotations"][START_ANNOTATION]

    def list(self, kind, _namespace, _labels=None, fields=None):
        if self.away:
            raise KubeError("cannot be reached")
        return {"items": self.events if fields else [one for one in self.pods.values() if one]}

    def text(self, path, _query=None):
        name = path.split("/")[-2].removesuffix("-x")
        lines = [{"line": number, **line} for number, line in enumerate(self.logs[name], 1)]
        return "\n".join([*(json.dumps(line) for line in lines), self.words])


def pod(job: str, phase: str = "Running", **status) -> dict:
    meta = {"name": f"{job}-x", "labels": {"job-name": job}}
    return {"kind": "Pod", "metadata": meta, "spec": {"nodeName": "node1"}, "status": {"phase": phase, **status}}


@pytest.fixture
def kube(monkeypatch) -> FakeKube:
    fake = FakeKube()
    monkeypatch.setattr(jobs, "Kube", lambda _connection: fake)
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.0)
    return fake


def started(kube: FakeKube) -> jobs.ClusterGenerators:
    plans = shares(plan("http://here/predict", "", {"instances": [[1]]}, 1, [Step(10, 1)]), 2)
    return jobs.ClusterGenerators(kube, "here", "api", "image", "/load-generator", plans, Progress(""))


def test_all_get_the_same_start_once_all_are_ready(kube):
    generators = started(kube)
    assert kube.made == ["ConfigMap/api-load-test", *(f"Job/{name}" for name in NAMES)]
    assert set(kube.starts) == {f"{name}-x" for name in NAMES}
    assert len(set(kube.starts.values())) == 1
    assert not generators.ended()


def test_the_counts_of_both(kube):
    generators = started(kube)
    kube.logs[NAMES[0]] += ENDED
    generators.poll()
    assert not generators.ended()
    kube.logs[NAMES[1]] += ENDED
    generators.poll()
    assert generators.ended()
    assert [heard.total.requests for heard in generators.result()] == [5, 5]


def test_nobody_is_given_a_start_when_one_is_refused(kube):
    kube.logs[NAMES[1]] = [{"asked": {"kind": "422", "words": "4 columns expected"}}]
    with pytest.raises(ServingError, match=r"No load was sent.*answered 422 \(4 columns expected"):
        started(kube)
    assert kube.starts == {}
    assert {f"Job/{name}" for name in NAMES} <= set(kube.deleted)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            {"containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull", "message": "no such image"}}}]},
            "ErrImagePull no such image",
        ),
        (
            {"conditions": [{"status": "False", "message": "0/1 nodes are available: 1 Insufficient cpu."}]},
            "Insufficient cpu",
        ),
    ],
)
def test_no_room_for_a_pod(kube, monkeypatch, status, words):
    monkeypatch.setattr(jobs, "patience", lambda _pod: 0.0)
    kube.pods[NAMES[1]] = pod(NAMES[1], "Pending", **status)
    kube.logs[NAMES[1]] = []
    with pytest.raises(ServingError, match=f"No load was sent. Job/{NAMES[1]} does not start in here: .*{words}"):
        started(kube)
    assert kube.starts == {}


def test_no_room_in_a_quota(kube, monkeypatch):
    monkeypatch.setattr(jobs, "patience", lambda _pod: 0.0)
    kube.pods[NAMES[0]] = None
    kube.logs[NAMES[0]] = []
    kube.events = [{"message": "exceeded quota: small, requested: pods=1"}]
    with pytest.raises(ServingError, match="does not start in here: exceeded quota: small"):
        started(kube)


def test_an_api_that_is_away_is_waited_out(kube):
    generators = started(kube)
    kube.away = True
    assert len(generators.poll()) == 2
    assert not generators.ended()
    kube.away = False
    for name in NAMES:
        kube.logs[name] += ENDED
    generators.poll()
    assert generators.ended()


def test_a_pod_that_is_removed_meanwhile(kube):
    generators = started(kube)
    kube.logs[NAMES[0]] += ENDED
    kube.pods[NAMES[1]] = None
    kube.events = [{"message": "Deleted pod"}]
    generators.poll()
    assert generators.ended()
    with pytest.raises(ServingError, match=f"the pod of Job/{NAMES[1]} in here was removed while it ran: Deleted pod"):
        generators.result()


def test_a_generator_that_dies(kube):
    generators = started(kube)
    kube.logs[NAMES[0]] += ENDED
    kube.pods[NAMES[1]] = pod(NAMES[1], "Failed")
    kube.words = "panic: out of memory"
    generators.poll()
    assert generators.ended()
    with pytest.raises(ServingError, match="ended before its time: panic: out of memory"):
        generators.result()


def test_pods_are_removed_at_once_and_not_left_to_the_garbage_collector(kube):
    started(kube).close()
    last = kube.deleted[-5:]
    assert set(last) == {
        "ConfigMap/api-load-test",
        *(f"Job/{name}" for name in NAMES),
        *(f"Pod/{name}-x" for name in NAMES),
    }
    assert kube.deadline is not None


def test_an_interrupted_start_removes_everything(kube, monkeypatch):
    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(kube, "patch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        started(kube)
    assert {f"Pod/{name}-x" for name in NAMES} <= set(kube.deleted)
