# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which answers to a probe end a rollout, and when."""

from __future__ import annotations

import copy
import dataclasses

import pytest
from rollout_objects import STARTED, deployment, event, pod, snapshot, waits

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import epoch
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors import probes

NOT_YET = deployment(availableReplicas=0)
REFUSED = 'Get "http://10.0.0.4:5000/health": dial tcp 10.0.0.4:5000: connect: connection refused'
HTTPS = 'Get "https://10.0.0.4:5000/health": http: server gave HTTP response to HTTPS client'
TLS = (
    'Get "http://10.0.0.4:5000/health": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\\x15"'
)
UNNAMED = 'strconv.Atoi: parsing "web": invalid syntax'
PROBE = {"httpGet": {"path": "/health", "port": 5000}, "periodSeconds": 5}


def status(code: int) -> str:
    return f"HTTP probe failed with statuscode: {code}"


def spec(ports: tuple = (), **given) -> dict:
    container = {"name": "api", "image": "api:2", "ports": [{"containerPort": number} for number in ports], **given}
    return {"containers": [container]}


def verdict_of(kind: str, answer: str, seconds: float, ports: tuple = (), port: int | str = 5000, **more):
    probe = {"httpGet": {"path": "/health", "port": port}, "periodSeconds": 5, **more}
    wanted = spec(ports, **{probes.PROBES[kind]: probe})
    started = {} if kind == "Startup" else {"started": True}
    pods = [pod(name, ready=False, spec=wanted, **started) for name in "ab"]
    events = [event(name, "Unhealthy", f"{kind} probe failed: {answer}", container="api") for name in "ab"]
    return waits(snapshot(pods, deployment=NOT_YET, events=events), seconds)


class TestReadiness:
    @pytest.mark.parametrize("answer", [REFUSED, *map(status, (400, 408, 425, 429, 500, 502, 503)), "timed out"])
    def test_a_server_that_may_still_load_is_waited_for_as_long_as_the_user_allows(self, answer):
        verdict = verdict_of("Readiness", answer, 3600)
        assert (verdict.state, verdict.findings[0].reason) == ("waiting", "ReadinessFails")

    @pytest.mark.parametrize("code", [401, 403, 404, 405, 410, 501])
    def test_a_server_that_refuses_the_path_will_not_change_its_mind(self, code):
        assert verdict_of("Readiness", status(code), 5).state == "waiting"
        verdict = verdict_of("Readiness", status(code), 15)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "ReadinessFails")

    def test_a_startup_probe_that_passed_does_not_make_a_503_final(self):
        probe = copy.deepcopy(PROBE)
        wanted = spec(readinessProbe=probe, startupProbe=probe)
        events = [event("a", "Unhealthy", f"Readiness probe failed: {status(503)}", container="api")]
        taken = snapshot([pod("a", ready=False, spec=wanted, started=True)], deployment=NOT_YET, events=events)
        assert waits(taken, 3600).state == "waiting"

    def test_a_port_that_nobody_declares_gets_a_minute_and_a_half(self):
        assert verdict_of("Readiness", REFUSED, 85, ports=(5000,), port=5001).state == "waiting"
        verdict = verdict_of("Readiness", REFUSED, 95, ports=(5000,), port=5001)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "ProbePortUnknown")
        assert "declared ports: 5000" in verdict.findings[0].message

    @pytest.mark.parametrize(
        ("answer", "ports", "port"),
        [(REFUSED, (), 5001), (REFUSED, (5000,), 5000), (status(503), (5000,), 5001)],
        ids=["no port is declared at all", "it is declared", "something listens"],
    )
    def test_a_port_that_may_be_right_is_waited_for(self, answer, ports, port):
        assert verdict_of("Readiness", answer, 3600, ports=ports, port=port).state == "waiting"


@pytest.mark.parametrize("kind", ["Readiness", "Startup", "Liveness"])
class TestEveryKind:
    @pytest.mark.parametrize("answer", [HTTPS, TLS])
    def test_the_other_protocol_is_named(self, kind, answer):
        verdict = verdict_of(kind, answer, 15)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "ProbeProtocolWrong")
        assert "model_serving_tls_secret" in verdict.findings[0].remedy

    def test_a_port_name_that_does_not_exist(self, kind):
        verdict = verdict_of(kind, UNNAMED, 15, ports=(5000,), port="web")
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "ProbePortUnknown")


class TestStartup:
    def test_a_path_that_does_not_exist_gets_half_a_minute(self):
        assert verdict_of("Startup", status(404), 25, failureThreshold=60).state == "waiting"
        verdict = verdict_of("Startup", status(404), 31, failureThreshold=60)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "StartupFails")

    @pytest.mark.parametrize("answer", [REFUSED, status(503)])
    def test_a_server_that_starts_is_waited_for(self, answer):
        verdict = verdict_of("Startup", answer, 3600, failureThreshold=60)
        assert (verdict.state, verdict.findings[0].reason) == ("waiting", "Starting")

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (status(404), "StartupFails"),
            (REFUSED, "StartupTooSlow"),
            (HTTPS, "ProbeProtocolWrong"),
            (UNNAMED, "ProbePortUnknown"),
        ],
    )
    def test_a_kill_is_named_by_the_last_answer(self, answer, reason):
        events = [
            event("a", "Unhealthy", f"Startup probe failed: {answer}", seconds=5, container="api"),
            event("a", "Killing", "Container api failed startup probe, will be restarted", seconds=6, container="api"),
        ]
        wanted = spec(startupProbe=PROBE)
        taken = snapshot([pod("a", ready=False, spec=wanted)], deployment=NOT_YET, events=events)
        verdict = rollout_verdict.judge(taken, 0)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", reason)


class TestLiveness:
    KILL = "Container api failed liveness probe, will be restarted"

    def taken(self, began: str, times: int = 1, ready: bool = True, seconds: float = 60):
        liveness = {"httpGet": {"path": "/live", "port": 5000}, "periodSeconds": 10, "failureThreshold": 3}
        pods = [
            pod(name, ready=ready, spec=spec(livenessProbe=liveness), state={"running": {"startedAt": began}})
            for name in "ab"
        ]
        kill = event("a", "Killing", self.KILL, seconds=20, times=times, container="api")
        return snapshot(pods, events=[kill], taken=epoch(STARTED) + seconds)

    def test_a_container_that_is_being_killed(self):
        verdict = rollout_verdict.judge(self.taken(STARTED, seconds=20), 0)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "LivenessRestarts")

    def test_one_that_was_restarted_and_is_not_ready(self):
        verdict = rollout_verdict.judge(self.taken("2026-01-01T00:00:22Z", ready=False), 0)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "LivenessRestarts")

    def test_one_that_is_ready_again_is_watched_for_as_long_as_its_probe_takes_to_fail(self):
        soon = rollout_verdict.judge(self.taken("2026-01-01T00:00:22Z", seconds=40), 0)
        assert (soon.state, soon.findings[0].reason) == ("waiting", "LivenessFails")
        assert rollout_verdict.judge(self.taken("2026-01-01T00:00:22Z", seconds=60), 0).state == "done"

    def test_one_that_was_restarted_twice_is_no_accident(self):
        verdict = rollout_verdict.judge(self.taken("2026-01-01T00:00:22Z", times=2), 0)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", "LivenessRestarts")

    def test_a_failure_of_a_moment_ago_is_waited_for_and_then_forgotten(self):
        taken = self.taken(STARTED)
        taken.events = [event("a", "Unhealthy", "Liveness probe failed: timed out", seconds=20, container="api")]
        for seconds, state in ((25, "waiting"), (45, "done")):
            later = dataclasses.replace(taken, taken=epoch(STARTED) + seconds)
            assert rollout_verdict.judge(later, 0).state == state


def test_a_sidecar_that_is_not_ready_is_named():
    """A sidecar stands among the init containers and is probed like the others."""
    wanted = {
        "initContainers": [{"name": "proxy", "restartPolicy": "Always", "startupProbe": PROBE}],
        "containers": [{"name": "api"}],
    }
    found = pod("a", ready=False, spec=wanted, state={"waiting": {"reason": "PodInitializing"}})
    running = {"name": "proxy", "restartCount": 0, "state": {"running": {"startedAt": STARTED}}, "started": False}
    found["status"]["initContainerStatuses"] = [running]
    events = [event("a", "Unhealthy", f"Startup probe failed: {REFUSED}")]
    verdict = waits(snapshot([found], deployment=NOT_YET, events=events), 60)
    assert (verdict.findings[0].reason, verdict.findings[0].container) == ("Starting", "proxy")
