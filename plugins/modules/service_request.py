#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_request
short_description: Send an HTTP request to a Service through the API server's proxy
version_added: 0.1.0
description:
  - Reaches a Service of any type from wherever the API server can be reached, without port-forward or ingress.
  - The request is tried again while the Service answers with a proxy error (no endpoint yet), until O(timeout).
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the Service.
    type: str
    required: true
  port:
    description: Port of the Service, its name or its number. By default the one that is named like O(scheme).
    type: str
  scheme:
    description:
      - Protocol of that port.
      - With V(https) the API server does not verify the certificate.
    type: str
    choices: [http, https]
    default: http
  path:
    description: Path of the request, with a query if it has one.
    type: str
    default: /
  method:
    description: HTTP method.
    type: str
    choices: [GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS]
    default: GET
  headers:
    description: Headers of the request. C(Authorization) is the API server's own and cannot be given.
    type: dict
    default: {}
  body:
    description: Body of the request. A dictionary or a list is sent as JSON, anything else as it is.
    type: raw
  status_code:
    description: Expected statuses; any other fails the module.
    type: list
    elements: int
    default: [200]
  timeout:
    description: Seconds for an answer, retries included.
    type: int
    default: 30
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - modelops.serving.kube
  - action_common_attributes
attributes:
  check_mode:
    support: partial
    details: GET, HEAD and OPTIONS are sent, the other methods are skipped.
  diff_mode:
    support: none
notes:
  - The user needs the verb of the method (C(get), C(create) and so on) on C(services/proxy).
"""

EXAMPLES = r"""
- name: Ask for a prediction
  modelops.serving.service_request:
    name: model-api
    namespace: ml-serving
    path: /predict
    method: POST
    body:
      instances: [[5.1, 3.5, 1.4, 0.2]]
  register: prediction

- name: Expect a client error for bad input
  modelops.serving.service_request:
    name: model-api
    namespace: ml-serving
    path: /predict
    method: POST
    body: not json
    status_code: [400, 422]
"""

RETURN = r"""
status:
  description: HTTP status of the answer.
  returned: when there was an answer
  type: int
content:
  description: Body of the answer as text.
  returned: when there was an answer
  type: str
json:
  description: Body of the answer, when it is JSON.
  returned: when the body is JSON
  type: raw
headers:
  description: Headers of the answer, names in lower case.
  returned: when there was an answer
  type: dict
elapsed:
  description: Seconds that the answered request took.
  returned: when there was an answer
  type: float
api_requests:
  description: Requests made to the API server.
  returned: always
  type: int
"""

import contextlib
import json
import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.client.http import header_texts
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.module import run, with_target

READING = ("GET", "HEAD", "OPTIONS")


def argspec() -> dict:
    return with_target(
        {
            "port": {"type": "str"},
            "scheme": {"type": "str", "choices": ["http", "https"], "default": "http"},
            "path": {"type": "str", "default": "/"},
            "method": {
                "type": "str",
                "choices": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
                "default": "GET",
            },
            "headers": {"type": "dict", "default": {}},
            "body": {"type": "raw"},
            "status_code": {"type": "list", "elements": "int", "default": [200]},
            "timeout": {"type": "int", "default": 30},
        }
    )


def execute(module: AnsibleModule, kube: Kube) -> dict:
    params = module.params
    if module.check_mode and params["method"] not in READING:
        return {"changed": False, "skipped": True, "msg": f"{params['method']} is not sent in check mode"}
    kube.deadline = time.monotonic() + params["timeout"]
    headers = header_texts(params["headers"])
    body = params["body"]
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
        headers.setdefault("Content-Type", "application/json")
    answer = kube.proxy(
        params["namespace"],
        params["name"],
        params["port"] or params["scheme"],
        params["method"],
        params["path"],
        headers,
        body,
        params["scheme"],
    )
    result = {"changed": params["method"] not in READING, **answer}
    with contextlib.suppress(ValueError):
        result["json"] = json.loads(answer["content"])
    if answer["status"] not in params["status_code"]:
        wanted = ", ".join(str(status) for status in params["status_code"])
        result["failed"] = True
        result["msg"] = (
            f"{params['method']} {params['path']} of Service/{params['name']}: status {answer['status']}, "
            f"expected {wanted}: {answer['content'][:200]}"
        )
    return result


def main() -> None:
    run(AnsibleModule(argument_spec=argspec(), supports_check_mode=True), execute)


if __name__ == "__main__":
    main()
