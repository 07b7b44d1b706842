#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: resilience
short_description: Try faults on a running service under load, and report what each costs
version_added: 0.1.0
description:
  - Sends a steady load from where this module runs, half of it on kept connections and half on a new one for each
    request. Tries one fault after the other meanwhile, and counts for each what the clients lost.
  - Without O(faults) it does only what a cluster does to its pods on any day. Pods are deleted and evicted, and the
    serving set is released with new pods and rolled back.
  - Leaves the release and its history as it found them, also when it is interrupted. What a run that was killed has
    left is taken back by the next one, before anything else.
  - Fails when a fault cost more than it may. Who is told to go must lose nothing, who goes without a word one request
    in a hundred.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the release.
    type: str
    required: true
  faults:
    description:
      - What is tried, in this order. By default V(pod_deleted), V(pod_evicted) and V(rolling_update).
      - V(configuration), V(scaling) and V(failed_release) release a changed set and take it back. V(node_drained) takes
        the pods off the node that has most of them. V(pod_killed) removes a pod without grace. V(ingress_restarted) and
        V(dns_restarted) delete all pods at O(ingress) and at O(dns), which others use too.
    type: list
    elements: str
    choices:
      - pod_deleted
      - pod_evicted
      - rolling_update
      - configuration
      - scaling
      - failed_release
      - node_drained
      - pod_killed
      - dns_restarted
      - ingress_restarted
    default: []
  url:
    description: Where the predictions are asked for, such as V(http://10.213.0.11/predict).
    type: str
    required: true
  host_header:
    description: Value of the Host header.
    type: str
    default: ""
  body:
    description: What is posted; its first instance. By default the example that the server gives.
    type: dict
  headers:
    description: Headers of every request, such as an API key.
    type: dict
    default: {}
  rate:
    description: Requests a second.
    type: int
    default: 20
  pause:
    description: Seconds of load after each disturbance, in which what it cost comes to light.
    type: int
    default: 10
  timeout:
    description: Seconds that the service may take until all replicas are ready again.
    type: int
    default: 180
  program:
    description: Path of the load generator, built from C(load/go).
    type: path
    required: true
  ingress:
    description: Namespace and selector of the ingress controller's pods.
    type: dict
    default: {}
    suboptions:
      namespace:
        description: Their namespace.
        type: str
        default: ingress-nginx
      selector:
        description: Their labels.
        type: str
        default: app.kubernetes.io/name=ingress-nginx
  dns:
    description: Namespace and selector of the pods of the cluster's DNS.
    type: dict
    default: {}
    suboptions:
      namespace:
        description: Their namespace.
        type: str
        default: kube-system
      selector:
        description: Their labels.
        type: str
        default: k8s-app=kube-dns
  report:
    description:
      - Path of the reports without suffix. The number of the revision that was tried is added, then C(.json), C(.xml)
        and C(.html). Empty writes none.
      - They are compared with the newest report there of this revision or of an older one.
    type: str
    default: ""
extends_documentation_fragment:
  - modelops.serving.certificate_of_url
  - kubernetes.core.k8s_auth_options
  - modelops.serving.kube
  - modelops.serving.progress
  - action_common_attributes
  - action_common_attributes.flow
requirements:
  - the load generator, which C(playbooks/resilience.yml) builds
attributes:
  check_mode:
    support: partial
    details: It refuses what cannot be, and says what it would do. Neither the cluster nor O(url) is asked.
  diff_mode:
    support: none
seealso:
  - module: modelops.serving.load_test
  - module: modelops.serving.verify
"""

EXAMPLES = r"""
- name: See what the usual disturbances cost
  modelops.serving.resilience:
    name: model-api
    namespace: ml-serving
    url: http://10.213.0.11/predict
    program: /usr/local/bin/load-generator
    report: reports/resilience

- name: Drain a node, too
  modelops.serving.resilience:
    name: model-api
    namespace: ml-serving
    url: http://10.213.0.11/predict
    program: /usr/local/bin/load-generator
    faults: [rolling_update, node_drained]
    rate: 100
"""

RETURN = r"""
rows:
  description:
    - The load before anything was disturbed, then each disturbance. Each has fault, title, began, seconds, requests,
      lost, by what, p50, p99 and longest in milliseconds, recovered (seconds until the last loss), whole (seconds until
      all replicas were ready), loss (the share that may be lost) and held.
  returned: when the load ran
  type: list
  elements: dict
settings:
  description: The settings of the release that decide what a fault costs.
  returned: when the load ran
  type: dict
revision:
  description: The revision that was tried.
  returned: when the load ran
  type: int
reports:
  description: The files that were written.
  returned: when the load ran, and in check mode
  type: list
  elements: str
summary:
  description: The same for a person; in check mode what would be done.
  returned: when the load ran, and in check mode
  type: list
  elements: str
api_requests:
  description: Requests made to the API server.
  returned: always
  type: int
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.client.http import header_texts
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.module import run, with_target
from ansible_collections.modelops.serving.plugins.module_utils.common import report_files
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.load.source import certificates, example
from ansible_collections.modelops.serving.plugins.module_utils.load_test.interruption import stop_when_unread
from ansible_collections.modelops.serving.plugins.module_utils.load_test.plan import plan
from ansible_collections.modelops.serving.plugins.module_utils.load_test.profiles import Step
from ansible_collections.modelops.serving.plugins.module_utils.resilience import acts, report, trial
from ansible_collections.modelops.serving.plugins.module_utils.resilience.faults import FAULTS, Fault, chosen

PLACES = {
    "ingress": {"namespace": "ingress-nginx", "selector": "app.kubernetes.io/name=ingress-nginx"},
    "dns": {"namespace": "kube-system", "selector": "k8s-app=kube-dns"},
}
# Of load for one fault beside its timeouts: it has two disturbances at most, each with a clean-up.
EACH = 300


def argspec() -> dict:
    places = {
        place: {
            "type": "dict",
            "default": {},
            "options": {name: {"type": "str", "default": value} for name, value in where.items()},
        }
        for place, where in PLACES.items()
    }
    return with_target(
        {
            "faults": {"type": "list", "elements": "str", "choices": list(FAULTS), "default": []},
            "url": {"type": "str", "required": True},
            "ca_cert_of_url": {"type": "path"},
            "validate_certs_of_url": {"type": "bool", "default": True},
            "host_header": {"type": "str", "default": ""},
            "body": {"type": "dict"},
            "headers": {"type": "dict", "default": {}},
            "rate": {"type": "int", "default": 20},
            "pause": {"type": "int", "default": 10},
            "timeout": {"type": "int", "default": 180},
            "program": {"type": "path", "required": True},
            **places,
            "report": {"type": "str", "default": ""},
        }
    )


def execute(module: AnsibleModule, kube: Kube) -> dict:
    params = module.params
    if params["rate"] < 1:
        raise ServingError(f"rate {params['rate']} (model_resilience_rate): no request would be sent. Give at least 1.")
    faults = chosen(params["faults"])
    if module.check_mode:
        return {"changed": True, "reports": [], "summary": intended(params, faults)}
    if params["report"]:
        report_files.refuse_unwritable(params["report"], "model_resilience_report")
    stop_when_unread()
    return result_of(params, trial.run(target(params, kube, faults), faults, acts.ACTS))


def intended(params: dict, faults: list[Fault]) -> list[str]:
    what = f"would send {params['rate']} requests a second to {params['url']}, and meanwhile:"
    return [f"{params['name']}: {what}", *(f"  {fault.words}" for fault in faults)]


def target(params: dict, kube: Kube, faults: list[Fault]) -> trial.Target:
    headers = header_texts(params["headers"])
    body = params["body"] or example(kube, params["namespace"], params["name"], headers)
    more = {"insecure": not params["validate_certs_of_url"], "ca": certificates(params["ca_cert_of_url"]) or ""}

    def planned(rate: float, seconds: float) -> dict:
        return plan(params["url"], params["host_header"], body, 1, [Step(rate, seconds)], headers) | more

    return trial.Target(
        kube,
        params["namespace"],
        params["name"],
        params["program"],
        planned,
        params["rate"],
        longest=len(faults) * (2 * params["timeout"] + EACH),
        timeout=params["timeout"],
        pause=params["pause"],
        places={place: {**where, **params[place]} for place, where in PLACES.items()},
        progress=Progress(),
    )


def result_of(params: dict, seen: trial.Trial) -> dict:
    title = f"Resilience of {params['name']} in {params['namespace']}"
    result = {
        "changed": True,
        "rows": [row.as_dict() for row in seen.rows],
        "settings": seen.settings,
        "revision": seen.revision,
        "summary": report.summary(title, seen),
        "reports": [],
    }
    if params["report"]:
        try:
            result["reports"] = report.write(params["report"], title, seen)
        except OSError as error:
            raise ServingError(f"the report cannot be written: {error}") from error
    crossed = [f"{row.title}: {report.sentence(row)}" for row in seen.rows if not row.held]
    crossed += [seen.problem] if seen.problem else []
    if crossed:
        result |= {"failed": True, "msg": "; ".join(crossed)}
    return result


def main() -> None:
    run(AnsibleModule(argument_spec=argspec(), supports_check_mode=True), execute)


if __name__ == "__main__":
    main()
