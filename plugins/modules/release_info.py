#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: release_info
short_description: Show a release's revisions, which one serves, and the state of its objects
version_added: 0.1.0
description:
  - Reads the revisions that M(modelops.serving.release) recorded, and the state of the serving revision's objects in
    the cluster.
  - With O(verify), asks what serves for a prediction, as the revision was asked when it was released.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the release.
    type: str
    required: true
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - modelops.serving.kube
  - modelops.serving.read_only
  - modelops.serving.verify
  - action_common_attributes
seealso:
  - module: modelops.serving.release
"""

EXAMPLES = r"""
- name: Read which revision serves
  modelops.serving.release_info:
    name: model-api
    namespace: ml-serving
  register: info

- name: Ask what serves for a prediction
  modelops.serving.release_info:
    name: model-api
    namespace: ml-serving
    verify: {}

- name: Show the history
  ansible.builtin.debug:
    var: info.summary
"""

RETURN = r"""
serving:
  description: Number of the revision that serves.
  returned: when one serves
  type: int
unjudged:
  description:
    - Number of a revision that is in place, in part or in whole, though it is not the one recorded as serving, such as
      one that failed and was kept. Somebody may have corrected it by hand since; RV(drift) and RV(rollout) show that.
  returned: when there is one
  type: int
revisions:
  description: The recorded revisions, newest first.
  returned: always
  type: list
  elements: dict
  contains:
    revision:
      description: Its number.
      type: int
    status:
      description:
        - V(serving); V(applied) for one that was applied without waiting; V(superseded) for one that stood before;
          V(failed); V(kept) for one that failed and was left in place; V(pending) while it is being rolled out.
      type: str
    hash:
      description: Hash of the whole set; the same for the same set.
      type: str
    created:
      description: When it was recorded, UTC.
      type: str
    note:
      description: The revision that it rolls back to, or why it failed.
      type: str
    highlights:
      description: Image and configuration that differ from the revision before.
      type: list
      elements: dict
    objects:
      description: Kind and name of each object of the set.
      type: list
      elements: dict
serves_example:
  description:
    - Whether what serves is the example model that an image is built with when none is named. Without a revision, that
      is said of a Deployment of this name.
  returned: when something serves
  type: bool
serves_models:
  description: The models that serve, with version and the beginning of the checksum; empty when nothing says it.
  returned: when something serves
  type: str
objects:
  description:
    - The objects of the revision RV(unjudged), or else RV(serving), in the cluster, with C(state) V(present),
      V(missing), or V(unknown) where it could not be read, and a Deployment's replicas.
    - C(reason) says why it is missing, where its whole kind is or it goes by itself, and why it could not be read.
    - C(lack) says of a workload beside the Deployment what it lacks, such as ready pods.
  returned: always
  type: list
  elements: dict
drift:
  description: Configuration that others added to the release's objects; the next release takes it back.
  returned: always
  type: list
  elements: dict
relabelled:
  description: A sentence for each object that the release made and whose label C(app.kubernetes.io/instance) somebody
    has changed. The next release sets that of its set's objects back; others stay in the cluster.
  returned: always
  type: list
  elements: str
findings:
  description: What is wrong with the answer; empty when it is right.
  returned: with O(verify)
  type: list
  elements: dict
prediction:
  description: What was answered, through the C(service) and through the C(url).
  returned: with O(verify), when it was answered
  type: dict
rollout:
  description: Replicas of the Deployment, as in M(modelops.serving.rollout_wait).
  returned: when the release has a Deployment
  type: dict
summary:
  description: The result as text.
  returned: always
  type: list
  elements: str
api_requests:
  description: Requests made to the API server.
  returned: always
  type: int
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.module import run, with_target
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import finding_lines
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.release import (
    answers,
    reading,
    relabelled,
    revisions,
    served_models,
    status,
    verification,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.drift import drift
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.module_utils.release.replicas import minimum
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer
from ansible_collections.modelops.serving.plugins.module_utils.rollout.verdict import counts


def argspec() -> dict:
    return with_target({"verify": {"type": "dict", "options": verification.OPTIONS}})


def execute(module: AnsibleModule, kube: Kube) -> dict:
    name, namespace = module.params["name"], module.params["namespace"]
    history = History(kube, namespace, name).read()
    for sentence in history.problems:
        module.warn(sentence)
    serving = history.standing
    # What failed and was kept, or was left half-way: somebody may have corrected it by hand, and it serves.
    entries = history.entries
    unjudged = revisions.unfinished_since(entries, serving) if serving else revisions.unjudged(entries)
    shown = unjudged or serving
    objects = shown.objects if shown else []
    read = reading.read_readable(kube, namespace, name, objects)
    live = read[0]
    drifted = drift(objects, live)
    result = {
        "changed": False,
        "revisions": list(reversed(status.described(history.entries))),
        "objects": status.states(objects, *read),
        "drift": [entry.as_dict() for entry in drifted],
        "relabelled": relabelled_of(kube, history),
    }
    if serving:
        result["serving"] = serving.number
    if unjudged:
        result["unjudged"] = unjudged.number
    in_place = serving.objects if serving else deployed(kube, namespace, name)
    if in_place:
        result["serves_example"] = served_models.is_example(in_place)
        result["serves_models"] = served_models.described(in_place)
    wanted = object_set.deployment_of(objects)
    deployment = live.get(object_set.key(wanted)) if wanted else None
    if deployment:
        result["rollout"] = rollout_of(kube, deployment)
    result["summary"] = status.lines(name, namespace, result, minimum(wanted, objects) if wanted else 0)
    if not history.entries:
        result["summary"] = [_unrecorded(kube, history)]
    if module.params["verify"] is not None:
        verify(module, kube, serving, live, result)
    return result


def _unrecorded(kube: Kube, history: History) -> str:
    if reading.is_missing(kube, history.namespace):
        return f"{history.name}: namespace {history.namespace} does not exist"
    said = f"{history.name} in {history.namespace}: no release is recorded"
    by_others = [text for at in deployed(kube, history.namespace, history.name) if (text := status.applied_by(at))]
    return "; ".join([said, *by_others]) + history.others()


def rollout_of(kube: Kube, deployment: dict) -> dict:
    """The Deployment's own count of ready pods has those of earlier sets in it: where there are some, the pods are
    counted."""
    found = status.replicas(deployment)
    if (deployment.get("status") or {}).get("replicas", 0) <= found["updated"]:
        return found
    counted = counts(Observer.of(kube, deployment, []).standing())
    return found | {"ready": counted["ready"], "old": counted["old"]}


def relabelled_of(kube: Kube, history: History) -> list[str]:
    """A sentence for each object of any revision. Of kinds that may not be listed nothing is known."""
    held, _unread = reading.read_held(kube, history.namespace, object_set.prune(history.objects, []))
    standing = [at for at in held if not at["metadata"].get("deletionTimestamp")]
    return relabelled.sentences(history, relabelled.among(kube, history, standing))


def deployed(kube: Kube, namespace: str, name: str) -> list[dict]:
    """The Deployment of that name, which others may have made."""
    found = kube.get(find("Deployment"), namespace, name)
    return [found] if found else []


def verify(module: AnsibleModule, kube: Kube, serving: Revision | None, live: dict, result: dict) -> None:
    """Adds what the serving revision predicts. It is asked as at its release, unless the options say otherwise."""
    if serving is None:
        raise ServingError(f"no release {module.params['name']} serves: there is nothing to ask for a prediction.")
    options = {**serving.verify, **verification.given(module.params)}
    verifier = verification.Verifier(kube, module.params["namespace"], options, Progress(), [])
    findings = verifier.ask(live)
    for sentence in verifier.unknown:
        module.warn(sentence)
    result["findings"] = [entry.as_dict() for entry in findings]
    result["prediction"] = verifier.prediction
    result["summary"] += answers.lines(verifier.prediction) + finding_lines(findings)
    if findings:
        result.update(failed=True, msg=f"{findings[0].reason}: {findings[0].message}")


def main() -> None:
    run(AnsibleModule(argument_spec=argspec(), supports_check_mode=True), execute)


if __name__ == "__main__":
    main()
