#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Check, before anything is changed, whether a release can succeed on this cluster
version_added: 0.1.0
description:
  - Names the identity and the cluster, and checks API versions, exactly the permissions that the release needs, the
    metrics APIs, the ingress class and other Ingresses with the same address, capacity and quota for the largest number
    of replicas, and the namespace's Pod Security level.
  - Refuses to use a pod's own ServiceAccount without O(allow_in_cluster).
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the release.
    type: str
    required: true
  objects:
    description: The set that will be released.
    type: list
    elements: dict
    default: []
  allow_in_cluster:
    description: Allow the ServiceAccount of the pod that this runs in, when no credentials are given.
    type: bool
    default: false
  create_namespace:
    description: Whether the release will create a missing namespace.
    type: bool
    default: true
  where_served:
    description: API groups whose objects the release leaves out where the API server does not serve them.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - modelops.serving.kube
  - modelops.serving.read_only
  - action_common_attributes
seealso:
  - module: modelops.serving.release
"""

EXAMPLES = r"""
- name: Check before the release
  modelops.serving.preflight:
    name: model-api
    namespace: ml-serving
    objects: "{{ manifests }}"
"""

RETURN = r"""
identity:
  description: The user, by the API server's own answer.
  returned: when the server reports it
  type: str
host:
  description: Address of the API server.
  returned: always
  type: str
version:
  description: Version of the API server.
  returned: always
  type: str
api_versions:
  description: Group versions that the API server serves, so that a play can choose what to release.
  returned: always
  type: list
  elements: str
  sample: [apps/v1, autoscaling/v2, monitoring.coreos.com/v1, v1]
checks:
  description: The checks.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: What was checked.
      type: str
    state:
      description: V(ok), V(note), V(warning) or V(failed).
      type: str
    message:
      description: What was found.
      type: str
    remedy:
      description: What to do about it.
      type: str
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

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.module import run, with_target
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.preflight.checks import (
    FAILED,
    WARNING,
    Check,
    earlier,
    run_checks,
    sentences,
)
from ansible_collections.modelops.serving.plugins.module_utils.preflight.gather import (
    denied_on,
    gather_facts,
    without_unserved,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import only_earlier

PATIENCE = 20.0


def argspec() -> dict:
    return with_target(
        {
            "objects": {"type": "list", "elements": "dict", "default": []},
            "allow_in_cluster": {"type": "bool", "default": False},
            "create_namespace": {"type": "bool", "default": True},
            "where_served": {"type": "list", "elements": "str", "default": []},
        }
    )


def execute(module: AnsibleModule, kube: Kube) -> dict:
    params = module.params
    kube.deadline = time.monotonic() + PATIENCE
    objects = without_unserved(kube, params["objects"], params["where_served"])
    objects = object_set.prepare(objects, params["name"], params["namespace"])
    found = gather_facts(kube, params["namespace"], objects)
    checks = run_checks(found, objects, params["namespace"], params["allow_in_cluster"], params["create_namespace"])
    failed = sentences(checks, FAILED)
    checks += [] if failed else of_earlier(kube, params["name"], params["namespace"], objects)
    result = {
        "changed": False,
        "identity": found.identity,
        "host": found.host,
        "version": found.version,
        "api_versions": found.api_versions,
        "checks": [check.as_dict() for check in checks],
        "summary": [line(check) for check in checks],
    }
    for warning in sentences(checks, WARNING):
        module.warn(warning)
    if failed:
        result["failed"] = True
        result["msg"] = "; ".join(failed)
    return result


def of_earlier(kube: Kube, name: str, namespace: str, objects: list) -> list[Check]:
    """None where there is no earlier revision with other kinds, or where the history may not be read: that is a check
    of its own."""
    try:
        numbers = only_earlier(History(kube, namespace, name).read().entries, objects)
    except KubeError as error:
        if error.status != 403:
            raise
        return []
    return [earlier(denied_on(kube, namespace, set(numbers)), numbers)] if numbers else []


def line(check: Check) -> str:
    remedy = f" ({check.remedy})" if check.remedy else ""
    return f"{check.state:<8} {check.name}: {check.message}{remedy}"


def main() -> None:
    run(AnsibleModule(argument_spec=argspec(), supports_check_mode=True), execute)


if __name__ == "__main__":
    main()
