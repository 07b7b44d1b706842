#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: load_test
short_description: Load a service with k6 and watch its autoscaler meanwhile
version_added: 0.1.0
description:
  - Runs k6 where this module runs or as a Job in the cluster, watches the autoscaler, its pods and the latency
    meanwhile, and judges what came of it.
  - Fails when a threshold was crossed. A request failed, an answer was wrong, the 95th percentile was too high, a pod
    restarted, or the replicas did not rise or come back as asked for.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the HorizontalPodAutoscaler.
    type: str
    required: true
  url:
    description:
      - Where the predictions are asked for, such as V(http://10.213.0.11/predict).
      - With O(source=cluster) by default C(/predict) of the Service that has the autoscaler's name.
    type: str
    default: ""
  source:
    description: V(controller) runs k6 where this module runs, V(cluster) as a Job, removed afterwards.
    type: str
    choices: [controller, cluster]
    default: controller
  image:
    description: Image of the Job, with k6 in it, such as V(grafana/k6:1.8.1). O(source=cluster) needs it.
    type: str
    default: ""
  job_namespace:
    description:
      - Namespace of the Job, for example one that a NetworkPolicy lets in; by default O(namespace).
    type: str
    default: ""
  profile:
    description:
      - V(smoke) is a few requests, V(steady) a constant rate for minutes, V(spike) a sudden rise to the full rate,
        V(soak) a constant rate for an hour.
    type: str
    choices: [smoke, steady, spike, soak]
    default: smoke
  program:
    description: Path of k6, on this machine or in O(image).
    type: path
    required: true
  script:
    description: Path of the script.
    type: path
    required: true
  rate:
    description: Requests a second at full load; 0 is the profile's.
    type: int
    default: 0
  duration:
    description: Seconds of full load; 0 is the profile's.
    type: int
    default: 0
  rows:
    description:
      - Instances in each request.
      - V(0) finds O(rows) and O(rate) by what a few requests cost the pods, so that the autoscaler should want one
        replica more than O(replicas). That needs an autoscaler that goes by a percentage of CPU, and the counter
        C(model_server_cpu_seconds_total) on the pods' port C(metrics).
    type: int
    default: 1
  most_rate:
    description: Requests a second that one client may send, where O(rows=0) finds the load; 0 for any number.
    type: int
    default: 0
  most_rows:
    description: Instances that the server takes in one request, where O(rows=0) finds the load.
    type: int
    default: 10000
  body:
    description: What is posted; its first instance is repeated. By default the example that the server tells.
    type: dict
  host_header:
    description: Value of the Host header.
    type: str
    default: ""
  p95:
    description: Milliseconds that 95 % of the requests must stay below.
    type: float
    default: 500
  replicas:
    description: Replicas that must be wanted within O(rise) seconds of full load; 0 asks for none.
    type: int
    default: 0
  rise:
    description: Seconds for O(replicas).
    type: float
    default: 60
  fall_timeout:
    description: Seconds in which the replicas must be back after the load; 0 does not wait for that.
    type: int
    default: 0
  report:
    description:
      - Path of the reports without suffix; C(.json), C(.xml), C(.png) and C(.html) are written. Empty writes none.
    type: str
    default: ""
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - action_common_attributes
  - modelops.serving.kube
requirements:
  - k6
  - matplotlib, for O(report)
attributes:
  check_mode:
    support: none
    details: It is skipped.
  diff_mode:
    support: none
seealso:
  - module: modelops.serving.hpa_verify
"""

EXAMPLES = r"""
- name: See that the service takes a spike
  modelops.serving.load_test:
    name: model-api
    namespace: ml-serving
    url: http://10.213.0.11/predict
    profile: spike
    rows: 0
    most_rate: 95
    replicas: 6
    fall_timeout: 600
    program: /usr/local/bin/k6
    script: load/predict.js
    report: reports/spike

- name: Send from inside the cluster, past the ingress
  modelops.serving.load_test:
    name: model-api
    namespace: ml-serving
    source: cluster
    image: grafana/k6:1.8.1
    program: k6
    script: load/predict.js
"""

RETURN = r"""
thresholds:
  description: What had to hold, each with name, held and value.
  returned: when the load ran
  type: list
  elements: dict
numbers:
  description: Requests, rate, failed, latency in milliseconds, replicas before, most and after, restarts, seconds.
  returned: when the load ran
  type: dict
reports:
  description: The files that were written.
  returned: when the load ran
  type: list
  elements: str
summary:
  description: The same for a person.
  returned: when the load ran
  type: list
  elements: str
api_requests:
  description: Requests made to the API server.
  returned: always
  type: int
"""

import json
import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.module import run, with_target
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import Reader
from ansible_collections.modelops.serving.plugins.module_utils.load.source import example, url
from ansible_collections.modelops.serving.plugins.module_utils.load_test import job
from ansible_collections.modelops.serving.plugins.module_utils.load_test import report as load_test_report
from ansible_collections.modelops.serving.plugins.module_utils.load_test import run as load_test_run
from ansible_collections.modelops.serving.plugins.module_utils.load_test import sizing as load_test_sizing
from ansible_collections.modelops.serving.plugins.module_utils.load_test import thresholds as load_test_thresholds
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Observed

DAY = 86400.0
# What each source cannot do without, and an example.
NEEDED = {"controller": ("url", "http://10.213.0.11/predict"), "cluster": ("image", "grafana/k6:1.8.1")}


def argspec() -> dict:
    return with_target(
        {
            "url": {"type": "str", "default": ""},
            "source": {"type": "str", "choices": ["controller", "cluster"], "default": "controller"},
            "image": {"type": "str", "default": ""},
            "job_namespace": {"type": "str", "default": ""},
            "profile": {"type": "str", "choices": ["smoke", "steady", "spike", "soak"], "default": "smoke"},
            "program": {"type": "path", "required": True},
            "script": {"type": "path", "required": True},
            "rate": {"type": "int", "default": 0},
            "duration": {"type": "int", "default": 0},
            "rows": {"type": "int", "default": 1},
            "most_rate": {"type": "int", "default": 0},
            "most_rows": {"type": "int", "default": 10000},
            "body": {"type": "dict"},
            "host_header": {"type": "str", "default": ""},
            "p95": {"type": "float", "default": 500},
            "replicas": {"type": "int", "default": 0},
            "rise": {"type": "float", "default": 60},
            "fall_timeout": {"type": "int", "default": 0},
            "report": {"type": "str", "default": ""},
        }
    )


def environment(params: dict, kube: Kube) -> dict:
    """What the script reads; 0 and "" leave its own defaults."""
    name, namespace = params["name"], params["namespace"]
    given = {
        "URL": params["url"] or url(kube, namespace, name, "/predict"),
        "INSECURE": "" if params["url"] else "yes",
        "HOST": params["host_header"],
        "PROFILE": params["profile"],
        "RATE": params["rate"],
        "DURATION": params["duration"],
        "ROWS": params["rows"],
        "P95": params["p95"],
        "BODY": json.dumps(params["body"] or example(kube, namespace, name)),
    }
    return {key: value for key, value in given.items() if value}


def execute(module: AnsibleModule, kube: Kube) -> dict:
    params = module.params
    require(params)
    if params["report"]:
        load_test_report.require()
    reader, progress = Reader(kube, params["namespace"], params["name"]), Progress()
    given = environment(params, kube)
    if not params["rows"]:
        load = sized(params, kube, reader, given)
        progress.say(load.text)
        given |= {"RATE": load.rate, "ROWS": load.rows}
    kube.deadline = time.monotonic() + DAY
    k6 = started(params, kube, given)
    try:
        seen = load_test_run.observe(reader, k6, params["fall_timeout"], progress)
    finally:
        k6.close()
    return result_of(params, seen)


def require(params: dict) -> None:
    if not params["rows"] and not params["replicas"]:
        raise ServingError("rows 0 needs the option replicas: the load is found by how many are to be wanted.")
    option, such = NEEDED[params["source"]]
    if not params[option]:
        raise ServingError(f"source {params['source']} needs the option {option}, such as {such}.")


def sized(params: dict, kube: Kube, reader: Reader, given: dict) -> load_test_sizing.Load:
    """The load that the autoscaler should want ``replicas`` for. A row's cost depends on how many come together, so
    what the largest requests suggest is tried once more at its own size."""
    snapshot = reader.read()
    replica = load_test_sizing.replica_cores(snapshot)
    bounds = load_test_sizing.Bounds(params["rate"] or params["most_rate"], params["most_rows"])
    body = json.loads(given["BODY"])

    def tried(rows: int) -> load_test_sizing.Load:
        row = load_test_sizing.row_seconds(kube, snapshot, params["name"], given["URL"], body, rows)
        return load_test_sizing.size(row, replica, params["replicas"], bounds)

    return tried(tried(bounds.rows).rows)


def started(params: dict, kube: Kube, given: dict) -> load_test_run.K6 | job.K6Job:
    if params["source"] == "controller":
        return load_test_run.K6(params["program"], params["script"], given)
    where = params["job_namespace"] or params["namespace"]
    return job.K6Job(kube, where, params["name"], params["image"], params["program"], params["script"], given)


def result_of(params: dict, seen: Observed) -> dict:
    limits = load_test_thresholds.Limits(
        params["p95"], params["replicas"], params["rise"], back=params["fall_timeout"] > 0
    )
    thresholds = load_test_thresholds.judge(seen, limits)
    told = {
        "thresholds": [one.as_dict() for one in thresholds],
        "numbers": load_test_thresholds.numbers(seen),
        "summary": load_test_thresholds.summary(params["name"], params["profile"], seen, thresholds),
    }
    result = {"changed": False, "reports": [], **told}
    if params["report"]:
        title = f"Load test of {params['name']}: {params['profile']}"
        try:
            result["reports"] = load_test_report.write(params["report"], title, seen, thresholds, told)
        except OSError as error:
            raise ServingError(f"the report cannot be written: {error}") from error
    crossed = [one for one in thresholds if not one.held]
    if crossed:
        result |= {"failed": True, "msg": "; ".join(f"{one.name}: {one.value}" for one in crossed)}
    return result


def main() -> None:
    run(AnsibleModule(argument_spec=argspec(), supports_check_mode=False), execute)


if __name__ == "__main__":
    main()
