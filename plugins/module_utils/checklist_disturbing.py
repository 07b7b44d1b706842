# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the checklist that load or change the service. Each leaves it as it found it."""

from __future__ import annotations

import copy
import time
from datetime import UTC, datetime

from ansible_collections.modelops.serving.plugins.module_utils import (
    autoscaling,
    autoscaling_course,
    checklist,
    load_source,
    outside,
    release,
)
from ansible_collections.modelops.serving.plugins.module_utils.autoscaling_look import Looker
from ansible_collections.modelops.serving.plugins.module_utils.autoscaling_snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.autoscaling_wait import wait
from ansible_collections.modelops.serving.plugins.module_utils.checklist import Line
from ansible_collections.modelops.serving.plugins.module_utils.checklist_lines import Target, asked_through
from ansible_collections.modelops.serving.plugins.module_utils.engine import Outcome, Plan, Releaser
from ansible_collections.modelops.serving.plugins.module_utils.history import History
from ansible_collections.modelops.serving.plugins.module_utils.report import finding_lines

ANNOTATION = "modelops.serving/verified"
GRACE = 90.0
GENTLE = {"concurrency": 2, "requests_per_second": 10}
AFTER_CHANGE = 2.0


def sound(target: Target, name: str) -> tuple[Line | None, Looker, ScalingSnapshot]:
    """The autoscaler as it is; a line when that alone fails the check."""
    looker = Looker(target.kube, target.namespace, target.name)
    verdict, snapshot = wait(looker, "runtime", GRACE, target.progress)
    if verdict.state == autoscaling.FAILED:
        return checklist.failed_by(name, verdict.findings), looker, snapshot
    direction = "scaleDown" if name == "hpa_down" else "scaleUp"
    behavior = (snapshot.hpa["spec"].get("behavior") or {}).get(direction) or {}
    if behavior.get("selectPolicy") == "Disabled":
        message = f"spec.behavior.{direction}.selectPolicy is Disabled"
        return checklist.failed(name, "DirectionDisabled", message, "Set it to Max or Min."), looker, snapshot
    return None, looker, snapshot


def load_options(target: Target, load: dict) -> dict:
    """The load from outside where that leads to these pods, else from a pod: the ingress has a line of its own."""
    given = {key: load.get(key, spec.get("default")) for key, spec in load_source.OPTIONS.items()}
    given["body"] = given["body"] or target.question()
    where = outside.address(target)
    if not given["url"] and where and asked_through(target, where).state == checklist.PASSED:
        given |= {"url": where + target.path, "host": given["host"] or target.host}
    return given


def hpa_up(target: Target, load: dict, timeout: int) -> Line:
    line, looker, snapshot = sound(target, "hpa_up")
    if line:
        return line
    plan = autoscaling_course.Plan(load_options(target, load), snapshot.desired + 1, timeout, 0, "risen")
    return proof("hpa_up", autoscaling_course.run(looker, snapshot, plan, target.progress))


def hpa_down(target: Target, load: dict, timeout: int) -> Line:
    """Down from where it stands now; from minReplicas it is first brought up."""
    line, looker, snapshot = sound(target, "hpa_down")
    if line:
        return line
    window = snapshot.down_window + autoscaling_course.AFTER_WINDOW
    plan = autoscaling_course.Plan(load_options(target, load), snapshot.desired + 1, timeout, window, "fallen")
    if snapshot.desired > snapshot.minimum:
        return proof("hpa_down", autoscaling_course.rest(looker, snapshot, plan, target.progress))
    return proof("hpa_down", autoscaling_course.run(looker, snapshot, plan, target.progress))


def proof(name: str, course: autoscaling_course.Course) -> Line:
    if course.finding:
        return checklist.failed_by(name, [course.finding])
    wanted = ("metric_above_target", "desired_rose", "event", "pod_ready", "pod_served")
    wanted = ("load_ended", "desired_fell", "back") if name == "hpa_down" else wanted
    told = [one for one in course.steps if one["step"] in wanted and one["seconds"] is not None]
    return checklist.passed(name, *(f"{one['seconds']:.1f} s  {one['message']}" for one in told))


def rolling_update(target: Target, load: dict, timeout: int) -> Line:
    """The release that serves once more, with new pods, under traffic."""
    history = History(target.kube, target.namespace, target.name).read()
    if history.serving is None:
        return unrecorded(target, "rolling_update")
    outcome, told = under_traffic(target, load, timeout, lambda releaser: releaser.present(renewed(history)))
    return judged("rolling_update", outcome, told)


def rollback(target: Target, load: dict, timeout: int) -> Line:
    """Back to the revision before the one that serves; a revision of our own is made first where it is not there."""
    history = History(target.kube, target.namespace, target.name).read()
    if history.serving is None:
        return unrecorded(target, "rollback")
    if not is_renewed(history.serving.objects):
        outcome = releaser(target, timeout).present(renewed(history))
        if outcome.failed:
            return judged("rollback", outcome, {"requests": 1, "failed": 0})
    outcome, told = under_traffic(target, load, timeout, lambda releaser: releaser.rolled_back(None))
    return judged("rollback", outcome, told)


def unrecorded(target: Target, name: str) -> Line:
    message = f"no release {target.name} is recorded in namespace {target.namespace}"
    return checklist.failed(name, "NoRelease", message, "Deploy it with playbooks/deploy.yml or the module release.")


def renewed(history: History) -> list:
    """The set that serves, with a mark on its pods that makes them new ones."""
    objects = copy.deepcopy(history.serving.objects)
    metadata = release.deployment_of(objects)["spec"]["template"].setdefault("metadata", {})
    metadata.setdefault("annotations", {})[ANNOTATION] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return objects


def is_renewed(objects: list) -> bool:
    metadata = release.deployment_of(objects)["spec"]["template"].get("metadata") or {}
    return ANNOTATION in (metadata.get("annotations") or {})


def releaser(target: Target, timeout: int) -> Releaser:
    return Releaser(target.kube, Plan(target.name, target.namespace, timeout), target.progress)


def under_traffic(target: Target, load: dict, timeout: int, change) -> tuple[Outcome, dict]:
    """The outcome of the change, and what became of the requests that were sent all the while."""
    options = load_options(target, {**load, **GENTLE, "seconds": 2 * timeout + 60})
    image = target.deployment()["spec"]["template"]["spec"]["containers"][0]["image"]
    traffic = load_source.source(target.kube, target.namespace, target.name, image, options)
    try:
        traffic.start()
        outcome = change(releaser(target, timeout))
        time.sleep(AFTER_CHANGE)
        told = traffic.told()
    finally:
        target.kube.deadline = time.monotonic() + GRACE
        traffic.stop()
    return outcome, told


def judged(name: str, outcome: Outcome, told: dict) -> Line:
    if outcome.failed:
        line = checklist.failed_by(name, outcome.findings)
        line.evidence += [*finding_lines(outcome.findings[:1])[1:-1], outcome.restored]
        return line
    counts = outcome.rollout
    changed = (
        f"r{outcome.previous} → r{outcome.revision}: {counts.get('ready')} of {counts.get('desired')} new pods ready"
    )
    return checklist.undisturbed(name, told, f"{changed} in {counts.get('seconds')} s")


CHECKS = {"hpa_up": hpa_up, "hpa_down": hpa_down, "rolling_update": rolling_update, "rollback": rollback}
