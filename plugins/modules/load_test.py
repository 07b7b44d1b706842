#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: load_test
short_description: Load a service and watch its autoscaler meanwhile
version_added: 0.1.0
description:
  - Sends predictions at a constant rate, or at one after the other, from where this module runs or from Jobs in the
    cluster; watches the autoscaler, its pods and the latency meanwhile; and judges the result.
  - Requests are sent when they are due however long the answers take, and their latency counts from then. So a server
    that stalls is asked as much, and the stall stands in the latency of every request that was due in it.
  - Fails when a threshold was crossed. A request failed, an answer was wrong, the 95th percentile was too high, a pod
    restarted, or the replicas did not rise or come back as asked for.
  - One question is asked before the load. Where nobody answers it, or it is refused, no load is sent.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description:
      - Name of the HorizontalPodAutoscaler.
      - Without one, that of the Deployment. Its pods are watched then, and O(replicas), O(fall_timeout) and O(rows=0)
        are refused.
    type: str
    required: true
  url:
    description:
      - Where the predictions are asked for, such as V(http://10.213.0.11/predict).
      - With O(source=cluster) by default C(/predict) of the Service that has the autoscaler's name.
    type: str
    default: ""
  source:
    description: V(controller) sends from where this module runs, V(cluster) from Jobs, which are removed afterwards.
    type: str
    choices: [controller, cluster]
    default: controller
  generators:
    description:
      - How many load generators share the rate. They start together, and their counts are added up.
      - More than one needs O(source=cluster).
    type: int
    default: 1
  image:
    description: Image of the Jobs, with O(program) in it. O(source=cluster) needs it; C(load/Dockerfile) builds one.
    type: str
    default: ""
  job_namespace:
    description:
      - Namespace of the Jobs, for example one that a NetworkPolicy lets in; by default O(namespace).
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
    description: Path of the load generator, built from C(load/go), on this machine or in O(image).
    type: path
    required: true
  k6:
    description: Deprecated, and not used. It was the path of k6; give O(program).
    type: path
  rate:
    description: Requests a second at full load, from all generators together; by default the profile's.
    type: int
  duration:
    description: Seconds of full load; by default the profile's.
    type: int
  rows:
    description:
      - Instances in each request.
      - V(0) finds O(rows) and O(rate) by what a few requests cost the pods, so that the autoscaler should want two
        replicas more than O(replicas). That needs an autoscaler that goes by a percentage of CPU, and the counter
        C(model_server_cpu_seconds_total) on the pods' port C(metrics).
    type: int
    default: 1
  max_rate:
    description:
      - Requests a second that the ingress admits from one address; 0 for any number. A higher O(rate) is refused, and
        O(rows=0) finds a load that stays a little below.
    type: int
    default: 0
    aliases: [most_rate]
  max_rows:
    description: Instances that the server takes in one request, where O(rows=0) finds the load.
    type: int
    default: 10000
    aliases: [most_rows]
  body:
    description: What is posted; its first instance is repeated. By default the example that the server gives.
    type: dict
  host_header:
    description: Value of the Host header.
    type: str
    default: ""
  headers:
    description:
      - Headers of every request for a prediction, such as an API key. Not with O(source=cluster).
    type: dict
    default: {}
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
  - modelops.serving.certificate_of_url
  - kubernetes.core.k8s_auth_options
  - modelops.serving.kube
  - modelops.serving.progress
  - action_common_attributes
  - action_common_attributes.flow
requirements:
  - the load generator, which C(playbooks/load_test.yml) builds
  - matplotlib, for O(report)
attributes:
  check_mode:
    support: partial
    details: It refuses what does not fit together, and says what it would send. Nothing is asked.
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
    max_rate: 100
    replicas: 6
    fall_timeout: 600
    program: /usr/local/bin/load-generator
    report: reports/spike

- name: Send a lot from inside the cluster, past the ingress
  modelops.serving.load_test:
    name: model-api
    namespace: ml-serving
    source: cluster
    image: registry.example.org/load-generator:1
    program: /load-generator
    profile: steady
    rate: 5000
    generators: 10
"""

RETURN = r"""
thresholds:
  description: What had to hold, each with name, held and value.
  returned: when the load ran
  type: list
  elements: dict
numbers:
  description:
    - Requests, rate, failed and by what, answered wrongly, latency in milliseconds (mean, p50, p90, p95, p99, max),
      replicas before, most and after, restarts, seconds, generators.
  returned: when the load ran
  type: dict
reports:
  description: The files that were written.
  returned: when the load ran, and in check mode
  type: list
  elements: str
summary:
  description: The same for a person; in check mode what would be sent.
  returned: when the load ran, and in check mode
  type: list
  elements: str
api_requests:
  description: Requests made to the API server.
  returned: always
  type: int
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.client.http import header_texts
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.module import run, with_target
from ansible_collections.modelops.serving.plugins.module_utils.common import report_files
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import NotScaled, Reader
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.load.source import (
    NOT_FROM_PODS,
    certificates,
    example,
    url,
)
from ansible_collections.modelops.serving.plugins.module_utils.load_test import plot, profiles, report, sizing
from ansible_collections.modelops.serving.plugins.module_utils.load_test.fixed import (
    FixedReader,
    refuse_what_needs_scaling,
)
from ansible_collections.modelops.serving.plugins.module_utils.load_test.generator import LocalGenerator
from ansible_collections.modelops.serving.plugins.module_utils.load_test.interruption import stop_when_unread
from ansible_collections.modelops.serving.plugins.module_utils.load_test.jobs import ClusterGenerators
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Observed
from ansible_collections.modelops.serving.plugins.module_utils.load_test.plan import plan, shares
from ansible_collections.modelops.serving.plugins.module_utils.load_test.thresholds import (
    Limits,
    judge,
    numbers,
    summary,
)
from ansible_collections.modelops.serving.plugins.module_utils.load_test.watch import Watch

DAY = 86400.0
# What each source cannot do without, and an example.
NEEDED = {
    "controller": ("url", "http://10.213.0.11/predict"),
    "cluster": ("image", "registry.example.org/load-generator:1"),
}
K6_DEPRECATED = (
    "load_test_k6 (option k6) is not used any more: the load generator is built on vegeta. Its path, where it is not "
    "to be built, is load_test_program (option program)."
)


def argspec() -> dict:
    return with_target(
        {
            "url": {"type": "str", "default": ""},
            "ca_cert_of_url": {"type": "path"},
            "validate_certs_of_url": {"type": "bool", "default": True},
            "source": {"type": "str", "choices": ["controller", "cluster"], "default": "controller"},
            "generators": {"type": "int", "default": 1},
            "image": {"type": "str", "default": ""},
            "job_namespace": {"type": "str", "default": ""},
            "profile": {"type": "str", "choices": ["smoke", "steady", "spike", "soak"], "default": "smoke"},
            "program": {"type": "path", "required": True},
            "k6": {"type": "path"},
            "rate": {"type": "int"},
            "duration": {"type": "int"},
            "rows": {"type": "int", "default": 1},
            "max_rate": {"type": "int", "default": 0, "aliases": ["most_rate"]},
            "max_rows": {"type": "int", "default": 10000, "aliases": ["most_rows"]},
            "body": {"type": "dict"},
            "headers": {"type": "dict", "default": {}},
            "host_header": {"type": "str", "default": ""},
            "p95": {"type": "float", "default": 500},
            "replicas": {"type": "int", "default": 0},
            "rise": {"type": "float", "default": 60},
            "fall_timeout": {"type": "int", "default": 0},
            "report": {"type": "str", "default": ""},
        }
    )


def execute(module: AnsibleModule, kube: Kube) -> dict:
    params = module.params
    if params["k6"]:
        module.deprecate(K6_DEPRECATED, version="1.0.0", collection_name="modelops.serving")
    require(params)
    if module.check_mode:
        return {"changed": False, "reports": [], "summary": [intended(params)]}
    if params["report"]:
        plot.require()
        report_files.refuse_unwritable(params["report"], "load_test_report")
    stop_when_unread()
    sent = asked_load(params)
    progress = Progress()
    reader, snapshot = service(params, kube)
    rows = params["rows"]
    if not rows:
        load = sized(params, kube, snapshot)
        progress.say(load.text)
        sent, rows = profiles.steps(params["profile"], load.rate, params["duration"]), load.rows
    whole = question(params, kube, rows, sent)
    kube.deadline = time.monotonic() + DAY
    generators = started(params, kube, whole, progress)
    try:
        watch = Watch(reader, snapshot, generators, profiles.full_load(sent), progress)
        seen = watch.run(params["fall_timeout"])
    finally:
        generators.close()
    return result_of(params, seen)


def require(params: dict) -> None:
    """Raises ServingError for what does not fit together."""
    if params["rows"] < 0:
        raise ServingError("rows must not be negative: give the instances of a request, or 0 to have them found.")
    if not params["rows"] and not params["replicas"]:
        raise ServingError("rows 0 needs the option replicas: the load is found by how many are to be wanted.")
    if params["generators"] < 1:
        raise ServingError(f"generators {params['generators']}: no request would be sent. Give at least 1.")
    if params["generators"] > 1 and params["source"] != "cluster":
        raise ServingError("generators is more than 1: they run as Jobs, so give load_test_source=cluster.")
    if params["headers"] and params["source"] == "cluster":
        raise ServingError(
            NOT_FROM_PODS.format("headers (model_serving_verify_headers)", "load_test_source=controller")
        )
    option, such = NEEDED[params["source"]]
    if not params[option]:
        raise ServingError(f"source {params['source']} needs the option {option}, such as {such}.")


def intended(params: dict) -> str:
    """What would be sent, and where to. Raises ServingError for what cannot be sent."""
    to = params["url"] or f"Service/{params['name']}/predict"
    jobs = "1 Job" if params["generators"] == 1 else f"{params['generators']} Jobs"
    what = profiles.intended(asked_load(params), params["replicas"] if not params["rows"] else 0)
    where = f" from {jobs}" if params["source"] == "cluster" else ""
    return f"{params['name']}, {params['profile']}: would {what} to {to}{where}"


def asked_load(params: dict) -> list[profiles.Step]:
    """What is sent, as far as it is given. Raises ServingError for what cannot be sent."""
    sent = profiles.steps(params["profile"], params["rate"], params["duration"])
    if params["rows"] or params["rate"]:
        profiles.check_admitted(sent, admitted(params))
    return sent


def admitted(params: dict) -> int:
    """Requests a second, 0 for any number: from inside the cluster nothing goes through the ingress unless an address
    is given."""
    return 0 if params["source"] == "cluster" and not params["url"] else params["max_rate"]


def question(params: dict, kube: Kube, rows: int, sent: list[profiles.Step]) -> dict:
    """The plan that the generators share."""
    whole = plan(
        address(params, kube), params["host_header"], body_of(params, kube), rows, sent, header_texts(params["headers"])
    )
    # The certificate of a Service does not name the address by which it is asked.
    insecure = not params["url"] or not params["validate_certs_of_url"]
    return whole | {"insecure": insecure, "ca": certificates(params["ca_cert_of_url"]) or ""}


def address(params: dict, kube: Kube) -> str:
    return params["url"] or url(kube, params["namespace"], params["name"], "/predict")


def body_of(params: dict, kube: Kube) -> dict:
    return params["body"] or example(kube, params["namespace"], params["name"], header_texts(params["headers"]))


def service(params: dict, kube: Kube) -> tuple[Reader | FixedReader, ScalingSnapshot]:
    """How the service is watched, and what it is before the load. Raises ServingError where it does not exist, or has
    no autoscaler for what is asked."""
    where = (kube, params["namespace"], params["name"])
    reader = Reader(*where)
    try:
        return reader, reader.read()
    except NotScaled:
        fixed = FixedReader(*where)
        snapshot = fixed.read()
        if snapshot is None:
            raise
    refuse_what_needs_scaling(snapshot.target_label, params["replicas"], params["rows"], params["fall_timeout"])
    return fixed, snapshot


def sized(params: dict, kube: Kube, snapshot: ScalingSnapshot) -> sizing.Load:
    """The load that the autoscaler should want ``replicas`` for. A row's cost depends on how many come together, so
    what the largest requests suggest is tried once more at its own size."""
    replica = sizing.replica_cores(snapshot)
    bounds = sizing.Bounds(params["rate"] or sizing.below(admitted(params)), params["max_rows"])
    where, body = address(params, kube), body_of(params, kube)

    def tried(rows: int) -> sizing.Load:
        row = sizing.row_seconds(kube, snapshot, params["name"], where, body, rows, header_texts(params["headers"]))
        return sizing.size(row, replica, params["replicas"], bounds)

    return tried(tried(bounds.rows).rows)


def started(params: dict, kube: Kube, whole: dict, progress: Progress) -> LocalGenerator | ClusterGenerators:
    if params["source"] == "controller":
        return LocalGenerator(params["program"], whole)
    where = params["job_namespace"] or params["namespace"]
    plans = shares(whole, params["generators"])
    return ClusterGenerators(kube, where, params["name"], params["image"], params["program"], plans, progress)


def result_of(params: dict, seen: Observed) -> dict:
    limits = Limits(params["p95"], params["replicas"], params["rise"], back=params["fall_timeout"] > 0)
    thresholds = judge(seen, limits)
    figures = {
        "thresholds": [one.as_dict() for one in thresholds],
        "numbers": numbers(seen),
        "summary": summary(params["name"], params["profile"], seen, thresholds),
    }
    result = {"changed": False, "reports": [], **figures}
    if params["report"]:
        title = f"Load test of {params['name']}: {params['profile']}"
        try:
            result["reports"] = report.write(params["report"], title, seen, thresholds, figures)
        except OSError as error:
            raise ServingError(f"the report cannot be written: {error}") from error
    crossed = [one for one in thresholds if not one.held]
    if crossed:
        result |= {"failed": True, "msg": "; ".join(f"{one.name}: {one.value}" for one in crossed)}
    return result


def main() -> None:
    run(AnsibleModule(argument_spec=argspec(), supports_check_mode=True), execute)


if __name__ == "__main__":
    main()
