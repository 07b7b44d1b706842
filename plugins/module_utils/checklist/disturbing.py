# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the checklist that load or change the service. Each leaves it as it was before."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from datetime import UTC, datetime

from ansible_collections.modelops.serving.plugins.module_utils.checklist import predictions, verdicts
from ansible_collections.modelops.serving.plugins.module_utils.checklist.checks import Target, reaches_pods
from ansible_collections.modelops.serving.plugins.module_utils.checklist.verdicts import Line
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import finding_lines
from ansible_collections.modelops.serving.plugins.module_utils.hpa import prover
from ansible_collections.modelops.serving.plugins.module_utils.hpa import rules as hpa_rules
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import Reader
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.hpa.wait import wait
from ansible_collections.modelops.serving.plugins.module_utils.load import source as load_source
from ansible_collections.modelops.serving.plugins.module_utils.release.deploy import Deployer
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options, Outcome
from ansible_collections.modelops.serving.plugins.module_utils.release.restart import Restart
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision

ANNOTATION = "modelops.serving/verified"
# Seconds that metrics may be missing, and that the clean-up after a change may take.
GRACE = 90.0
# The traffic during an update or a rollback: enough to notice a lost request, no load.
TRAFFIC = {"concurrency": 2, "requests_per_second": 10}
# Seconds of traffic after the change.
AFTER_CHANGE = 2.0


def check_autoscaler(target: Target, name: str) -> tuple[Line | None, Reader, ScalingSnapshot]:
    """The autoscaler, and a failed line if it cannot scale in the direction of line ``name``."""
    reader = Reader(target.kube, target.namespace, target.name)
    verdict, snapshot = wait(reader, "runtime", GRACE, target.progress)
    if verdict.state == hpa_rules.FAILED:
        return verdicts.failed_by(name, verdict.findings), reader, snapshot
    direction = "scaleDown" if name == "hpa_down" else "scaleUp"
    behavior = (snapshot.hpa["spec"].get("behavior") or {}).get(direction) or {}
    if behavior.get("selectPolicy") == "Disabled":
        message = f"spec.behavior.{direction}.selectPolicy is Disabled"
        return verdicts.failed(name, "DirectionDisabled", message, "Set it to Max or Min."), reader, snapshot
    return None, reader, snapshot


def load_options(target: Target, load: dict) -> dict:
    """Options of the load. It goes through the ingress if that reaches the pods, else it comes from a pod: a broken
    ingress fails its own line only."""
    options = {key: load.get(key, spec.get("default")) for key, spec in load_source.OPTIONS.items()}
    options["body"] = options["body"] or target.request_body()
    root = predictions.address(target)
    if not options["url"] and root and reaches_pods(target, root).state == verdicts.PASSED:
        options |= {
            "url": root + target.path,
            "host": options["host"] or target.host,
            "ca_cert": options["ca_cert"] or target.ca_cert,
            "validate_certs": target.validate_certs,
        }
    if options["url"]:  # else pods send, whose specification others may read
        options["headers"] = {**target.headers, **options["headers"]}
    return options


def hpa_up(target: Target, load: dict, timeout: int) -> Line:
    line, reader, snapshot = check_autoscaler(target, "hpa_up")
    if line:
        return line
    options = prover.ProofOptions(load_options(target, load), snapshot.desired + 1, timeout, 0, "risen")
    return proof("hpa_up", prover.run(reader, snapshot, options, target.progress))


def hpa_down(target: Target, load: dict, timeout: int) -> Line:
    """Down from the current replicas. At minReplicas the load first brings it up."""
    line, reader, snapshot = check_autoscaler(target, "hpa_down")
    if line:
        return line
    window = snapshot.down_window + prover.AFTER_WINDOW
    options = prover.ProofOptions(load_options(target, load), snapshot.desired + 1, timeout, window, "fallen")
    if snapshot.desired > snapshot.minimum:
        return proof("hpa_down", prover.run_fall(reader, snapshot, options, target.progress))
    return proof("hpa_down", prover.run(reader, snapshot, options, target.progress))


def proof(name: str, proof_run: prover.ProofRun) -> Line:
    if proof_run.finding:
        return verdicts.failed_by(name, [proof_run.finding])
    wanted = ("metric_above_target", "desired_rose", "event", "pod_ready", "pod_served")
    wanted = ("load_ended", "desired_fell", "back") if name == "hpa_down" else wanted
    steps = [step for step in proof_run.steps if step["step"] in wanted and step["seconds"] is not None]
    return verdicts.passed(name, *(f"{step['seconds']:.1f} s  {step['message']}" for step in steps))


def rolling_update(target: Target, load: dict, timeout: int) -> Line:
    """Replaces all pods of the serving revision under traffic. It leaves no revision behind."""
    if History(target.kube, target.namespace, target.name).read().standing is None:
        return unrecorded(target, "rolling_update")
    restart = Restart(target.kube, Options(target.name, target.namespace, timeout), target.progress)
    outcome, figures = under_traffic(target, load, timeout, restart.run)
    return judged("rolling_update", outcome, figures)


def rollback(target: Target, load: dict, timeout: int) -> Line:
    """Releases the serving set with new pods, then rolls back from that under traffic. The history is as before then:
    the two revisions are forgotten, and no older one has made room for them."""
    history = History(target.kube, target.namespace, target.name).read()
    before = history.standing
    if before is None:
        return unrecorded(target, "rollback")
    options = Options(target.name, target.namespace, timeout, history_limit=len(history.entries) + 2)
    released = Deployer(target.kube, options, target.progress).present(renewed(before))
    if released.failed:
        return judged("rollback", released, {"requests": 1, "failed": 0})
    back = Deployer(target.kube, options, target.progress)
    outcome, figures = under_traffic(target, load, timeout, lambda: back.rolled_back(before.number, released.revision))
    if not outcome.failed:
        history.read().forget_since(next(entry for entry in history.entries if entry.number == before.number))
    return judged("rollback", outcome, figures)


def unrecorded(target: Target, name: str) -> Line:
    message = f"no revision of {target.name} is recorded in namespace {target.namespace}"
    return verdicts.failed(name, "NoRelease", message, "Deploy it with playbooks/deploy.yml or the module release.")


def renewed(standing: Revision) -> list:
    """A revision's objects. A new annotation on the pod template makes the rollout replace all pods."""
    objects = copy.deepcopy(standing.objects)
    metadata = object_set.deployment_of(objects)["spec"]["template"].setdefault("metadata", {})
    metadata.setdefault("annotations", {})[ANNOTATION] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return objects


def under_traffic(target: Target, load: dict, timeout: int, change: Callable[[], Outcome]) -> tuple[Outcome, dict]:
    """The outcome of the change, and the figures of the requests that were sent during it."""
    options = load_options(target, {**load, **TRAFFIC, "seconds": 2 * timeout + 60})
    image = target.deployment()["spec"]["template"]["spec"]["containers"][0]["image"]
    traffic = load_source.source(target.kube, target.namespace, target.name, image, options)
    try:
        traffic.start()
        outcome = change()
        time.sleep(AFTER_CHANGE)
        figures = traffic.figures()
    finally:
        target.kube.deadline = time.monotonic() + GRACE
        traffic.stop()
    return outcome, figures


def judged(name: str, outcome: Outcome, figures: dict) -> Line:
    if outcome.failed:
        line = verdicts.failed_by(name, outcome.findings)
        line.evidence += [*finding_lines(outcome.findings[:1])[1:-1], outcome.restored]
        return line
    counts = outcome.rollout
    pods = f"{counts.get('ready')} of {counts.get('desired')} new pods ready in {counts.get('seconds')} s"
    return verdicts.undisturbed(name, figures, f"{_change(outcome)}: {pods}")


def _change(outcome: Outcome) -> str:
    """Such as "r3 → r4"; "r3" when all its pods were replaced."""
    if outcome.previous == outcome.revision:
        return f"r{outcome.revision}"
    return f"r{outcome.previous} → r{outcome.revision}"


CHECKS = {"hpa_up": hpa_up, "hpa_down": hpa_down, "rolling_update": rolling_update, "rollback": rollback}
