#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: verify
short_description: Check one line of the checklist of a running service
version_added: 0.1.0
description:
  - Tests one thing on the running service and returns the evidence. A failed check does not fail the task, so the other
    lines are checked too. M(modelops.serving.verify_report) fails if a line failed.
  - V(hpa_up), V(hpa_down), V(rolling_update) and V(rollback) load or change the service. They run only with
    O(disturb=true), and leave the service as it was before.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the release.
    type: str
    required: true
  line:
    description: The line to check.
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
    description: Run the lines that load or change the service. Otherwise they are skipped.
    type: bool
    default: false
  url:
    description: Root address of the service for clients; by default the address in its Ingress's status.
    type: str
    default: ""
  host_header:
    description: The Host header; by default the host of its Ingress.
    type: str
    default: ""
  path:
    description: Path of predictions.
    type: str
    default: /predict
  body:
    description: Body of the requests; by default the example of its model that the server shows at C(/).
    type: dict
  headers:
    description: Headers of every request for a prediction, such as an API key.
    type: dict
    default: {}
  prometheus:
    description: The Prometheus to query, with C(namespace), C(service) and C(port); by default the Operator's.
    type: dict
    default: {}
  load:
    description: The load of V(hpa_up) and V(hpa_down), as in O(modelops.serving.hpa_verify#module:load).
    type: dict
    default: {}
  timeout:
    description: Seconds in which the replicas must rise, and in which an update or a rollback must finish.
    type: int
    default: 180
extends_documentation_fragment:
  - modelops.serving.certificate_of_url
  - kubernetes.core.k8s_auth_options
  - modelops.serving.kube
  - modelops.serving.progress
  - action_common_attributes
  - action_common_attributes.flow
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
- name: Check that load balances across the pods
  modelops.serving.verify:
    name: model-api
    namespace: ml-serving
    line: load_balancing
  register: balanced

- name: Show the evidence
  ansible.builtin.debug:
    msg: "{{ balanced.result.evidence }}"
"""

RETURN = r"""
result:
  description: The line and its result.
  returned: always
  type: dict
  contains:
    name:
      description: As O(line).
      type: str
    title:
      description: The line as a sentence, such as V(Load balances across pods).
      type: str
    state:
      description: V(passed), V(failed) or V(skipped).
      type: str
    evidence:
      description: What was measured; for a failure first what is wrong.
      type: list
      elements: str
    reason:
      description: One word for what is wrong; empty if nothing.
      type: str
    remedy:
      description: What to do about it.
      type: str
    seconds:
      description: Duration of the check.
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
from ansible_collections.modelops.serving.plugins.module_utils.client.http import header_texts
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
            "ca_cert_of_url": {"type": "path"},
            "validate_certs_of_url": {"type": "bool", "default": True},
            "host_header": {"type": "str", "default": ""},
            "path": {"type": "str", "default": "/predict"},
            "body": {"type": "dict"},
            "headers": {"type": "dict", "default": {}},
            "prometheus": {"type": "dict", "default": {}},
            "load": {"type": "dict", "default": {}},
            "timeout": {"type": "int", "default": 180},
        }
    )


def check(target: Target, params: dict) -> Line:
    """The line. An error during the check fails it: unknown never passes."""
    name = params["line"]
    target.kube.deadline = time.monotonic() + PATIENCE
    try:
        if name in verdicts.DISTURBING:
            return disturbing.CHECKS[name](target, params["load"], params["timeout"])
        return checklist_checks.CHECKS[name](target)
    except ServingError as error:
        return verdicts.failed(name, "CannotCheck", str(error), "The message says what to do.")


def execute(module: AnsibleModule, kube: Kube) -> dict:
    params = module.params
    name = params["line"]
    disturbs = name in verdicts.DISTURBING
    if disturbs and (module.check_mode or not params["disturb"]):
        why = "it loads or changes the service: set model_verify_disturb=true to run it"
        return {"changed": False, "result": verdicts.skipped(name, why).as_dict()}
    given = {key: params[key] for key in ("namespace", "name", "url", "path", "body", "prometheus")}
    given["headers"] = header_texts(params["headers"])
    given["host"] = params["host_header"]
    given |= {"ca_cert": params["ca_cert_of_url"], "validate_certs": params["validate_certs_of_url"]}
    began = time.monotonic()
    target = Target(kube, **given)
    target.progress.note(verdicts.TITLES[name])
    line = check(target, params)
    line.seconds = round(time.monotonic() - began, 1)
    return {"changed": name in ("rolling_update", "rollback"), "result": line.as_dict()}


def main() -> None:
    run(AnsibleModule(argument_spec=argspec(), supports_check_mode=True), execute)


if __name__ == "__main__":
    main()
