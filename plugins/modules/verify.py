#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: verify
short_description: Check one line of the checklist of a service that runs
version_added: 0.1.0
description:
  - Checks one thing for real and returns what was seen. A check that fails does not fail the task, so that the rest of
    the checklist is checked too; M(modelops.serving.verify_report) fails when a line did.
  - V(hpa_up), V(hpa_down), V(rolling_update) and V(rollback) load or change the service. They are done with
    O(disturb=true) only, and leave it as they found it.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the release.
    type: str
    required: true
  line:
    description: What to check.
    type: str
    required: true
    choices:
      - pods_start
      - health_checks
      - load_balancing
      - hpa_up
      - hpa_down
      - rolling_update
      - rollback
      - ingress
      - monitoring
      - logs
  disturb:
    description: Do the lines that load or change the service. Without it they are skipped.
    type: bool
    default: false
  url:
    description: Root address of the service as seen from outside; by default the address that its Ingress tells.
    type: str
    default: ""
  host_header:
    description: Value of the Host header; by default the host of its Ingress.
    type: str
    default: ""
  path:
    description: Path that predicts.
    type: str
    default: /predict
  body:
    description: What is posted; by default the example that the server tells of its model.
    type: dict
  prometheus:
    description: Prometheus to ask, with C(namespace), C(service) and C(port); by default the one of an operator.
    type: dict
    default: {}
  load:
    description: The load of V(hpa_up) and V(hpa_down), as in O(modelops.serving.hpa_verify#module:load).
    type: dict
    default: {}
  timeout:
    description: Seconds for the rise of the replicas, and for an update or a rollback.
    type: int
    default: 180
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - action_common_attributes
  - modelops.serving.kube
attributes:
  check_mode:
    support: partial
    details: The lines that disturb are skipped.
  diff_mode:
    support: none
seealso:
  - module: modelops.serving.verify_report
  - module: modelops.serving.hpa_verify
"""

EXAMPLES = r"""
- name: See that load balances across the pods
  modelops.serving.verify:
    name: model-api
    namespace: ml-serving
    line: load_balancing
  register: balanced

- name: Show what was seen
  ansible.builtin.debug:
    msg: "{{ balanced.result.evidence }}"
"""

RETURN = r"""
result:
  description: The line.
  returned: always
  type: dict
  contains:
    name:
      description: As O(line).
      type: str
    title:
      description: The same in words.
      type: str
    state:
      description: V(passed), V(failed) or V(skipped).
      type: str
    evidence:
      description: What was seen; of a failure first what is wrong.
      type: list
      elements: str
    reason:
      description: One word for what is wrong.
      type: str
    remedy:
      description: What to do about it.
      type: str
    seconds:
      description: How long it took.
      type: float
api_requests:
  description: Requests made to the API server.
  returned: always
  type: int
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.checklist import checks as checklist_checks
from ansible_collections.modelops.serving.plugins.module_utils.checklist import disturbing, verdicts
from ansible_collections.modelops.serving.plugins.module_utils.checklist.checks import Target
from ansible_collections.modelops.serving.plugins.module_utils.checklist.verdicts import Line
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.module import run, with_target
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

PATIENCE = 60.0


def argspec() -> dict:
    return with_target(
        {
            "line": {"type": "str", "required": True, "choices": list(verdicts.TITLES)},
            "disturb": {"type": "bool", "default": False},
            "url": {"type": "str", "default": ""},
            "host_header": {"type": "str", "default": ""},
            "path": {"type": "str", "default": "/predict"},
            "body": {"type": "dict"},
            "prometheus": {"type": "dict", "default": {}},
            "load": {"type": "dict", "default": {}},
            "timeout": {"type": "int", "default": 180},
        }
    )


def check(target: Target, params: dict) -> Line:
    """The line. What keeps it from being checked fails it: unknown never passes."""
    name = params["line"]
    target.kube.deadline = time.monotonic() + PATIENCE
    try:
        if name in verdicts.DISTURBING:
            return disturbing.CHECKS[name](target, params["load"], params["timeout"])
        return checklist_checks.CHECKS[name](target)
    except ServingError as error:
        return verdicts.failed(name, "CannotCheck", str(error), "See the message.")


def execute(module: AnsibleModule, kube: Kube) -> dict:
    params = module.params
    name = params["line"]
    disturbs = name in verdicts.DISTURBING
    if disturbs and (module.check_mode or not params["disturb"]):
        why = "it loads or changes the service, and was not asked for (model_verify_disturb)"
        return {"changed": False, "result": Line(name, verdicts.SKIPPED, [why]).as_dict()}
    given = {key: params[key] for key in ("namespace", "name", "url", "path", "body", "prometheus")}
    given["host"] = params["host_header"]
    began = time.monotonic()
    line = check(Target(kube, **given), params)
    line.seconds = round(time.monotonic() - began, 1)
    return {"changed": name in ("rolling_update", "rollback"), "result": line.as_dict()}


def main() -> None:
    run(AnsibleModule(argument_spec=argspec(), supports_check_mode=True), execute)


if __name__ == "__main__":
    main()
