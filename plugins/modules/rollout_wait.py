#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_wait
short_description: Wait for a Deployment's rollout; when it fails, say why
version_added: 0.1.0
description:
  - Watches a Deployment, the pods of its new ReplicaSet and the endpoints of its Services until the rollout is
    complete by the rules of C(kubectl rollout status), the new pods are ready and the Services have endpoints.
  - Fails as soon as the rollout cannot succeed any more (missing image, crash loop, missing key, quota and so on),
    with the cause, its evidence and a remedy. It does not wait for the timeout then.
  - What happened before the wait is no fault of the rollout, such as a restart of a pod that is up again, or an evicted
    pod that was replaced.
  - Goes on without events, ReplicaSets, EndpointSlices, logs or nodes where the user may not read them, and returns
    which in RV(unread).
  - Shows a line on the controller whenever something changes, and at least every ten seconds.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the Deployment.
    type: str
    required: true
  kind:
    description: Kind of the workload.
    type: str
    choices: [Deployment]
    default: Deployment
  timeout:
    description:
      - Seconds to wait at most without progress. It is progress when more pods than ever are created, scheduled,
        started, ready or available, or fewer old ones than ever are left.
    type: int
    default: 300
  total_timeout:
    description:
      - Seconds to wait at most in all. Without it, O(timeout) for each wave of new pods that replicas, C(maxSurge) and
        C(maxUnavailable) make necessary, and once more.
    type: int
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - modelops.serving.kube
  - modelops.serving.progress
  - action_common_attributes
  - action_common_attributes.flow
attributes:
  check_mode:
    support: full
    details: It changes nothing; in check mode it reads the state once and does not wait.
  diff_mode:
    support: none
seealso:
  - module: modelops.serving.release
"""

EXAMPLES = r"""
- name: Wait until the new version serves
  modelops.serving.rollout_wait:
    name: model-api
    namespace: ml-serving
    timeout: 120
"""

RETURN = r"""
rollout:
  description: Where the rollout stands.
  returned: always
  type: dict
  contains:
    desired:
      description: Replicas asked for.
      type: int
    updated:
      description: Pods of the new revision that exist.
      type: int
    ready:
      description: Pods of the new revision that are ready.
      type: int
    available:
      description: Pods that are available, by the Deployment's own count.
      type: int
    old:
      description: Ready pods of earlier revisions.
      type: int
    seconds:
      description: How long the wait took.
      type: float
findings:
  description: What is wrong, the cause first. Empty when the rollout is complete.
  returned: always
  type: list
  elements: dict
  contains:
    reason:
      description: One word from the table of rules, such as V(CrashLoop) or V(ImageMissing).
      type: str
    object:
      description: Kind and name.
      type: str
    container:
      description: Name of the container, where it is one container's.
      type: str
    pods:
      description: The pods it was seen on.
      type: list
      elements: str
    message:
      description: What the cluster says.
      type: str
    evidence:
      description: Lines that prove it, such as one from a container's log.
      type: list
      elements: str
    remedy:
      description: What to do.
      type: str
    severity:
      description: V(fatal) cannot heal, V(grace) lasted too long, V(wait) may heal.
      type: str
    class:
      description: Deprecated alias of RV(findings[].severity).
      type: str
    since:
      description: Seconds from the start of the wait until it was first seen.
      type: float
    decided:
      description: Seconds from the start of the wait to the verdict.
      type: float
unread:
  description: What may not be read and was not judged, by plural, such as V(events) or V(pods/log).
  returned: always
  type: list
  elements: str
evidence:
  description: States, events and log tails of the affected pods.
  returned: on failure
  type: dict
summary:
  description: The result as text, at most 25 lines.
  returned: always
  type: list
  elements: str
api_requests:
  description: Requests made to the API server.
  returned: always
  type: int
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.module import run, with_target
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import finding_lines
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import selects
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.release.report import waiting_line
from ansible_collections.modelops.serving.plugins.module_utils.rollout import evidence
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer


def argspec() -> dict:
    return with_target(
        {
            "kind": {"type": "str", "choices": ["Deployment"], "default": "Deployment"},
            "timeout": {"type": "int", "default": 300},
            "total_timeout": {"type": "int"},
        }
    )


def execute(module: AnsibleModule, kube: Kube) -> dict:
    name, namespace = module.params["name"], module.params["namespace"]
    deployment = kube.need(find(module.params["kind"]), namespace, name, "apply it before you wait for it")
    labels = deployment["spec"]["template"]["metadata"].get("labels") or {}
    services = [entry for entry in kube.list(find("Service"), namespace)["items"] if selects(entry, labels)]
    progress, began = Progress(), time.monotonic()
    observer = Observer.of(kube, deployment, services)

    def say(verdict: rollout_verdict.Verdict, now: float) -> None:
        if verdict.state == rollout_verdict.WAITING:
            progress.say(waiting_line(verdict, now))

    timeout, total = module.params["timeout"], module.params["total_timeout"]
    if module.check_mode:
        timeout, total = 0, 0
    try:
        verdict, snapshot = observer.follow(timeout, say, total=total)
    finally:
        observer.stop()
    result = {
        "changed": False,
        "rollout": dict(verdict.progress, seconds=round(time.monotonic() - began, 1)),
        "summary": [
            f"{name}: {rollout_verdict.summary(verdict.progress)}",
            *rollout_verdict.unread_lines(verdict),
        ],
        "unread": verdict.unread,
    }
    if verdict.state == rollout_verdict.FAILED:
        kube.deadline = time.monotonic() + 15
        result["evidence"] = evidence.gather(kube, namespace, snapshot, verdict.findings)
        lines = finding_lines(verdict.findings[:4])
        result["summary"] = lines[:25]
        result["failed"] = not module.check_mode
        result["msg"] = lines[0]
    result["findings"] = [entry.as_dict() for entry in verdict.findings]
    return result


def main() -> None:
    run(AnsibleModule(argument_spec=argspec(), supports_check_mode=True), execute)


if __name__ == "__main__":
    main()
