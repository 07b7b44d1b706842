#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Release a set of Kubernetes objects as one thing, and put the previous one back when it fails
version_added: 0.1.0
description:
  - Applies a whole set of objects (server-side apply, one field manager), records it in the namespace as a numbered
    revision, and waits for its Deployment under one deadline.
  - When the rollout fails it says why, with evidence and a remedy, and restores the previous revision whole,
    configuration included. Objects that the set no longer has are removed only after success.
  - Objects of any kind are removed, except those that may hold data or serve others (Namespaces,
    PersistentVolumeClaims, PersistentVolumes, CustomResourceDefinitions and everything else without a namespace) and
    those with the annotation C(modelops.serving/keep) of V(true) or Helm's C(helm.sh/resource-policy) of V(keep), in
    the set or on the object itself. RV(summary) names what was not removed, and why.
  - One run at a time works on a release, guarded by a Lease that expires when its holder is killed. The next run
    continues where a killed one stopped.
  - C(spec.replicas) is never lowered under a HorizontalPodAutoscaler, also not when one is added or removed later.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description:
      - Name of the release. It becomes the label C(app.kubernetes.io/instance) of every object of the set.
    type: str
    required: true
  state:
    description:
      - V(present) releases O(objects).
      - V(rolled_back) releases an earlier revision again, see O(revision).
      - V(absent) removes the release's objects and its history, except what is never removed (see the description).
    type: str
    choices: [present, rolled_back, absent]
    default: present
  objects:
    description:
      - The whole set. Each object needs C(apiVersion), C(kind) and C(metadata.name). Required for
        O(state=present).
      - Give configuration names that carry a hash of the content, so that pods and configuration change together.
      - At most one Deployment.
    type: list
    elements: dict
  revision:
    description: Revision to roll back to. By default the one that served before.
    type: int
  replaces:
    description:
      - For O(state=rolled_back), the revision that is to be replaced. Where another one is there by then, nothing is
        changed, and the task fails with the finding V(ReleasedSince). Without it, whatever stands is replaced.
      - That revision is taken back and counts as failed. A later rollback without O(revision) does not go to it.
    type: int
  timeout:
    description:
      - Seconds that the rollout may take without progress. It is progress when more pods than ever are created,
        scheduled, started, ready or available, or fewer old ones than ever are left. Restoring has its own time.
    type: int
    default: 300
  total_timeout:
    description:
      - Seconds that the rollout may take in all. Without it, O(timeout) for each wave of new pods that replicas,
        C(maxSurge) and C(maxUnavailable) make necessary, and once more.
    type: int
  wait:
    description:
      - Whether to wait for the rollout. Without it nothing is judged, verified, restored or pruned. The revision is
        C(applied). A later release that fails puts it back if it serves by then, or if nothing has served before it.
    type: bool
    default: true
  on_failure:
    description: What to do when the rollout fails, V(restore) the revision that served or V(keep) what is there.
    type: str
    choices: [restore, keep]
    default: restore
  on_first_failure:
    description: What to do when the very first revision fails, V(remove) it or V(keep) it for inspection.
    type: str
    choices: [remove, keep]
    default: remove
  history_limit:
    description:
      - How many revisions to keep. Those that failed are forgotten first; the one that serves, the one before it and
        revision 0 always stay.
    type: int
    default: 10
  adopt:
    description:
      - Take over objects that were made by kubectl, Helm or another tool. Without it they are refused, with the name of
        their owner. So is a value of the set that another tool applies to one of the release's own objects; what it has
        made its own there by force is drift, and is taken back. What stood before is revision 0; it is put back,
        owners included, when the release fails. An object of another release of this collection is always refused.
    type: bool
    default: false
  tolerated_managers:
    description:
      - Field managers whose additions to the release's objects stay. What any other manager adds (an env entry by a UI,
        say) is drift, which is shown and taken back. A value that the set names is always the set's.
    type: list
    elements: str
    default: []
  bake:
    description:
      - For O(state=present), watch what was released before it is promoted. Its pods' counters of failed predictions,
        restarts of its containers and its alerts in Prometheus are looked at every five seconds; a bad one fails the
        release. Only what begins in that time counts. What cannot be read neither passes nor fails.
    type: dict
    suboptions:
      seconds:
        description: How long. V(0) does not.
        type: int
        default: 0
      error_percent:
        description: Percentage of the predictions that may be answered with 5xx.
        type: float
        default: 1.0
      prometheus:
        description: The Prometheus to ask, by default the Prometheus Operator's. It is asked through the API server.
        type: dict
        suboptions:
          namespace:
            description: Namespace of its Service.
            type: str
            required: true
          service:
            description: Name of its Service.
            type: str
            required: true
          port:
            description: Port of its Service.
            type: int
            default: 9090
  address_patience:
    description:
      - For O(state=present), seconds to wait at the end for the addresses that a cloud or a controller gives to the
        set's Services of type LoadBalancer, Ingresses, Routes and HTTPRoutes, where this run has created or changed
        them. An address that has not come is not known, and no failure. V(0) looks once.
    type: int
    default: 0
  create_namespace:
    description: Create the namespace when it is missing.
    type: bool
    default: true
  preflight:
    description:
      - For O(state=present), run the checks of M(modelops.serving.preflight) before the first change, and change
        nothing when one fails. A set that serves unchanged is not checked.
    type: bool
    default: false
  allow_in_cluster:
    description:
      - With O(preflight), allow the ServiceAccount of the pod that this runs in, when no credentials are given.
    type: bool
    default: false
  where_served:
    description:
      - API groups whose objects are left out where the API server does not serve them, such as
        V(monitoring.coreos.com). Objects of other groups that it does not serve fail the release.
    type: list
    elements: str
    default: []
  brief:
    description:
      - When the task fails, show the summary and no more. P(modelops.serving.whole_result#lookup) has the whole result.
      - A host that Ansible cannot reach has then failed, so that the tasks of an C(always) are run for it.
    type: bool
    default: false
  report:
    description:
      - Path without suffix. Writes the result to it with C(.json), and as JUnit with C(.xml), on the host that runs
        the module.
    type: path
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - modelops.serving.kube
  - modelops.serving.progress
  - modelops.serving.verify
  - action_common_attributes
  - action_common_attributes.flow
attributes:
  check_mode:
    support: full
    details:
      - The API server's dry run of every object. While the namespace does not exist, only its creation can be checked;
        the summary says so.
  diff_mode:
    support: full
    details: Values of Secrets are hidden.
seealso:
  - module: modelops.serving.release_info
  - module: modelops.serving.rollout_wait
"""

EXAMPLES = r"""
- name: Release the rendered set
  modelops.serving.release:
    name: model-api
    namespace: ml-serving
    objects: "{{ query('ansible.builtin.fileglob', 'manifests/*.yml') | map('ansible.builtin.file') | map('from_yaml')
      }}"
    timeout: 180
    report: reports/model-api

- name: Roll back to the revision that served before
  modelops.serving.release:
    name: model-api
    namespace: ml-serving
    state: rolled_back

- name: Roll back to a revision by number
  modelops.serving.release:
    name: model-api
    namespace: ml-serving
    state: rolled_back
    revision: 4

- name: Take back what this playbook has released, unless somebody has released since
  modelops.serving.release:
    name: model-api
    namespace: ml-serving
    state: rolled_back
    revision: "{{ released.previous_revision }}"
    replaces: "{{ released.revision }}"

- name: Remove it all
  modelops.serving.release:
    name: model-api
    namespace: ml-serving
    state: absent
"""

RETURN = r"""
revision:
  description: The revision that this run rolled out, or, when nothing differed, the one that serves.
  returned: when there is one
  type: int
previous_revision:
  description: The revision that served before this run.
  returned: when there is one
  type: int
changes:
  description: What was (in check mode, would be) created, updated or removed.
  returned: always
  type: list
  elements: dict
  sample: [{kind: ConfigMap, name: model-api-config-3f9c21aa07, action: create}]
  contains:
    kind:
      description: Kind of the object.
      type: str
    name:
      description: Its name.
      type: str
    action:
      description: V(create), V(update) or V(remove).
      type: str
highlights:
  description: Image and configuration that differ from the revision that served before.
  returned: always
  type: list
  elements: dict
  sample: [{what: image, before: "model-api:3f9c21", after: "model-api:b71e08"}]
drift:
  description: Configuration that others added to the release's objects, which this run took back.
  returned: always
  type: list
  elements: dict
  contains:
    object:
      description: Kind and name.
      type: str
    manager:
      description: The field manager.
      type: str
    fields:
      description: Paths of the fields.
      type: list
      elements: str
prediction:
  description: What was answered through the C(service) and, where O(verify.url) is given, through the C(url).
  returned: when it was asked for and answered
  type: dict
baked:
  description: What was seen while the release baked, see O(bake).
  returned: when it has baked
  type: dict
  contains:
    seconds:
      description: How long.
      type: int
    answered:
      description: Predictions that its pods answered meanwhile.
      type: int
    failed:
      description: How many of them with 5xx.
      type: int
addresses:
  description: Where the release is reached from outside, see O(address_patience).
  returned: for O(state=present), on success, when the set has any that it asks for
  type: list
  elements: dict
  sample: [{object: Service/model-api-lb, url: "http://203.0.113.7", at: ""}]
  contains:
    object:
      description: Kind and name of what has the address.
      type: str
    url:
      description: The address as a URL without a path, empty when it is not known.
      type: str
    at:
      description: The name or the IP address that the host of the URL must lead to, empty where the URL has it itself.
      type: str
rollout:
  description: Where the rollout stands.
  returned: when it was waited for
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
      description: Seconds from the start of the run to the verdict.
      type: float
findings:
  description: What is wrong, the cause first; the same shape as of M(modelops.serving.rollout_wait). Empty on success.
  returned: always
  type: list
  elements: dict
  contains:
    reason:
      description: One word from the table of rules.
      type: str
    object:
      description: Kind and name.
      type: str
    message:
      description: What the cluster says.
      type: str
    severity:
      description: V(fatal) cannot heal, V(grace) lasted too long, V(wait) may heal.
      type: str
    class:
      description: Deprecated alias of RV(findings[].severity).
      type: str
    evidence:
      description: Lines that prove it.
      type: list
      elements: str
    remedy:
      description: What to do.
      type: str
evidence:
  description: States, events and log tails of the affected pods, gathered before anything was restored.
  returned: on failure
  type: dict
restored:
  description: What was restored, and with what result.
  returned: on failure
  type: str
restored_revision:
  description: The revision that serves again.
  returned: when one was restored
  type: int
summary:
  description: The result as text, at most 25 lines.
  returned: always
  type: list
  elements: str
reports:
  description: The files that were written.
  returned: with O(report)
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
from ansible_collections.modelops.serving.plugins.module_utils.common import bounds, secret_values
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.preflight.gather import without_unserved
from ansible_collections.modelops.serving.plugins.module_utils.release import (
    addresses,
    baking,
    diff,
    report,
    verification,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.address_wait import AddressWait
from ansible_collections.modelops.serving.plugins.module_utils.release.deploy import Deployer
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options, Outcome
from ansible_collections.modelops.serving.plugins.module_utils.release.preview import Preview

OPTIONS = (
    "name",
    "namespace",
    "timeout",
    "total_timeout",
    "wait",
    "on_failure",
    "on_first_failure",
    "history_limit",
    "adopt",
    "tolerated_managers",
    "create_namespace",
    "preflight",
    "allow_in_cluster",
)
BOUNDS = {
    "timeout": (1, None),
    "total_timeout": (1, None),
    "history_limit": (0, None),
    "revision": (0, None),
    "replaces": (0, None),
    "address_patience": (0, None),
}


def argspec() -> dict:
    return with_target(
        {
            "state": {"type": "str", "choices": ["present", "rolled_back", "absent"], "default": "present"},
            "objects": {"type": "list", "elements": "dict"},
            "revision": {"type": "int"},
            "replaces": {"type": "int"},
            "timeout": {"type": "int", "default": 300},
            "total_timeout": {"type": "int"},
            "wait": {"type": "bool", "default": True},
            "on_failure": {"type": "str", "choices": ["restore", "keep"], "default": "restore"},
            "on_first_failure": {"type": "str", "choices": ["remove", "keep"], "default": "remove"},
            "history_limit": {"type": "int", "default": 10},
            "adopt": {"type": "bool", "default": False},
            "tolerated_managers": {"type": "list", "elements": "str", "default": []},
            "verify": {"type": "dict", "options": verification.OPTIONS},
            "bake": {"type": "dict", "options": baking.OPTIONS},
            "address_patience": {"type": "int", "default": 0},
            "create_namespace": {"type": "bool", "default": True},
            "preflight": {"type": "bool", "default": False},
            "allow_in_cluster": {"type": "bool", "default": False},
            "where_served": {"type": "list", "elements": "str", "default": []},
            "brief": {"type": "bool", "default": False},  # for the action plugin
            "report": {"type": "path"},
        }
    )


def execute(module: AnsibleModule, kube: Kube) -> dict:
    bounds.refuse_impossible(module.params, BOUNDS)
    options = Options(
        **{name: module.params[name] for name in OPTIONS},
        verify=verification.given(module.params),
        bake=baking.given(module.params),
    )
    objects = without_unserved(kube, module.params["objects"], module.params["where_served"])
    progress = Progress()
    session = Preview(kube, options) if module.check_mode else Deployer(kube, options, progress)
    try:
        outcome = carry_out(session, dict(module.params, objects=objects))
    except ServingError as error:
        raise ServingError(secret_values.hide(str(error), session.hidden)) from error
    kube.warnings = dict.fromkeys(secret_values.hide(list(kube.warnings), session.hidden))
    if module.params["state"] == "present" and not outcome.planned and not outcome.failed:
        ask_for_addresses(AddressWait(kube, options.namespace, progress), outcome, objects, module.params)
    for warning in outcome.warnings:
        module.warn(secret_values.hide(warning, session.hidden))
    result = secret_values.hide(as_result(options.name, outcome), session.hidden)
    if module._diff:
        result["diff"] = diff.diff_of(outcome.changes)
    if module.params["report"] and not module.check_mode:
        write_reports(module, options.name, result)
    return result


def carry_out(session: Preview | Deployer, params: dict) -> Outcome:
    if params["state"] == "present":
        return session.present(params["objects"])
    if params["state"] == "rolled_back":
        return session.rolled_back(params["revision"], params["replaces"])
    return session.absent()


def ask_for_addresses(wait: AddressWait, outcome: Outcome, objects: list, params: dict) -> None:
    """After the release is done and recorded, and without its lock."""
    changed = {f"{entry['kind']}/{entry['name']}" for entry in outcome.changes}
    wait.look(objects, changed, params["address_patience"] if params["wait"] else 0)
    outcome.addresses = wait.found
    outcome.reached = addresses.lines(wait.found, (params["verify"] or {}).get("url") or "", wait.waited)


def as_result(name: str, outcome: Outcome) -> dict:
    result = {
        "changed": outcome.changed,
        "changes": [{field: entry[field] for field in ("kind", "name", "action")} for entry in outcome.changes],
        "highlights": outcome.highlights,
        "drift": [entry.as_dict() for entry in outcome.drift],
        "findings": [entry.as_dict() for entry in outcome.findings],
        "summary": report.summary_lines(name, outcome),
    }
    if outcome.revision is not None:
        result["revision"] = outcome.revision
    if outcome.previous is not None:
        result["previous_revision"] = outcome.previous
    if outcome.prediction:
        result["prediction"] = outcome.prediction
    if outcome.baked:
        result["baked"] = outcome.baked
    if outcome.addresses:
        result["addresses"] = [
            {"object": entry.object, "url": entry.url, "at": entry.at} for entry in outcome.addresses
        ]
    if outcome.rollout:
        result["rollout"] = outcome.rollout
    if outcome.failed:
        result.update(failed=True, msg=result["summary"][0], evidence=outcome.evidence, restored=outcome.restored)
        if outcome.restored_revision is not None:
            result["restored_revision"] = outcome.restored_revision
    return result


def write_reports(module: AnsibleModule, name: str, result: dict) -> None:
    """A report that cannot be written is a warning: it does not change the result of the release."""
    try:
        result["reports"] = report.write(
            module.params["report"], name, {k: v for k, v in result.items() if k != "diff"}
        )
    except OSError as error:
        module.warn(f"report {module.params['report']} was not written: {error}")


def main() -> None:
    module = AnsibleModule(
        argument_spec=argspec(), required_if=[("state", "present", ["objects"])], supports_check_mode=True
    )
    run(module, execute)


if __name__ == "__main__":
    main()
