# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the checklist that load or change the service. Each leaves it as it found it."""

from __future__ import annotations

import copy
import time
from datetime import UTC, datetime

from ansible_collections.modelops.serving.plugins.module_utils.checklist import predictions, verdicts
from ansible_collections.modelops.serving.plugins.module_utils.checklist.checks import Target, asked_through
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

ANNOTATION = "modelops.serving/verified"
GRACE = 90.0
GENTLE = {"concurrency": 2, "requests_per_second": 10}
AFTER_CHANGE = 2.0


def sound(target: Target, name: str) -> tuple[Line | None, Reader, ScalingSnapshot]:
    """The autoscaler as it is; a line when that alone fails the check."""
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
    """The load from outside where that leads to these pods, else from a pod: the ingress has a line of its own."""
    given = {key: load.get(key, spec.get("default")) for key, spec in load_source.OPTIONS.items()}
    given["body"] = given["body"] or target.question()
    where = predictions.address(target)
    if not given["url"] and where and asked_through(target, where).state == verdicts.PASSED:
        given |= {"url": where + target.path, "host": given["host"] or target.host}
    return given


def hpa_up(target: Target, load: dict, timeout: int) -> Line:
    line, reader, snapshot = sound(target, "hpa_up")
    if line:
        return line
    options = prover.ProofOptions(load_options(target, load), snapshot.desired + 1, timeout, 0, "risen")
    return proof("hpa_up", prover.run(reader, snapshot, options, target.progress))


def hpa_down(target: Target, load: dict, timeout: int) -> Line:
    """Down from where it stands now; from minReplicas it is first brought up."""
    line, reader, snapshot = sound(target, "hpa_down")
    if line:
        return line
    window = snapshot.down_window + prover.AFTER_WINDOW
    options = prover.ProofOptions(load_options(target, load), snapshot.desired + 1, timeout, window, "fallen")
    if snapshot.desired > snapshot.minimum:
        return proof("hpa_down", prover.rest(reader, snapshot, options, target.progress))
    return proof("hpa_down", prover.run(reader, snapshot, options, target.progress))


def proof(name: str, proof_run: prover.ProofRun) -> Line:
    if proof_run.finding:
        return verdicts.failed_by(name, [proof_run.finding])
    wanted = ("metric_above_target", "desired_rose", "event", "pod_ready", "pod_served")
    wanted = ("load_ended", "desired_fell", "back") if name == "hpa_down" else wanted
    told = [one for one in proof_run.steps if one["step"] in wanted and one["seconds"] is not None]
    return verdicts.passed(name, *(f"{one['seconds']:.1f} s  {one['message']}" for one in told))


def rolling_update(target: Target, load: dict, timeout: int) -> Line:
    """The release that serves once more, with new pods, under traffic."""
    history = History(target.kube, target.namespace, target.name).read()
    if history.serving is None:
        return unrecorded(target, "rolling_update")
    outcome, told = under_traffic(target, load, timeout, lambda deployer: deployer.present(renewed(history)))
    return judged("rolling_update", outcome, told)


def rollback(target: Target, load: dict, timeout: int) -> Line:
    """Back to the revision before the one that serves; a revision of our own is made first where it is not there."""
    history = History(target.kube, target.namespace, target.name).read()
    if history.serving is None:
        return unrecorded(target, "rollback")
    if not is_renewed(history.serving.objects):
        outcome = deployer(target, timeout).present(renewed(history))
        if outcome.failed:
            return judged("rollback", outcome, {"requests": 1, "failed": 0})
    outcome, told = under_traffic(target, load, timeout, lambda deployer: deployer.rolled_back(None))
    return judged("rollback", outcome, told)


def unrecorded(target: Target, name: str) -> Line:
    message = f"no release {target.name} is recorded in namespace {target.namespace}"
    return verdicts.failed(name, "NoRelease", message, "Deploy it with playbooks/deploy.yml or the module release.")


def renewed(history: History) -> list:
    """The set that serves, with a mark on its pods that makes them new ones."""
    objects = copy.deepcopy(history.serving.objects)
    metadata = object_set.deployment_of(objects)["spec"]["template"].setdefault("metadata", {})
    metadata.setdefault("annotations", {})[ANNOTATION] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return objects


def is_renewed(objects: list) -> bool:
    metadata = object_set.deployment_of(objects)["spec"]["template"].get("metadata") or {}
    return ANNOTATION in (metadata.get("annotations") or {})


def deployer(target: Target, timeout: int) -> Deployer:
    return Deployer(target.kube, Options(target.name, target.namespace, timeout), target.progress)


def under_traffic(target: Target, load: dict, timeout: int, change) -> tuple[Outcome, dict]:
    """The outcome of the change, and what became of the requests that were sent all the while."""
    options = load_options(target, {**load, **GENTLE, "seconds": 2 * timeout + 60})
    image = target.deployment()["spec"]["template"]["spec"]["containers"][0]["image"]
    traffic = load_source.source(target.kube, target.namespace, target.name, image, options)
    try:
        traffic.start()
        outcome = change(deployer(target, timeout))
        time.sleep(AFTER_CHANGE)
        told = traffic.told()
    finally:
        target.kube.deadline = time.monotonic() + GRACE
        traffic.stop()
    return outcome, told


def judged(name: str, outcome: Outcome, told: dict) -> Line:
    if outcome.failed:
        line = verdicts.failed_by(name, outcome.findings)
        line.evidence += [*finding_lines(outcome.findings[:1])[1:-1], outcome.restored]
        return line
    counts = outcome.rollout
    changed = (
        f"r{outcome.previous} → r{outcome.revision}: {counts.get('ready')} of {counts.get('desired')} new pods ready"
    )
    return verdicts.undisturbed(name, told, f"{changed} in {counts.get('seconds')} s")


CHECKS = {"hpa_up": hpa_up, "hpa_down": hpa_down, "rolling_update": rolling_update, "rollback": rollback}
