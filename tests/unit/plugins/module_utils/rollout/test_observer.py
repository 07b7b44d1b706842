# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Following a rollout: what is history when the wait begins, how long it is waited for, what may not be read."""

from __future__ import annotations

import copy
import dataclasses

import pytest
from rollout_objects import STARTED, deployment, event, pod, recorded, replicaset, snapshot

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import epoch
from ansible_collections.modelops.serving.plugins.module_utils.rollout import observer as observer_module
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

FIELDS = {
    "Deployment": "deployment",
    "ReplicaSet": "replicasets",
    "Pod": "pods",
    "EndpointSlice": "endpointslices",
    "Event": "events",
    "Node": "nodes",
}
ALWAYS = ("events", "replicasets", "endpointslices")
# What is read to judge these recordings.
READ = {
    "instant-crash": (*ALWAYS, "pods/log"),
    "missing-configmap": ALWAYS,
    "unschedulable-cpu": (*ALWAYS, "nodes"),
    "quota": ALWAYS,
}
KILLED = "Container api failed liveness probe, will be restarted"


class Time:
    """A clock that only the wait moves."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return epoch(STARTED) + self.now


class ScriptedKube:
    """Answers with the snapshot of the moment. ``scenes``: (from this second on, Snapshot), in order."""

    def __init__(self, time: Time, scenes: list, forbidden: tuple = (), logs: str = ""):
        self.scripted_time, self.scenes, self.forbidden, self.logs = time, scenes, forbidden, logs
        self.deadline, self.requests = None, 0
        self.server_time, self.another = time.time, lambda: self
        self.logs_read = []

    def scene(self) -> Snapshot:
        return [taken for second, taken in self.scenes if self.scripted_time.now >= second][-1]

    def list(self, kind, _namespace, _labels=None, _fields=None) -> dict:
        if kind.plural in self.forbidden:
            raise KubeError(f'{kind.plural} is forbidden: User "ci" cannot list resource', 403, "Forbidden")
        found = getattr(self.scene(), FIELDS[kind.kind]) or []
        items = copy.deepcopy(found if isinstance(found, list) else [found])
        for number, item in enumerate(items):
            item["kind"] = kind.kind
            item["metadata"].setdefault("uid", f"{kind.kind}{number}")
        return {"items": items, "metadata": {"resourceVersion": "1"}}

    def log(self, _namespace, name, container, previous, _lines=40) -> str:
        self.logs_read.append((name, container, previous))
        if "pods/log" in self.forbidden:
            raise KubeError('pods "a" is forbidden: User "ci" cannot get resource "pods/log"', 403, "Forbidden")
        return self.logs

    def get(self, *_unused):
        raise KubeError("forbidden", 403, "Forbidden")

    def count(self, requests: int) -> None:
        self.requests += requests


class Polling(Observer):
    """Lists again in place of watching, and waits without waiting."""

    def watch(self) -> None:
        self.list()
        self.store.wait = self._wait

    def _wait(self, version: int, seconds: float) -> int:
        self.kube.scripted_time.now += seconds
        return version


@pytest.fixture
def follow(monkeypatch):
    """Follows scenes: follow(scenes, patience, total=None, forbidden=(), logs="") gives verdict, kube."""

    def run(scenes: list, patience: float, total: float | None = None, forbidden: tuple = (), logs: str = ""):
        time = Time()
        kube = ScriptedKube(time, scenes, forbidden, logs)
        monkeypatch.setattr(observer_module, "time", time)
        services = scenes[0][1].services
        seen = Polling(kube, "ns", scenes[0][1].deployment["metadata"]["name"], "app=api", services)
        verdict, _snapshot = seen.follow(patience, lambda _verdict, _now: None, total=total)
        return verdict, kube

    return run


def healthy(**changes) -> Snapshot:
    return dataclasses.replace(Snapshot(**recorded("healthy")["snapshot"]), **changes)


def restarted(container: dict, times: int = 1) -> None:
    container["restartCount"] = times
    container["lastState"] = {"terminated": {"exitCode": 137, "reason": "Error"}}


class TestHistory:
    """A run that changes nothing in pods that are healthy is done, whatever they have been through."""

    def with_new_pods(self, change) -> Snapshot:
        taken = healthy()
        for entry in taken.pods:
            change(entry)
        return dataclasses.replace(taken)

    def about(self, taken: Snapshot, reason: str, message: str) -> list:
        return [
            {**event(entry["metadata"]["uid"], reason, message, container="shop"), "kind": "Event"}
            for entry in taken.pods
        ]

    @pytest.mark.parametrize(
        ("reason", "message"),
        [
            ("Killing", "Container shop failed liveness probe, will be restarted"),
            ("Killing", "Container shop failed startup probe, will be restarted"),
            ("Unhealthy", "Liveness probe failed: Get http://x/health: context deadline exceeded"),
            ("FailedPostStartHook", "PostStartHook failed"),
        ],
    )
    def test_what_happened_to_pods_that_are_up_is_over(self, follow, reason, message):
        taken = self.with_new_pods(lambda entry: restarted(entry["status"]["containerStatuses"][0], 3))
        taken.events += self.about(taken, reason, message) * 2
        verdict, kube = follow([(0, taken)], 60)
        assert (verdict.state, verdict.findings) == ("done", [])
        assert kube.scripted_time.now == 0

    @pytest.mark.parametrize(
        ("phase", "reason"),
        [
            ("Failed", "Evicted"),
            ("Failed", "OutOfcpu"),
            ("Failed", "NodeAffinity"),
            ("Failed", "Terminated"),
            ("Failed", "UnexpectedAdmissionError"),
            ("Failed", ""),
            ("Succeeded", ""),
        ],
    )
    def test_dead_pods_beside_those_that_serve_are_no_fault(self, follow, phase, reason):
        taken = healthy()
        new = taken.new_pods[0]
        dead = copy.deepcopy(new)
        dead["metadata"].update(name="shop-dead", uid="dead", creationTimestamp="2020-01-01T00:00:00Z")
        dead["status"] = {"phase": phase, "reason": reason, "message": "The node was low on resource: memory."}
        verdict, _kube = follow([(0, healthy(pods=[*taken.pods, dead]))], 60)
        assert (verdict.state, verdict.findings) == ("done", [])
        assert verdict.progress["ready"] == 2

    def test_a_crash_now_is_the_first_of_a_pod_that_crashed_last_week(self, follow):
        up = snapshot([pod("a", restartCount=7), pod("b")], deployment=deployment(availableReplicas=1))
        down = {"terminated": {"exitCode": 1, "reason": "Error"}}
        once = [pod("a", ready=False, restartCount=7, state=down), pod("b")]
        crashes = snapshot(once, deployment=deployment(availableReplicas=1))
        verdict, _kube = follow([(0, up), (3, crashes), (20, snapshot([pod("a", restartCount=8), pod("b")]))], 60)
        assert verdict.state == "done"

    def test_the_controller_gave_up_in_the_run_before(self, follow):
        """The secret was missing then; it is there now, and the same set is released again."""
        late = deployment(availableReplicas=0)
        late["status"]["conditions"] = [
            {
                "type": "Progressing",
                "status": "False",
                "reason": "ProgressDeadlineExceeded",
                "lastUpdateTime": "2025-12-31T23:00:00Z",
            }
        ]
        waiting = snapshot([pod("a", ready=False), pod("b", ready=False)], deployment=late)
        verdict, _kube = follow([(0, waiting), (5, snapshot([pod("a"), pod("b")]))], 60)
        assert verdict.state == "done"

    def test_what_stands_serves_whatever_it_has_been_through(self):
        taken = self.with_new_pods(lambda entry: restarted(entry["status"]["containerStatuses"][0], 3))
        killed = "Container shop failed liveness probe, will be restarted"
        taken.events += [{**entry, "count": 5} for entry in self.about(taken, "Killing", killed)]
        time = Time()
        standing = Polling(ScriptedKube(time, [(0, taken)]), "ns", "shop", "app=shop", taken.services).standing()
        assert rollout_verdict.judge(standing, 0.0).state == "done"

    def test_a_kill_in_this_run_counts(self, follow):
        up = snapshot([pod("a"), pod("b")], deployment=deployment(availableReplicas=1))
        before = event("a", "Killing", KILLED, container="api")
        again = {**before, "count": 2, "lastTimestamp": "2026-01-01T00:00:20Z"}
        killed = dataclasses.replace(up, events=[again])
        verdict, _kube = follow([(0, dataclasses.replace(up, events=[before])), (10, killed)], 60)
        assert verdict.state == "failed"
        assert [entry.reason for entry in verdict.findings] == ["LivenessRestarts"]

    def test_a_pod_in_a_crash_loop_is_no_history(self, follow):
        """The run before was interrupted, or left the failed revision as it was."""
        looping = {
            "restartCount": 4,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 80s"}},
            "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}},
        }
        taken = snapshot([pod(name, ready=False, **looping) for name in "ab"])
        verdict, kube = follow([(0, taken)], 60)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "CrashLoop")
        assert kube.scripted_time.now == 0


class TestPatience:
    """A rollout that advances is waited for; one that stands still is not."""

    def scenes(self, replicas: int, every: float) -> list:
        """One pod after another, each ``every`` seconds after the one before."""
        found = []
        for ready in range(replicas + 1):
            status = {"replicas": replicas, "updatedReplicas": ready, "availableReplicas": ready}
            at = deployment(**status)
            at["spec"]["replicas"] = replicas
            at["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
            pods = [pod(f"pod{number}") for number in range(ready)]
            found.append((ready * every, snapshot([*pods, pod("next", ready=False)][:replicas], deployment=at)))
        return found

    def test_six_pods_one_after_another_take_longer_than_the_patience(self, follow):
        verdict, kube = follow(self.scenes(6, 12.0), 40)
        assert verdict.state == "done"
        assert 70 < kube.scripted_time.now < 75

    def test_without_progress_it_ends_when_the_patience_does(self, follow):
        stuck = snapshot([pod("a", ready=False)], deployment=deployment(availableReplicas=0))
        verdict, kube = follow([(0, stuck)], 40)
        assert (verdict.state, verdict.findings[-1].reason) == ("failed", "Timeout")
        assert verdict.findings[-1].message.startswith("no progress for 40 s: ")
        assert [entry.decided for entry in verdict.findings] == [40.0]
        assert "model_serving_timeout" in verdict.findings[-1].remedy
        assert 40 <= kube.scripted_time.now < 41

    def test_what_it_waited_for_comes_first_and_was_decided_then(self, follow):
        taken = Snapshot(**recorded("init-container-waits")["snapshot"])
        verdict, _kube = follow([(0, taken)], 40)
        assert [entry.reason for entry in verdict.findings] == ["InitWaits", "Timeout"]
        assert [entry.decided for entry in verdict.findings] == [40.0, 40.0]

    def test_what_advances_for_ever_ends_at_the_total(self, follow):
        verdict, kube = follow(self.scenes(60, 12.0), 40, total=100)
        assert (verdict.state, verdict.findings[-1].reason) == ("failed", "Timeout")
        assert verdict.findings[-1].message.startswith("not complete after 100 s: ")
        assert "model_serving_total_timeout" in verdict.findings[-1].remedy
        assert 100 <= kube.scripted_time.now < 101

    def test_a_total_that_nobody_gave_names_the_variable_that_it_is_derived_from(self, follow, monkeypatch):
        monkeypatch.setattr(observer_module.waiting, "total", lambda _snapshot, _patience: 100.0)
        verdict, _kube = follow(self.scenes(60, 12.0), 40)
        assert verdict.findings[-1].message.startswith("not complete after 100 s: ")
        assert verdict.findings[-1].remedy.startswith("Raise timeout (model_serving_timeout)")

    def test_what_was_waited_for_is_not_to_be_waited_for_any_more(self, follow):
        probe = {"httpGet": {"path": "/health", "port": 5000}, "periodSeconds": 1, "failureThreshold": 60}
        spec = {"containers": [{"name": "api", "image": "api:1", "startupProbe": probe}]}
        failed = event("a", "Unhealthy", "Startup probe failed: connection refused", container="api")
        taken = snapshot([pod("a", ready=False, spec=spec, started=False)], events=[failed])
        verdict, _kube = follow([(0, taken)], 1)
        assert [entry.reason for entry in verdict.findings] == ["Starting", "Timeout"]
        assert verdict.findings[0].remedy.startswith("Raise timeout (model_serving_timeout): the startup probe's time")

    def test_a_pod_that_starts_again_and_again_is_no_progress(self, follow):
        """Up for a moment, down, up: each is where it was before."""
        at = deployment(availableReplicas=0)
        running, down = {"running": {"startedAt": STARTED}}, {"terminated": {"exitCode": 0, "reason": "Completed"}}
        scenes = [
            (second, snapshot([pod("a", ready=False, state=down if second % 2 else running)], deployment=at))
            for second in range(100)
        ]
        verdict, kube = follow(scenes, 40)
        assert verdict.state == "failed"
        assert kube.scripted_time.now < 45

    def test_nothing_is_waited_for_with_no_patience(self, follow):
        stuck = snapshot([pod("a", ready=False)], deployment=deployment(availableReplicas=0))
        verdict, kube = follow([(0, stuck)], 0)
        assert verdict.state == "failed"
        assert kube.scripted_time.now == 0


class TestUnread:
    """What may not be read is unknown: neither does the rollout pass because of it nor fail."""

    @pytest.mark.parametrize("plural", ["events", "endpointslices", "replicasets", "nodes", "pods/log"])
    def test_a_healthy_rollout_is_done_without_it(self, follow, plural):
        verdict, _kube = follow([(0, healthy())], 60, forbidden=(plural,))
        assert verdict.state == "done"
        assert verdict.progress["ready"] == 2
        assert verdict.unread == ([plural] if plural not in ("nodes", "pods/log") else [])

    def test_without_all_of_it(self, follow):
        verdict, _kube = follow([(0, healthy())], 60, forbidden=("events", "endpointslices", "replicasets"))
        assert verdict.state == "done"
        assert verdict.unread == ["endpointslices", "events", "replicasets"]

    @pytest.mark.parametrize("plural", ["events", "replicasets", "pods/log", "nodes", "endpointslices"])
    @pytest.mark.parametrize("name", sorted(READ))
    def test_a_fault_is_named_as_far_as_the_rest_shows_it(self, follow, name, plural):
        taken = Snapshot(**recorded(name)["snapshot"])
        verdict, _kube = follow([(0, taken)], 90, forbidden=(plural,))
        assert verdict.state == "failed"
        unknown = {"nodes": ["Unschedulable"]}.get(plural, [])
        assert verdict.findings[0].reason in [*recorded(name)["reasons"], *unknown]
        assert verdict.unread == ([] if plural not in READ[name] else [plural])
        assert [plural in line for line in verdict.findings[0].evidence] == [True] * len(verdict.unread)

    def test_a_rollout_that_is_not_ready_does_not_pass_without_replicasets(self, follow):
        taken = Snapshot(**recorded("readiness-never-passes")["snapshot"])
        verdict, _kube = follow([(0, taken)], 20, forbidden=("replicasets", "events"))
        assert verdict.state == "failed"
        assert verdict.findings[-1].reason == "Timeout"
        assert verdict.findings[0].evidence == ["not judged, because we may not read it: events, replicasets"]

    @pytest.mark.parametrize("plural", ["pods", "deployments"])
    def test_without_pods_or_deployments_the_permission_is_named(self, follow, plural):
        with pytest.raises(KubeError, match=f"grant list and watch on {plural} in ns"):
            follow([(0, healthy())], 60, forbidden=(plural,))


CRASHED = {
    "restartCount": 1,
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}},
    "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
}


class TestLastWords:
    def test_the_log_of_a_crash_gives_it_its_name(self, follow):
        taken = snapshot([pod(name, ready=False, **CRASHED) for name in "ab"])
        verdict, kube = follow([(0, taken)], 60, logs="exec /srv/api: exec format error\n")
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "WrongArchitecture")
        assert "exec format error" in verdict.findings[0].message
        assert kube.logs_read == [("a", "api", "false"), ("b", "api", "false")]

    def test_each_crash_is_read_once(self, follow):
        """A name that does not resolve may come: it is waited for, and its log is not read twice a second."""
        taken = snapshot([pod(name, ready=False, **CRASHED) for name in "ab"])
        verdict, kube = follow([(0, taken)], 60, logs="socket.gaierror: [Errno -2] Name or service not known\n")
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "NameNotResolved")
        assert 30 <= kube.scripted_time.now < 32
        assert len(kube.logs_read) == 2

    def test_credentials_in_a_log_stay_there(self, follow):
        taken = snapshot([pod("a", ready=False, **CRASHED)])
        verdict, _kube = follow([(0, taken)], 60, logs="cannot bind with password=hunter2: Permission denied\n")
        assert verdict.findings[0].reason == "PermissionDenied"
        assert "hunter2" not in verdict.findings[0].message

    def test_without_permission_it_is_a_crash_and_the_verdict_says_so(self, follow):
        taken = snapshot([pod(name, ready=False, **CRASHED) for name in "ab"])
        verdict, kube = follow([(0, taken)], 60, forbidden=("pods/log",))
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "CrashLoop")
        assert verdict.findings[0].evidence == ["not judged, because we may not read it: pods/log"]
        assert len(kube.logs_read) == 1


def test_a_replicaset_that_may_not_be_read_is_known_by_its_name(follow):
    """Old pods are not taken for new ones: the Deployment's status names the ReplicaSet."""
    at = deployment(availableReplicas=1, updatedReplicas=1, replicas=3)
    at["status"]["conditions"] = [{"type": "Progressing", "message": 'ReplicaSet "api-2" is progressing.'}]
    pods = [pod("a"), pod("old", owner="old")]
    pods[0]["metadata"]["ownerReferences"][0]["name"] = "api-2"
    pods[1]["metadata"]["ownerReferences"][0]["name"] = "api-1"
    pods[0]["metadata"]["labels"] = {"app": "api", "pod-template-hash": "2"}
    sets = [replicaset(1, "old"), replicaset(2, "new")]
    verdict, _kube = follow([(0, Snapshot(at, sets, pods))], 5, forbidden=("replicasets",))
    assert verdict.state == "failed"
    assert (verdict.progress["ready"], verdict.progress["old"]) == (1, 1)


def test_a_replicaset_that_is_named_still_is_not_the_new_one(follow):
    """After a template was put back the Deployment's status names the failed one for a while: its pods are others."""
    at = deployment(availableReplicas=2, updatedReplicas=2, replicas=2)
    at["status"]["conditions"] = [{"type": "Progressing", "message": 'ReplicaSet "api-2" is progressing.'}]
    crashed = pod("a", ready=False, spec={"containers": [{"name": "api", "image": "bad", "command": ["false"]}]})
    crashed["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}
    stands = [pod("b", owner="old"), pod("c", owner="old")]
    for one, name in ((crashed, "api-2"), *((each, "api-1") for each in stands)):
        one["metadata"]["ownerReferences"][0]["name"] = name
        one["metadata"]["labels"] = {"app": "api"}
    sets = [replicaset(1, "old"), replicaset(2, "new")]
    verdict, _kube = follow([(0, Snapshot(at, sets, [crashed, *stands]))], 5, forbidden=("replicasets",))
    assert verdict.state == "done", verdict
