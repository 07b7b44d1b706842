#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gke_cluster
short_description: Create, adopt, change or delete a GKE cluster
version_added: 0.1.0
description:
  - Creates a cluster of Google Kubernetes Engine with one autoscaled node pool, or adopts the one that has the name.
  - Reads a cluster that exists and compares it with the options. What differs is a warning and part of the result; it
    is changed only as far as O(update) allows. What needs a new node pool or a new cluster is never done.
  - Waits for each operation and shows its progress. An operation that runs already is waited for first, so that a run
    that was interrupted is continued by the next one.
  - Reads the cluster back after a change, and fails for what GKE has not kept.
  - Credentials are the Application Default Credentials of the account that runs it, or Workload Identity.
author:
  - modelops.serving contributors (!UNKNOWN)
requirements:
  - python >= 3.11
  - google-cloud-container >= 2.50
options:
  state:
    description: V(present) creates or adopts it. V(absent) deletes it, with O(confirm).
    type: str
    choices: [present, absent]
    default: present
  confirm:
    description: PROJECT/LOCATION/NAME of the cluster, without which it is not deleted.
    type: str
    default: ""
  update:
    description:
      - How much of a cluster that exists may be changed.
      - V(none) changes nothing. V(settings) changes what leaves the nodes as they are. V(nodes) also changes what makes
        GKE replace, add or remove nodes, one after another.
    type: str
    choices: [none, settings, nodes]
    default: none
  project:
    description: Google Cloud project.
    type: str
    required: true
  location:
    description: Region of a regional cluster, such as V(europe-west1), or zone of a zonal one.
    type: str
    required: true
  name:
    description: Name of the cluster.
    type: str
    required: true
  autopilot:
    description: An Autopilot cluster, which has no node pools of yours. The options of nodes are then not used.
    type: bool
    default: false
  release_channel:
    description: Channel from which GKE upgrades the cluster.
    type: str
    choices: [rapid, regular, stable, extended]
    default: regular
  network:
    description: Network, by its name or its path.
    type: str
    default: default
  subnetwork:
    description: Subnetwork in the cluster's region. Without it GKE chooses.
    type: str
    default: ""
  pod_range:
    description:
      - Range of the pods of a new cluster, in CIDR form or as the name of a secondary range. Without it GKE chooses.
    type: str
    default: ""
  service_range:
    description: The same for Services.
    type: str
    default: ""
  private_nodes:
    description: Nodes have no public addresses.
    type: bool
    default: true
  public_endpoint:
    description:
      - The control plane has a public address. Without it a new cluster has one, and one that exists is left as it is.
    type: bool
  dns_endpoint:
    description:
      - The control plane can be reached by its DNS name, from outside of the network too. Without it a new cluster
        cannot, and one that exists is left as it is.
    type: bool
  authorized_networks:
    description: Ranges from which the control plane's address may be used. Without any it is left as it is.
    type: list
    elements: str
    default: []
  workload_identity:
    description: Pods have identities of Google Cloud by their ServiceAccounts.
    type: bool
    default: true
  dataplane_v2:
    description: The data plane with Cilium, which enforces network policies.
    type: bool
    default: true
  gateway_api:
    description: GKE's controller of the Gateway API.
    type: bool
    default: false
  labels:
    description: Labels of the cluster. Others that it has are left.
    type: dict
    default: {}
  zones:
    description: Zones of the nodes. Without any GKE chooses, in a region three.
    type: list
    elements: str
    default: []
  pool:
    description: Name of the node pool. Other pools of the cluster are left alone.
    type: str
    default: serving
  machine_type:
    description: Machine type of the nodes.
    type: str
    default: n1-standard-4
  min_nodes:
    description: Nodes that the pool has at least, in all zones together. A new pool begins with them.
    type: int
    default: 3
  max_nodes:
    description: Nodes that the autoscaler may make of them.
    type: int
    default: 9
  disk_type:
    description: Type of the nodes' boot disks. Without it GKE chooses.
    type: str
    default: ""
  disk_gb:
    description: Size of the nodes' boot disks in GB. With 0 GKE chooses.
    type: int
    default: 0
  spot:
    description: Spot virtual machines, which Google may take away.
    type: bool
    default: false
  service_account:
    description: Google service account of the nodes. Without it GKE takes the project's default.
    type: str
    default: ""
  timeout:
    description: Seconds in which everything must be done.
    type: int
    default: 3600
extends_documentation_fragment:
  - modelops.serving.progress
  - action_common_attributes
  - action_common_attributes.flow
attributes:
  check_mode:
    support: full
    details: An operation that runs on the cluster is not waited for.
  diff_mode:
    support: full
  platform:
    support: full
    platforms: posix
notes:
  - E(CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER) is another address of GKE's API, as gcloud has it.
"""

EXAMPLES = r"""
- name: Create or adopt a regional cluster
  modelops.serving.gke_cluster:
    project: example-project
    location: europe-west1
    name: eu-1
    min_nodes: 3
    max_nodes: 12

- name: Show what a larger machine would change
  modelops.serving.gke_cluster:
    project: example-project
    location: europe-west1
    name: eu-1
    machine_type: n1-standard-8
    update: nodes
  check_mode: true
  diff: true

- name: Delete it
  modelops.serving.gke_cluster:
    state: absent
    confirm: example-project/europe-west1/eu-1
    project: example-project
    location: europe-west1
    name: eu-1
"""

RETURN = r"""
changes:
  description: What was (in check mode, would be) done.
  type: list
  elements: str
  returned: success
differences:
  description: In what the cluster is not as the options say, after this run.
  type: list
  elements: dict
  returned: success
  contains:
    option:
      description: The option.
      type: str
    found:
      description: What the cluster has.
      type: raw
    wanted:
      description: What the option says.
      type: raw
    needs:
      description: What changes it, V(settings) and V(nodes) as O(update), V(a new node pool) or V(a new cluster).
      type: str
cluster:
  description: The cluster in the words of the options. Empty when there is none.
  type: dict
  returned: success
host:
  description: The value for the option host of the other modules, which makes them read address and token from Google.
  type: str
  returned: when the cluster exists
summary:
  description: The cluster, for a person.
  type: list
  elements: str
  returned: when the cluster exists
"""

import dataclasses

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.gke import messages, plan, words
from ansible_collections.modelops.serving.plugins.module_utils.gke.client import Gke
from ansible_collections.modelops.serving.plugins.module_utils.variables.text import SCALARS, as_text

OF_THE_RUN = ("state", "confirm", "update", "timeout")


def wanted_of(params: dict) -> messages.Wanted:
    given = {name: value for name, value in params.items() if name not in OF_THE_RUN}
    for name, value in given["labels"].items():
        if not isinstance(value, SCALARS):
            raise ServingError(f"gke_cluster_labels.{name} must be a text, not a list or a mapping.")
    given["labels"] = {str(name): as_text(value) for name, value in given["labels"].items()}
    return messages.Wanted(
        **{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    )


def observed(gke: Gke, check_mode: bool) -> dict | None:
    """The cluster once nothing runs on it any more; in check mode as it is."""
    found = gke.cluster()
    if found is not None and not check_mode and found["status"] in ("PROVISIONING", "RECONCILING", "STOPPING"):
        gke.settle()
        found = gke.cluster()
    return found


def run(params: dict, check_mode: bool, gke: Gke, say) -> dict:
    """The module's result."""
    wanted = gke.wanted
    problems = messages.problems(wanted)
    if problems:
        raise ServingError(" ".join(problems))
    found = observed(gke, check_mode)
    if params["state"] == messages.ABSENT:
        return remove(params, check_mode, gke, found, say)
    if found is not None and plan.broken(found, wanted):
        raise ServingError(plan.broken(found, wanted))
    steps = plan.steps(found, wanted, params["update"])
    before = plan.view(found, wanted)
    result = {
        "changed": bool(steps),
        "changes": [words.doing(step, wanted) for step in steps],
        "diff": shown(wanted, before, plan.after(found, wanted, steps)),
    }
    if steps and not check_mode:
        carry_out(steps, gke, say)
        found = gke.cluster()
        if found is None:
            raise ServingError(f"{wanted.title} is not there any more: does something else delete it?")
        not_kept(found, wanted, steps)
    return result | described(found, wanted, params["update"] if check_mode else plan.NONE)


def carry_out(steps: list[plan.Step], gke: Gke, say) -> None:
    done: list[str] = []
    for step in steps:
        line = words.doing(step, gke.wanted)
        say(line)
        try:
            gke.call(step.call, step.body)
        except ServingError as error:
            before = f" Before that: {'; '.join(done)}. The next run goes on from there." if done else ""
            raise ServingError(f"{error}{before}") from error
        done.append(line)


def not_kept(found: dict, wanted: messages.Wanted, steps: list[plan.Step]) -> None:
    """Read back: fails for what was asked for in this run and is not so."""
    new = any(step.call == plan.CREATE for step in steps)
    changed = {option for step in steps for option in step.options}
    lost = [one for one in plan.differences(found, wanted) if new or one.option in changed]
    if lost:
        says = ", ".join(f"{one.option} {words.shown(one.found)} instead of {words.shown(one.wanted)}" for one in lost)
        raise ServingError(f"GKE has not kept what it was asked for: {wanted.title} has {says}.")


def remove(params: dict, check_mode: bool, gke: Gke, found: dict | None, say) -> dict:
    if found is None:
        return {"changed": False, "changes": [], "differences": [], "cluster": {}}
    problem = plan.unconfirmed(gke.wanted, found, params["confirm"])
    if problem:
        raise ServingError(problem)
    step = plan.Step(plan.DELETE, {})
    if not check_mode:
        carry_out([step], gke, say)
    return {
        "changed": True,
        "changes": [words.doing(step, gke.wanted)],
        "differences": [],
        "cluster": {},
        "diff": shown(gke.wanted, plan.view(found, gke.wanted), {}),
    }


def described(found: dict | None, wanted: messages.Wanted, update: str) -> dict:
    """Of a cluster that exists: what it is, and what differs that such an update leaves."""
    if found is None:
        return {"differences": [], "cluster": {}}
    left = plan.left(plan.differences(found, wanted), update)
    return {
        "differences": [dataclasses.asdict(one) for one in left],
        "warnings": [words.difference(one, wanted) for one in left],
        "cluster": plan.view(found, wanted),
        "host": wanted.host,
        "summary": words.summary(found, wanted),
    }


def shown(wanted: messages.Wanted, before: dict, after: dict) -> list[dict]:
    if before == after:
        return []
    return [{"before_header": wanted.title, "after_header": wanted.title, "before": before, "after": after}]


def main() -> None:
    flag = {"type": "bool", "default": False}
    on = {"type": "bool", "default": True}
    text = {"type": "str", "default": ""}
    texts = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "confirm": text,
            "update": {"type": "str", "choices": ["none", "settings", "nodes"], "default": "none"},
            "project": {"type": "str", "required": True},
            "location": {"type": "str", "required": True},
            "name": {"type": "str", "required": True},
            "autopilot": flag,
            "release_channel": {
                "type": "str",
                "choices": ["rapid", "regular", "stable", "extended"],
                "default": "regular",
            },
            "network": {"type": "str", "default": "default"},
            "subnetwork": text,
            "pod_range": text,
            "service_range": text,
            "private_nodes": on,
            "public_endpoint": {"type": "bool"},
            "dns_endpoint": {"type": "bool"},
            "authorized_networks": texts,
            "workload_identity": on,
            "dataplane_v2": on,
            "gateway_api": flag,
            "labels": {"type": "dict", "default": {}},
            "zones": texts,
            "pool": {"type": "str", "default": "serving"},
            "machine_type": {"type": "str", "default": "n1-standard-4"},
            "min_nodes": {"type": "int", "default": 3},
            "max_nodes": {"type": "int", "default": 9},
            "disk_type": text,
            "disk_gb": {"type": "int", "default": 0},
            "spot": flag,
            "service_account": text,
            "timeout": {"type": "int", "default": 3600},
        },
        supports_check_mode=True,
    )
    progress = Progress()
    try:
        gke = Gke(wanted_of(module.params), module.params["timeout"], progress.say)
        result = run(module.params, module.check_mode, gke, progress.say)
    except ServingError as error:
        module.fail_json(msg=str(error))
    for line in result.pop("warnings", []):
        module.warn(line)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
