# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves that an autoscaler works: sends load until the replicas rise, stops it, and waits until they are back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from ansible_collections.modelops.serving.plugins.module_utils.client.pod_counters import answered
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label, name_of, quantity
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.hpa import proof
from ansible_collections.modelops.serving.plugins.module_utils.hpa import rules as hpa_rules
from ansible_collections.modelops.serving.plugins.module_utils.hpa.proof import Goal, Sample
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import Reader
from ansible_collections.modelops.serving.plugins.module_utils.hpa.rules import ScalingVerdict
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.load import source as load_source
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import when

# Seconds between two samples, while the replicas rise and while they fall.
EVERY = 2.0
EVERY_FALLING = 4.0
# Seconds for each end of the proof, beside the timeouts.
MARGIN = 60.0
# Seconds for the fall after the stabilization window.
AFTER_WINDOW = 300
# Seconds of load without any answer after which the proof gives up.
UNANSWERED = 20.0
# A pod that does not count its requests serves if it uses this share of its CPU request.
BUSY = 0.2


@dataclass
class ProofOptions:
    """``load``: the suboptions of the module's option ``load``. ``reach``: replicas to rise to. Timeouts in seconds.
    ``until``: risen or fallen."""

    load: dict
    reach: int
    rise_timeout: int
    fall_timeout: int
    until: str

    @classmethod
    def of(cls, params: dict, snapshot: ScalingSnapshot) -> ProofOptions:
        fall = params["fall_timeout"] or snapshot.down_window + AFTER_WINDOW
        reach = params["replicas"] or snapshot.desired + 1
        return cls(params["load"], reach, params["rise_timeout"], fall, params["until"])


@dataclass
class ProofRun:
    """The result of a proof. ``finding``: the step that did not happen; None when all did. ``load``: its figures."""

    snapshot: ScalingSnapshot
    steps: list = field(default_factory=list)
    curve: list = field(default_factory=list)
    load: dict = field(default_factory=dict)
    finding: Finding | None = None


class Prover:
    """Proves one autoscaler under one load."""

    def __init__(self, reader: Reader, snapshot: ScalingSnapshot, options: ProofOptions, progress: Progress):
        self.reader, self.snapshot, self.options, self.progress = reader, snapshot, options, progress
        ready = frozenset(name_of(pod) for pod in snapshot.ready_pods)
        self.goal = Goal(snapshot.desired, ready, options.reach, snapshot.tolerance("scaleUp"))
        self.samples: list[Sample] = []
        name, namespace = name_of(snapshot.hpa), snapshot.hpa["metadata"]["namespace"]
        image = options.load["image"] or (snapshot.template.get("containers") or [{}])[0].get("image", "")
        self.load = load_source.source(reader.kube, namespace, name, image, options.load)
        self.loading = False
        self.began = time.monotonic()
        self.started = time.time()
        self._reported: set[str] = set()
        self._served: dict[str, float] = {}

    def run(self) -> ProofRun:
        unreachable = self._unreachable()
        if unreachable:
            return ProofRun(self.snapshot, finding=unreachable)
        self.reader.kube.deadline = self.began + self.options.rise_timeout + self.options.fall_timeout + 2 * MARGIN
        finding = None
        try:
            self.load.start()
            self.loading = True
            if not self._follow(self.options.rise_timeout, EVERY, proof.RISE):
                finding = proof.why_not_risen(*self._case(), self._evidence())
        finally:
            self.loading = False
            self.load.stop()
        self._sample()
        if finding is None and self.options.until == "fallen":
            limit = time.monotonic() - self.began + self.options.fall_timeout
            if not self._follow(limit, EVERY_FALLING, proof.FALL):
                finding = proof.why_not_fallen(*self._case(), self._conditions())
        samples = self.samples
        done = proof.steps(samples, self.goal)
        return ProofRun(self.snapshot, done, proof.curve(samples), samples[-1].load, finding)

    def run_fall(self) -> ProofRun:
        """Only the fall, without load, of replicas that are up already."""
        self.goal = replace(self.goal, desired=self.snapshot.minimum)
        self.reader.kube.deadline = self.began + self.options.fall_timeout + 2 * MARGIN
        start = Sample(0.0, self.snapshot.desired, self.goal.ready, self.snapshot.metrics, load={"first": 0.0})
        self.samples.append(start)
        fallen = self._follow(self.options.fall_timeout, EVERY_FALLING, ("desired_fell", "back"))
        finding = None if fallen else proof.why_not_fallen(*self._case(), self._conditions())
        steps = proof.steps(self.samples, self.goal)
        return ProofRun(self.snapshot, steps, proof.curve(self.samples), {}, finding)

    def _case(self) -> tuple:
        return label(self.snapshot.hpa), self.samples, self.goal

    def _unreachable(self) -> Finding | None:
        if self.options.reach <= self.snapshot.maximum:
            return None
        return Finding(
            "AtMaximum",
            label(self.snapshot.hpa),
            f"it cannot rise to {self.options.reach} replicas: maxReplicas is {self.snapshot.maximum}",
            "Wait until it has scaled down, raise maxReplicas, or lower the option replicas.",
        )

    def _follow(self, limit: float, every: float, wanted: tuple) -> bool:
        """Takes samples until all ``wanted`` steps happened; False when the time or the load ends before that."""
        while time.monotonic() - self.began < limit:
            sample = self._sample()
            self._report()
            if not proof.missing(proof.steps(self.samples, self.goal), wanted):
                return True
            if self.loading and (sample.load.get("ended") or self._unanswered(sample)):
                return False
            time.sleep(every)
        return False

    def _unanswered(self, sample: Sample) -> bool:
        """Requests have been sent for a while and none was answered."""
        load = sample.load
        return load.get("first") is None and load.get("failed", 0) > 0 and load.get("seconds", 0.0) > UNANSWERED

    def _sample(self) -> Sample:
        self.snapshot = snapshot = self.reader.read_changing(self.snapshot)
        figures = self.load.figures() if self.loading else self.samples[-1].load
        if self.loading:
            self._count()
        sample = Sample(
            at=time.monotonic() - self.began,
            desired=snapshot.desired,
            ready=frozenset(name_of(pod) for pod in snapshot.ready_pods),
            metrics=snapshot.metrics,
            events=self._rescales(),
            served=dict(self._served),
            load=figures,
            loading=self.loading,
        )
        self.samples.append(sample)
        return sample

    def _rescales(self) -> list[str]:
        found = [event for event in self.snapshot.events if event.get("reason") == "SuccessfulRescale"]
        return [event.get("message", "") for event in found if (when(event) or 0) >= self.started - 1]

    def _count(self) -> None:
        """Counts the requests that each new pod has answered, until it has answered one."""
        for pod in self.snapshot.ready_pods:
            if name_of(pod) in self.goal.ready or self._served.get(name_of(pod)):
                continue
            count = answered(self.reader.fail_fast, pod)
            self._served[name_of(pod)] = self._busy(pod) if count is None else count

    def _busy(self, pod: dict) -> float:
        """For a pod without a counter: 1 if it is busy by metrics-server's figures, else 0."""
        measured = next((entry for entry in self.snapshot.pod_metrics or [] if name_of(entry) == name_of(pod)), {})
        used = sum(quantity(entry["usage"].get("cpu")) for entry in measured.get("containers") or [])
        requested = sum(
            quantity(((entry.get("resources") or {}).get("requests") or {}).get("cpu"))
            for entry in pod["spec"]["containers"]
        )
        return 1.0 if requested and used > BUSY * requested else 0.0

    def _report(self) -> None:
        """Shows each step when it happens, and the autoscaler's current values."""
        for step in proof.steps(self.samples, self.goal):
            if step["seconds"] is not None and step["step"] not in self._reported:
                self._reported.add(step["step"])
                self.progress.say(step["message"])
        metrics = ", ".join(metric.text for metric in self.snapshot.metrics)
        self.progress.say(f"{len(self.samples[-1].ready)}/{self.snapshot.desired} ready; {metrics}")

    def _conditions(self) -> list[str]:
        conditions = self.snapshot.status.get("conditions") or []
        return [
            f"{entry['type']} {entry['status']}, {entry.get('reason')}: {entry.get('message')}" for entry in conditions
        ]

    def _evidence(self) -> list[str]:
        """Why the first missing step did not happen: the autoscaler's conditions, or what is wrong with the rollout."""
        lacking = proof.missing(proof.steps(self.samples, self.goal), proof.RISE)
        if lacking[0] in ("desired_rose", "event"):
            return self._conditions()
        if lacking[0] != "pod_ready" or (self.snapshot.target or {}).get("kind") != "Deployment":
            return []
        observer = Observer.of(self.reader.kube, self.snapshot.target, [])
        observer.list()
        findings = rollout_verdict.judge(observer.snapshot(), 0.0).findings
        return [f"{finding.reason}: {finding.message}" for finding in findings]


def run_fall(reader: Reader, snapshot: ScalingSnapshot, options: ProofOptions, progress: Progress) -> ProofRun:
    """Without load: from the current replicas down to minReplicas."""
    return Prover(reader, snapshot, options, progress).run_fall()


def run(reader: Reader, snapshot: ScalingSnapshot, options: ProofOptions, progress: Progress) -> ProofRun:
    return Prover(reader, snapshot, options, progress).run()


def add_to(verdict: ScalingVerdict, run: ProofRun) -> ScalingVerdict:
    """The verdict with the proof's check, and with the proof's finding in front if there is one."""
    done = [step["step"] for step in run.steps if step["seconds"] is not None]
    check = {"name": "proof", "state": "ok", "message": ", ".join(done)}
    if run.finding is None:
        return replace(verdict, checks=[*verdict.checks, check])
    check |= {"state": "failed", "message": run.finding.message}
    return replace(
        verdict,
        state=hpa_rules.FAILED,
        checks=[*verdict.checks, check],
        findings=[run.finding, *verdict.findings],
    )
