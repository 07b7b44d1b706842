#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: diagnose
short_description: Find out what is wrong with a running service, layer by layer
version_added: 0.1.0
description:
  - Checks the release, the Deployment, its pods, its Services and their endpoints, the Ingress with its class and
    backends, an OpenShift Route with what its routers say, an HTTPRoute with its Gateways and their listeners, and the
    autoscaler. Sends one request to the Service and one through the ingress.
  - Names for each layer what is wrong and what to do about it. Changes nothing.
  - Uses the same rules as M(modelops.serving.release) and M(modelops.serving.hpa_verify).
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the release, which is also the name of its Deployment.
    type: str
    required: true
  path:
    description: Path to request, such as that of the health check.
    type: str
    default: /health
  url:
    description:
      - Root address of the ingress, such as V(https://models.example.com). By default the address in the
        status of the Ingress, of the Route or of the HTTPRoute's Gateway.
    type: str
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - modelops.serving.kube
  - modelops.serving.read_only
  - action_common_attributes
seealso:
  - module: modelops.serving.hpa_verify
  - module: modelops.serving.release_info
"""

EXAMPLES = r"""
- name: Find out what is wrong
  modelops.serving.diagnose:
    name: model-api
    namespace: ml-serving
  register: diagnosis

- name: Show it
  ansible.builtin.debug:
    var: diagnosis.summary
"""

RETURN = r"""
healthy:
  description: V(true) when no layer failed.
  returned: always
  type: bool
layers:
  description: The layers, in the order in which a request depends on them.
  returned: always
  type: list
  elements: dict
  contains:
    layer:
      description: Its name.
      type: str
    state:
      description: V(ok), V(failed), V(absent) when the layer does not exist or cannot be tested, or V(unknown) when it
        may not be read.
      type: str
    detail:
      description: One line about the layer, such as V(3 of 3 ready, 0 restarts).
      type: str
    findings:
      description: What is wrong in it. Same fields as RV(modelops.serving.rollout_wait#module:findings).
      type: list
      elements: dict
findings:
  description: The findings of all layers.
  returned: always
  type: list
  elements: dict
evidence:
  description: States, events and log tails of pods that have findings.
  returned: when a pod has one
  type: dict
summary:
  description: The layers and findings as at most 25 lines of text.
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
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import MAX_LINES, finding_lines
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis import layers
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis.collect import collect
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis.layers import diagnose
from ansible_collections.modelops.serving.plugins.module_utils.rollout import evidence

PATIENCE = 30.0


def argspec() -> dict:
    return with_target(
        {
            "path": {"type": "str", "default": "/health"},
            "url": {"type": "str"},
        }
    )


def execute(module: AnsibleModule, kube: Kube) -> dict:
    params = module.params
    kube.deadline = time.monotonic() + PATIENCE
    facts = collect(kube, params["namespace"], params["name"], params["path"], params["url"])
    layers = diagnose(facts, time.time())
    findings = [entry for layer in layers for entry in layer.findings]
    result = {"changed": False, "healthy": not findings}
    if any(entry.pods for entry in findings):
        about_pods = [entry for entry in findings if entry.pods]
        result["evidence"] = evidence.gather(kube, params["namespace"], facts.snapshot, about_pods)
    result["layers"] = [layer.as_dict() for layer in layers]
    result["findings"] = [entry.as_dict() for entry in findings]
    result["summary"] = summary(layers)
    return result


def summary(layers: list[layers.Layer]) -> list[str]:
    """One line for each layer; below a failed one, its first findings with their remedies."""
    lines = []
    for layer in layers:
        lines.append(f"{layer.state:<7} {layer.layer}: {layer.detail}")
        lines += [f"          {line}" for line in finding_lines(layer.findings[:2])]
    return lines[:MAX_LINES]


def main() -> None:
    run(AnsibleModule(argument_spec=argspec(), supports_check_mode=True), execute)


if __name__ == "__main__":
    main()
