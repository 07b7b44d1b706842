# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not in a recording: kubectl's rules one by one, and what must be waited for."""

from __future__ import annotations

import copy
import dataclasses

import pytest
from rollout_objects import POD_SPEC, STARTED, deployment, event, pod, replicaset, snapshot, waits

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import epoch
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

READY = [pod("a"), pod("b")]
UNREADY = [pod("a", ready=False), pod("b", ready=False)]


class TestCompletion:
    def test_done(self):
        verdict = rollout_verdict.judge(snapshot(READY), 0)
        assert (verdict.state, verdict.line) == ("done", "new pods 2/2")

    @pytest.mark.parametrize(
        ("status", "line"),
        [
            ({"observedGeneration": 1}, "the controller has not seen the new Deployment yet"),
            ({"updatedReplicas": 1}, "new pods are being created"),
            ({"replicas": 3}, "old pods are terminating"),
            ({"availableReplicas": 1}, "new pods are not ready yet"),
        ],
    )
    def test_kubectl_s_rules(self, status, line):
        verdict = rollout_verdict.judge(snapshot(READY, deployment=deployment(**status)), 0)
        assert (verdict.state, verdict.line) == ("waiting", line)

    def test_old_pods_that_serve_are_not_what_is_waited_for(self):
        verdict = rollout_verdict.judge(snapshot(UNREADY, deployment=deployment(replicas=3)), 0)
        assert (verdict.state, verdict.line) == ("waiting", "new pods are not ready yet")

    @pytest.mark.parametrize(
        ("seconds", "least", "state"), [(3, None, "waiting"), (10, None, "done"), (3, 1, "done"), (3, 0, "waiting")]
    )
    def test_a_container_that_nothing_asks_must_run_for_a_while(self, seconds, least, state):
        """minReadySeconds is the user's own wait; without it, one that crashes at once would pass for ready."""
        unasked = deployment()
        unasked["spec"]["template"]["spec"] = {"containers": [{"name": "api", "image": "api:2"}]}
        if least is not None:
            unasked["spec"]["minReadySeconds"] = least
        verdict = rollout_verdict.judge(snapshot(READY, deployment=unasked, taken=epoch(STARTED) + seconds), 0)
        assert verdict.state == state
        if state == "waiting":
            assert verdict.line == "container api has no readiness probe: it must run for 10 s to count"

    def test_what_has_to_stay_ready_is_said(self):
        wanted = deployment(availableReplicas=0, replicas=3)
        wanted["spec"]["minReadySeconds"] = 14
        verdict = rollout_verdict.judge(snapshot(READY, deployment=wanted), 0)
        assert verdict.line == "new pods are ready, and have to stay so for 14 s (minReadySeconds)"

    def test_a_sidecar_that_nothing_asks_must_run_for_a_while_too(self):
        wanted = deployment()
        spec = copy.deepcopy(POD_SPEC)
        spec["initContainers"] = [{"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}]
        wanted["spec"]["template"]["spec"] = spec
        pods = [pod(name, spec=spec) for name in "ab"]
        for each in pods:
            running = {"name": "proxy", "state": {"running": {"startedAt": STARTED}}, "ready": True}
            each["status"]["initContainerStatuses"] = [running]
        verdict = rollout_verdict.judge(snapshot(pods, deployment=wanted, taken=epoch(STARTED) + 3), 0)
        assert verdict.line == "container proxy has no readiness probe: it must run for 10 s to count"
        assert rollout_verdict.judge(snapshot(pods, deployment=wanted, taken=epoch(STARTED) + 10), 0).state == "done"

    def test_status_of_an_older_generation_counts_for_nothing(self):
        verdict = rollout_verdict.judge(snapshot(READY, deployment=deployment(observedGeneration=1)), 0)
        assert verdict.progress["available"] == 0

    def test_ready_pods_of_somebody_else_count_for_nothing(self):
        others = [pod("a", owner="other"), pod("b", owner="old")]
        assert rollout_verdict.judge(snapshot(others), 0).state == "waiting"

    def test_a_service_needs_a_ready_endpoint_among_the_new_pods(self):
        service = {
            "kind": "Service",
            "metadata": {"name": "api"},
            "spec": {"selector": {"app": "api"}, "ports": [{"port": 80, "targetPort": 5000}]},
        }
        point = {"conditions": {"ready": True}, "targetRef": {"uid": "gone"}}
        entry = {"metadata": {"labels": {"kubernetes.io/service-name": "api"}}, "endpoints": [point]}
        entry["ports"] = [{"name": "", "port": 5000}]
        taken = snapshot(READY, services=[service], endpointslices=[entry])
        assert rollout_verdict.judge(taken, 0).line == "Service/api has no ready endpoint yet"
        point["targetRef"]["uid"] = "a"
        assert rollout_verdict.judge(snapshot(READY, services=[service], endpointslices=[entry]), 0).state == "done"

    @pytest.mark.parametrize(
        ("target", "has", "state"),
        [(5000, 5000, "done"), (5000, 8080, "waiting"), ("http", 5000, "done"), ("http", 8080, "waiting")],
    )
    def test_endpoints_with_the_ports_of_before_are_not_the_changed_service_s(self, target, has, state):
        """Or a prediction that goes to the old port would judge the new one."""
        named = deployment()
        named["spec"]["template"]["spec"] = copy.deepcopy(POD_SPEC)
        named["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"name": "http", "containerPort": 5000}]
        ports = [{"name": "web", "port": 80, "targetPort": target}]
        service = {
            "kind": "Service",
            "metadata": {"name": "api"},
            "spec": {"selector": {"app": "api"}, "ports": ports},
        }
        entry = {
            "metadata": {"labels": {"kubernetes.io/service-name": "api"}},
            "endpoints": [{"conditions": {"ready": True}, "targetRef": {"uid": "a"}}],
            "ports": [{"name": "web", "port": has}],
        }
        taken = snapshot(READY, deployment=named, services=[service], endpointslices=[entry])
        assert rollout_verdict.judge(taken, 0).state == state

    def test_endpoints_of_pods_that_a_changed_service_selects_no_longer_are_not_its_own(self):
        """The controller of the slices is as late as it is loaded; what it has not removed yet serves nobody soon."""
        service = {"kind": "Service", "metadata": {"name": "api"}, "spec": {"selector": {"app": "apii"}, "ports": []}}
        points = [{"conditions": {"ready": True}, "targetRef": {"uid": name}} for name in "ab"]
        entry = {"metadata": {"labels": {"kubernetes.io/service-name": "api"}}, "endpoints": points}
        taken = snapshot(READY, services=[service], endpointslices=[entry])
        verdict = rollout_verdict.judge(taken, 0)
        assert verdict.state == "waiting"
        verdict = rollout_verdict.judge(taken, 3, verdict.seen)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "ServiceSelectsNothing")

    def test_a_service_may_lead_to_pods_of_somebody_else(self):
        service = {"kind": "Service", "metadata": {"name": "api"}, "spec": {"selector": {"app": "web"}, "ports": []}}
        point = {"conditions": {"ready": True}, "targetRef": {"uid": "web"}}
        entry = {"metadata": {"labels": {"kubernetes.io/service-name": "api"}}, "endpoints": [point]}
        taken = snapshot(READY, services=[service], endpointslices=[entry])
        assert rollout_verdict.judge(taken, 0).state == "done"

    def test_nothing_is_wanted(self):
        none = deployment(replicas=0, updatedReplicas=0, availableReplicas=0)
        none["spec"]["replicas"] = 0
        assert rollout_verdict.judge(snapshot([], deployment=none), 0).state == "done"

    def test_no_deployment_yet(self):
        assert rollout_verdict.judge(Snapshot(None), 0).state == "waiting"


class TestDeadline:
    def gone(self):
        late = deployment(availableReplicas=0)
        late["status"]["conditions"] = [
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}
        ]
        return late

    def test_the_controller_giving_up_is_failure(self):
        verdict = rollout_verdict.judge(snapshot(UNREADY, deployment=self.gone()), 0)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "ProgressDeadlineExceeded")

    def test_with_the_pods_reason_in_place_of_the_symptom(self):
        stuck = [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes: cordoned"}
        ]
        taken = snapshot([pod("a", ready=False, conditions=stuck)], deployment=self.gone(), nodes=[])
        verdict = rollout_verdict.judge(taken, 0)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "Unschedulable")

    def test_of_the_rollout_before_it_does_not_count(self):
        late = self.gone()
        late["status"]["observedGeneration"] = 1
        assert rollout_verdict.judge(snapshot(UNREADY, deployment=late), 0).state == "waiting"


def crashed(times, code=1, reason="Error"):
    ended = {"terminated": {"exitCode": code, "reason": reason}}
    if times == 1:
        return {"restartCount": 0, "state": ended}
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting"}}
    return {"restartCount": times - 1, "state": waiting, "lastState": ended}


def without_room(name):
    unscheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "Insufficient cpu"}
    return pod(name, ready=False, conditions=[unscheduled])


class TestRoom:
    def test_pods_without_room_say_nothing_of_one_that_crashes(self):
        taken = snapshot([pod("a", ready=False, **crashed(2)), without_room("b"), without_room("c")], nodes=[])
        verdict = waits(taken)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "CrashLoop")

    def asked_for_more(self, least, **more):
        wanted = deployment(replicas=3, updatedReplicas=3, availableReplicas=2)
        wanted["spec"]["replicas"] = 3
        return snapshot([*READY, without_room("c")], deployment=wanted, least=least, nodes=[], **more)

    def test_what_an_autoscaler_asks_for_beyond_the_set_fails_nothing(self):
        verdict = rollout_verdict.judge(self.asked_for_more(2), 0)
        assert (verdict.state, verdict.progress["ready"], verdict.progress["desired"]) == ("done", 2, 3)
        assert rollout_verdict.is_short(verdict)

    @pytest.mark.parametrize("least", [None, 3])
    def test_what_the_set_itself_asks_for_is_waited_for(self, least):
        assert rollout_verdict.judge(self.asked_for_more(least), 0).state != "done"

    def test_nobody_reaches_them(self):
        service = {"kind": "Service", "metadata": {"name": "api"}, "spec": {"selector": {"app": "api"}, "ports": []}}
        assert rollout_verdict.judge(self.asked_for_more(2, services=[service]), 0).state != "done"


class TestPatience:
    def test_one_crash_is_forgiven(self):
        taken = snapshot([pod("a", ready=False, **crashed(1)), pod("b", ready=False, **crashed(1))])
        assert waits(taken, 30).state == "waiting"

    def test_two_are_not(self):
        taken = snapshot([pod("a", ready=False, **crashed(2)), pod("b", ready=False, **crashed(2))])
        verdict = waits(taken)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "CrashLoop")
        assert verdict.findings[0].pods == ["a", "b"]
        assert verdict.findings[0].message.startswith("exit 1")

    def test_a_start_that_failed_once_and_not_now_is_over(self):
        """The pod runs, and is not ready for another reason."""
        failed = {"terminated": {"exitCode": 128, "reason": "StartError", "message": "no such file"}}
        taken = snapshot([pod(name, ready=False, restartCount=1, lastState=failed) for name in "ab"])
        assert waits(taken, 300).state == "waiting"

    def test_one_bad_pod_among_good_ones_gets_more_time(self):
        taken = snapshot([pod("a"), pod("b", ready=False, **crashed(3))], deployment=deployment(availableReplicas=1))
        assert waits(taken, 30).state == "waiting"
        assert waits(taken, 61).state == "failed"

    def test_an_init_container_that_runs_is_named_with_its_age(self):
        """Nobody can know that it will not end: it is the cause when the patience is over."""
        initial = {"name": "fetch", "restartCount": 0, "state": {"running": {"startedAt": STARTED}}}
        spec = {**POD_SPEC, "initContainers": [{"name": "fetch"}]}
        waiting = pod("a", ready=False, spec=spec, state={"waiting": {"reason": "PodInitializing"}})
        waiting["status"]["initContainerStatuses"] = [initial]
        verdict = waits(snapshot([waiting], taken=epoch(STARTED) + 42), 3600)
        assert (verdict.state, verdict.findings[0].reason) == ("waiting", "InitWaits")
        assert (verdict.findings[0].container, verdict.findings[0].pods) == ("fetch", ["a"])
        assert "has run for 42 s" in verdict.findings[0].message

    @staticmethod
    def over_quota(*old: dict):
        refused = replicaset(2, "new")
        message = 'pods "api-2-x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2'
        refused["status"] = {"conditions": [{"type": "ReplicaFailure", "status": "True", "message": message}]}
        return snapshot([*old], replicasets=[replicaset(1, "old"), refused], deployment=deployment(updatedReplicas=0))

    def test_a_quota_that_nothing_will_free_is_told_at_once(self):
        assert waits(self.over_quota(pod("old", owner="old")), 3).state == "failed"

    @pytest.mark.parametrize(("held", "after", "state"), [(12, 12, "waiting"), (12, 16, "waiting"), (12, 20, "failed")])
    def test_a_quota_that_terminating_pods_held_is_asked_again_before_it_counts(self, held, after, state):
        """The ReplicaSet has tried for 12 s while they went, and may wait as long before it tries again."""
        going = pod("old", owner="old")
        going["metadata"]["deletionTimestamp"] = STARTED
        seen: dict = {}
        for now in range(held + 1):
            verdict = rollout_verdict.judge(self.over_quota(going), now, seen)
            assert verdict.state == "waiting"
            seen = verdict.seen
        for now in range(held + 1, held + after + 1):
            verdict = rollout_verdict.judge(self.over_quota(), now, seen)
            seen = verdict.seen
        assert verdict.state == state


class TestUnread:
    def test_a_refusal_is_seen_on_the_deployment_too(self):
        at = deployment(updatedReplicas=0)
        message = 'pods "api-2-x" is forbidden: exceeded quota: small'
        at["status"]["conditions"] = [{"type": "ReplicaFailure", "status": "True", "message": message}]
        verdict = waits(Snapshot(at, unread={"replicasets": "forbidden"}), 5)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "QuotaExceeded")


class TestPlacement:
    STUCK = (
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available"},
    )

    def taken(self, node, spec=None, **fields):
        wanted = copy.deepcopy(POD_SPEC)
        wanted.update(spec or {})
        pods = [pod(name, ready=False, spec=wanted, conditions=self.STUCK) for name in "ab"]
        return snapshot(pods, **{"nodes": [node], "autoscaler": "absent", **fields})

    @staticmethod
    def node(labels=None, taints=(), cpu="2"):
        return {
            "metadata": {"name": "n", "labels": labels or {}},
            "spec": {"taints": list(taints)},
            "status": {"allocatable": {"cpu": cpu, "memory": "4Gi"}},
        }

    def test_a_cordoned_node_is_waited_for(self):
        taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
        verdict = waits(self.taken(self.node(taints=[taint])), 200)
        assert (verdict.state, verdict.findings[0].reason) == ("waiting", "Unschedulable")

    def test_a_full_node_is_waited_for(self):
        assert waits(self.taken(self.node()), 200).state == "waiting"

    def test_too_large_for_every_node(self):
        verdict = waits(self.taken(self.node(cpu="400m")), 5)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "RequestTooLarge")
        assert verdict.findings[0].message == "requests 0.5 cpu, the largest node has 0.4"

    def test_no_node_has_the_label(self):
        verdict = waits(self.taken(self.node(), {"nodeSelector": {"disk": "fast"}}), 5)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "NoNodeForSelector")

    def test_a_node_that_is_not_ready_but_has_the_label_is_waited_for(self):
        taint = {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}
        node = self.node({"disk": "fast"}, [taint])
        assert waits(self.taken(node, {"nodeSelector": {"disk": "fast"}}), 60).state == "waiting"

    def test_a_taint_of_ours_is_named(self):
        taint = {"key": "gpu", "value": "only", "effect": "NoSchedule"}
        verdict = waits(self.taken(self.node(taints=[taint])), 5)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "TaintNotTolerated")
        assert "gpu=only:NoSchedule" in verdict.findings[0].message
        tolerations = {"tolerations": [{"key": "gpu", "operator": "Exists"}]}
        assert waits(self.taken(self.node(taints=[taint]), tolerations), 5).findings[0].reason == "Unschedulable"

    def test_where_nodes_come_by_themselves_they_get_time(self):
        taken = self.taken(self.node(), {"nodeSelector": {"disk": "fast"}}, autoscaler="present")
        assert waits(taken, 60).state == "waiting"
        assert waits(taken, 95).state == "failed"

    def test_an_autoscaler_that_says_it_comes_is_believed(self):
        events = [event(name, "TriggeredScaleUp", "pod triggered scale-up") for name in "ab"]
        taken = self.taken(self.node(), {"nodeSelector": {"disk": "fast"}}, events=events)
        assert waits(taken, 200).state == "waiting"


def test_a_cause_stands_before_its_symptom():
    """A pod that crashes because its memory is too small is not just a crash loop."""
    taken = snapshot([pod(name, ready=False, **crashed(2, 137, "OOMKilled")) for name in "ab"])
    verdict = waits(taken)
    assert [entry.reason for entry in verdict.findings] == ["OutOfMemory"]


def test_a_timeout_says_what_it_waited_for():
    taken = snapshot(UNREADY, deployment=deployment(availableReplicas=0))
    taken.trouble = "the API server does not answer"
    found = rollout_verdict.without_progress(taken, rollout_verdict.judge(taken, 0), 72, 30)
    why = "new pods are not ready yet (new pods 0/2); the API server does not answer"
    assert found.message == f"no progress for 30 s: {why}"
    assert (
        rollout_verdict.over_total(taken, rollout_verdict.judge(taken, 0), 72).message
        == f"not complete after 72 s: {why}"
    )


NO_ANSWER = {"waiting": {"reason": "ErrImagePull", "message": "failed to do request: dial tcp: no such host"}}


def test_a_registry_that_does_not_answer_once_is_asked_again():
    taken = snapshot([pod(name, ready=False, image="api:2", state=NO_ANSWER) for name in "ab"])
    assert waits(taken, 12).state == "waiting"
    verdict = waits(taken, 16)
    assert (verdict.state, verdict.findings[0].reason) == ("failed", "RegistryUnreachable")


@pytest.mark.parametrize(
    ("message", "reason", "patient"),
    [
        (
            'Internal error occurred: failed calling webhook "a.b": dial tcp: connection refused',
            "WebhookUnavailable",
            55,
        ),
        ('admission webhook "a.b" denied the request: no', "WebhookRefused", 1),
    ],
)
def test_a_webhook_that_is_away_is_not_one_that_refuses(message, reason, patient):
    refused = replicaset(2, "new")
    refused["status"] = {"conditions": [{"type": "ReplicaFailure", "status": "True", "message": message}]}
    taken = snapshot([], replicasets=[refused], deployment=deployment(updatedReplicas=0))
    assert waits(taken, patient).state == "waiting"
    verdict = waits(taken, 61)
    assert (verdict.state, verdict.findings[0].reason) == ("failed", reason)


class TestImagesThatWereLoaded:
    """A tag that nobody loaded differs from a registry that is down: the release's other pods have loaded images."""

    def reason(self, image_id):
        spec = {"containers": [{"name": "api", "image": "api:1"}]}
        old = pod("old", owner="old", image="api:1", imageID=image_id, spec=spec)
        new = pod("new", ready=False, image="api:2", imageID="", state=NO_ANSWER)
        return waits(snapshot([old, new]), 16).findings[0].reason

    def test_loaded_before_so_this_tag_is_missing(self):
        assert self.reason("sha256:53fa0e96") == "ImageMissing"

    def test_the_kubelet_may_tell_another_name_of_the_same_image(self):
        spec = {"containers": [{"name": "api", "image": "api:1"}]}
        old = pod("old", owner="old", image="other:1", imageID="sha256:53fa0e96", spec=spec)
        new = pod("new", ready=False, image="api:2", imageID="", state=NO_ANSWER)
        assert waits(snapshot([old, new]), 16).findings[0].reason == "ImageMissing"

    def test_pulled_before_so_the_registry_is_the_cause(self):
        assert self.reason("api@sha256:53fa0e96") == "RegistryUnreachable"

    def test_pulled_under_another_name_with_credentials(self):
        """The kubelet keeps it from pods that do not have them, whoever loaded it under this name."""
        names = ["registry.example/team/api@sha256:53fa0e96", "api:2"]
        node = {"metadata": {"name": "n"}, "status": {"images": [{"names": ["api:1"]}, {"names": names}]}}
        new = pod("new", ready=False, image="api:2", imageID="", state=NO_ANSWER)
        finding = waits(dataclasses.replace(snapshot([new]), nodes=[node]), 16).findings[0]
        assert finding.reason == "ImageDenied" and "pulled it as registry.example/team/api" in finding.message


DRIVER = "rpc error: code = Internal desc = dial unix csi.sock: connect: connection refused"
NO_API = (
    'failed to fetch token: Post "https://10.0.0.1:6443/api/v1/namespaces/ns/serviceaccounts/api/token": '
    "dial tcp 10.0.0.1:6443: connect: connection refused"
)
CREATING = {"state": {"waiting": {"reason": "ContainerCreating"}}}


@pytest.mark.parametrize(
    ("message", "container", "state"),
    [
        (DRIVER, CREATING, "failed"),
        (NO_API, CREATING, "waiting"),  # the API server was away and is asked again
        (DRIVER, {}, "waiting"),  # the container runs: it was mounted in the end
    ],
)
def test_a_volume_that_was_mounted_in_the_end_fails_nothing(message, container, state):
    taken = snapshot([pod("a", ready=False, **container)], events=[event("a", "FailedMount", message)])
    assert waits(taken, 125).state == state
