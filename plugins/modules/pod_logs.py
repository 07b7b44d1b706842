#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pod_logs
short_description: Read the logs of all pods of a workload, merged by time
version_added: 0.1.0
description:
  - Reads the logs of all pods of a Deployment side by side and merges them by time, with the pod's name and the level
    on each line.
  - Filters by level and by request id, so that one request can be followed through all pods.
  - Reads lines of JSON and of plain text. Likely credentials are hidden.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the Deployment.
    type: str
    required: true
  container:
    description: Name of the container; by default the pods' first.
    type: str
  request_id:
    description: Only lines of the request with this id.
    type: str
    default: ""
  level:
    description: Only lines of this level and above. Then lines without a level are left out.
    type: str
    choices: ["", DEBUG, INFO, WARNING, ERROR, CRITICAL]
    default: ""
  since:
    description: Only lines of this many last seconds; 0 is all that the nodes keep.
    type: int
    default: 3600
  tail:
    description: Only this many last lines of each pod, before filtering; 0 is all.
    type: int
    default: 0
  limit:
    description: Return at most this many lines, the last ones.
    type: int
    default: 500
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - modelops.serving.kube
  - modelops.serving.read_only
  - action_common_attributes
seealso:
  - module: modelops.serving.release_info
"""

EXAMPLES = r"""
- name: Follow one request through all replicas
  modelops.serving.pod_logs:
    name: model-api
    namespace: ml-serving
    request_id: 0d6a197bc19f-5d2f

- name: What went wrong in the last ten minutes
  modelops.serving.pod_logs:
    name: model-api
    namespace: ml-serving
    level: WARNING
    since: 600
"""

RETURN = r"""
lines:
  description: The lines, oldest first.
  returned: always
  type: list
  elements: dict
  contains:
    time:
      description: When the node received it, RFC 3339.
      type: str
    pod:
      description: The last two parts of the pod's name, which identify it in the Deployment.
      type: str
    level:
      description: The level, empty where the line has none.
      type: str
    request_id:
      description: The request's id, empty where the line has none.
      type: str
    message:
      description: The message, and the other fields of a line of JSON.
      type: str
matched:
  description: Number of matching lines before O(limit).
  returned: always
  type: int
pods:
  description: The pods that were read.
  returned: always
  type: list
  elements: str
problems:
  description: What could not be read, by the pod's name.
  returned: always
  type: dict
summary:
  description: The lines as text.
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
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import name_of, selector_parameter
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis import merged_logs

PATIENCE = 30.0


def argspec() -> dict:
    return with_target(
        {
            "container": {"type": "str"},
            "request_id": {"type": "str", "default": ""},
            "level": {"type": "str", "choices": ["", *merged_logs.LEVELS], "default": ""},
            "since": {"type": "int", "default": 3600},
            "tail": {"type": "int", "default": 0},
            "limit": {"type": "int", "default": 500},
        }
    )


def execute(module: AnsibleModule, kube: Kube) -> dict:
    params = module.params
    kube.deadline = time.monotonic() + PATIENCE
    deployment = kube.need(find("Deployment"), params["namespace"], params["name"], "correct name or namespace")
    selector = selector_parameter(deployment["spec"]["selector"])
    pods = kube.list(find("Pod"), params["namespace"], selector)["items"]
    texts, problems = merged_logs.read(kube, pods, params["container"], params["since"], params["tail"])
    lines = merged_logs.merge(texts, params["level"], params["request_id"])
    shown = lines[-params["limit"] :]
    for name, problem in problems.items():
        module.warn(f"the log of {name} cannot be read: {problem}")
    result = {
        "changed": False,
        "lines": [line.as_dict() for line in shown],
        "matched": len(lines),
        "pods": sorted(name_of(pod) for pod in pods),
        "problems": problems,
        "summary": [line.text for line in shown] or [f"no matching line in the logs of {len(pods)} pods"],
    }
    if pods and not texts:
        result |= {"failed": True, "msg": f"the log of no pod can be read: {next(iter(problems.values()))}"}
    return result


def main() -> None:
    run(AnsibleModule(argument_spec=argspec(), supports_check_mode=True), execute)


if __name__ == "__main__":
    main()
