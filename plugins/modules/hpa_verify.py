#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: hpa_verify
short_description: Prove that a HorizontalPodAutoscaler works
version_added: 0.1.0
description:
  - Checks an autoscaler at one of three depths. Each depth includes the ones before it.
  - V(static) checks the configuration. That the target exists and can be scaled, that every container has a request,
    that the selector matches no other pods, that there is no second autoscaler, that C(minReplicas) and C(maxReplicas)
    differ, that quota and nodes have room for C(maxReplicas), and that the metrics APIs are served.
  - V(runtime) checks the status as well. The conditions, a current value for every metric, the age of the metrics.
  - V(causal) sends load as well. The metric must rise, the desired replicas follow, the event be written, and the new
    pods become ready and answer requests. After the load and the stabilization window the replicas must fall again.
  - Names the cause and a remedy for everything that is wrong. What cannot be read never passes.
  - Checks ScaledObjects of KEDA, and Pods, Object and External metrics, as well as CPU and memory.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the HorizontalPodAutoscaler, or of the ScaledObject that creates it.
    type: str
    required: true
  depth:
    description: How deep to check.
    type: str
    choices: [static, runtime, causal]
    default: runtime
  grace:
    description: Seconds for which metrics may be missing, for example after a start, before that is a failure.
    type: int
    default: 120
  load:
    description: The load that O(depth=causal) sends.
    type: dict
    default: {}
    suboptions:
      url:
        description:
          - Where to send the requests, such as V(http://10.0.0.1/predict) through the ingress.
          - By default the Service O(load.service), which only pods can reach.
        type: str
      ca_cert:
        description: File with the CA of the certificate of O(load.url), where it is not one that the system trusts.
        type: path
      validate_certs:
        description: Whether to check the certificate of O(load.url).
        type: bool
        default: true
      source:
        description:
          - V(controller) sends from the machine that runs this module. V(cluster) sends from a pod that is created
            from O(load.image) and removed afterwards.
          - By default V(controller) with O(load.url), else V(cluster).
        type: str
        choices: [controller, cluster]
      service:
        description: Service that the load is sent to; by default the one with the autoscaler's name.
        type: str
      namespace:
        description:
          - Namespace of the pod that sends, for example one that a NetworkPolicy admits; by default O(namespace).
        type: str
      image:
        description: Image of the pod that sends; it needs C(python3). By default the workload's image.
        type: str
      path:
        description: Path of the requests. Not used with O(load.url), which contains it.
        type: str
        default: /predict
      body:
        description: Body of the requests. By default the example of its model that the server shows at C(/).
        type: dict
      host:
        description: The Host header, for an ingress that routes by it.
        type: str
      headers:
        description: Other headers, such as an API key. Not with O(load.source=cluster).
        type: dict
        default: {}
      concurrency:
        description: Requests in flight at a time.
        type: int
        default: 16
      requests_per_second:
        description: Upper limit of the rate. With 0 each client sends its next request as soon as one is answered.
        type: int
        default: 0
      seconds:
        description: Seconds after which the load ends by itself, even if this module is killed.
        type: int
        default: 180
  replicas:
    description: Replicas that the load must lead to; 0 is one more than before.
    type: int
    default: 0
  rise_timeout:
    description: Seconds within which the replicas must rise, become ready and answer requests. The load then ends.
    type: int
    default: 180
  fall_timeout:
    description:
      - Seconds from the end of the load within which the replicas must be back.
      - V(0) is the stabilization window and five minutes.
    type: int
    default: 0
  until:
    description: V(fallen) waits until the replicas are back. V(risen) ends after the rise.
    type: str
    choices: [risen, fallen]
    default: fallen
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - modelops.serving.kube
  - modelops.serving.progress
  - action_common_attributes
  - action_common_attributes.flow
attributes:
  check_mode:
    support: partial
    details: V(static) and V(runtime) check once, without waiting. V(causal) sends no load and is done as V(runtime).
  diff_mode:
    support: none
seealso:
  - module: modelops.serving.rollout_wait
"""

EXAMPLES = r"""
- name: Check the autoscaler's configuration and its metrics
  modelops.serving.hpa_verify:
    name: model-api
    namespace: ml-serving

- name: Prove it with load through the ingress
  modelops.serving.hpa_verify:
    name: model-api
    namespace: ml-serving
    depth: causal
    load:
      url: http://10.213.0.11/predict
      concurrency: 32

- name: Prove the rise only, with load from inside the cluster
  modelops.serving.hpa_verify:
    name: model-api
    namespace: ml-serving
    depth: causal
    until: risen
    load:
      namespace: ingress-nginx
"""

RETURN = r"""
verdict:
  description: V(passed), V(failed), or V(waiting) in check mode when metrics may still come.
  returned: always
  type: str
checks:
  description: What was checked.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the check, such as V(selector).
      type: str
    state:
      description: V(ok), V(note), V(unknown), V(waiting) or V(failed).
      type: str
    message:
      description: What was found; empty if nothing.
      type: str
findings:
  description: What is wrong or worth knowing, the cause first.
  returned: always
  type: list
  elements: dict
  contains:
    reason:
      description: One word from the table of rules, such as V(RequestMissing).
      type: str
    object:
      description: Kind and name.
      type: str
    message:
      description: What is wrong.
      type: str
    evidence:
      description: The autoscaler's own messages about it.
      type: list
      elements: str
    remedy:
      description: What to do.
      type: str
    severity:
      description: V(fatal) cannot heal, V(grace) lasted too long, V(note) fails nothing.
      type: str
    class:
      description: Deprecated alias of RV(findings[].severity).
      type: str
    since:
      description: Seconds from the start until it was first found.
      type: float
    decided:
      description: Seconds from the start to the verdict.
      type: float
autoscaler:
  description: The autoscaler's bounds, replicas and metrics.
  returned: always
  type: dict
  contains:
    name:
      description: Name of the HorizontalPodAutoscaler.
      type: str
    target:
      description: Kind and name of what it scales.
      type: str
    min:
      description: minReplicas.
      type: int
    max:
      description: maxReplicas.
      type: int
    current:
      description: Replicas that it counts.
      type: int
    desired:
      description: Replicas that it wants.
      type: int
    metrics:
      description: Each metric with type, name, unit, target and current value.
      type: list
      elements: dict
    sizing:
      description:
        - What each container requests and what a VerticalPodAutoscaler of the same target recommends. Each entry has
          container, resource, requested, target (the recommendation), lower, upper, ratio (requested divided by
          target) and verdict.
        - The verdict is V(too high) above the VPA's upper bound, V(too low) below its lower bound, V(fits) between
          them, and V(no request) without a request.
      type: list
      elements: dict
steps:
  description: The steps of the proof.
  returned: when O(depth=causal)
  type: list
  elements: dict
  contains:
    step:
      description: V(load), V(metric_above_target), V(desired_rose), V(event), V(pod_ready), V(pod_served),
        V(load_ended), V(desired_fell) or V(back).
      type: str
    seconds:
      description: Seconds from the first answered request; null when the step did not happen.
      type: float
    message:
      description: What was measured at this step.
      type: str
curve:
  description: Replicas over time, a point at each change, as C([seconds, desired, ready]).
  returned: when O(depth=causal)
  type: list
  elements: list
load:
  description:
    - Figures of the load. C(seconds), C(requests), of these C(failed), C(p50) and C(p95) in milliseconds, and
      C(last_error), the error of the last failed request.
    - C(words) is an older name of C(last_error).
  returned: when O(depth=causal)
  type: dict
summary:
  description: The verdict, its findings and the steps as at most 25 lines of text.
  returned: always
  type: list
  elements: str
api_requests:
  description: Requests made to the API server.
  returned: always
  type: int
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.module import run, with_target
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.hpa import prover
from ansible_collections.modelops.serving.plugins.module_utils.hpa import rules as hpa_rules
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import Reader
from ansible_collections.modelops.serving.plugins.module_utils.hpa.report import autoscaler, summary
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.hpa.wait import judge_once, wait
from ansible_collections.modelops.serving.plugins.module_utils.load import source as load_source


def argspec() -> dict:
    return with_target(
        {
            "depth": {"type": "str", "choices": ["static", "runtime", "causal"], "default": "runtime"},
            "grace": {"type": "int", "default": 120},
            "load": {"type": "dict", "default": {}, "options": load_source.OPTIONS},
            "replicas": {"type": "int", "default": 0},
            "rise_timeout": {"type": "int", "default": 180},
            "fall_timeout": {"type": "int", "default": 0},
            "until": {"type": "str", "choices": ["risen", "fallen"], "default": "fallen"},
        }
    )


def execute(module: AnsibleModule, kube: Kube) -> dict:
    params, progress = module.params, Progress()
    reader = Reader(kube, params["namespace"], params["name"])
    if module.check_mode:
        verdict, snapshot = judge_once(reader, params["depth"], params["grace"])
    else:
        verdict, snapshot = wait(reader, params["depth"], params["grace"], progress)
    proof_run = None
    if params["depth"] == "causal" and verdict.state == hpa_rules.PASSED and not module.check_mode:
        options = prover.ProofOptions.of(params, snapshot)
        proof_run = prover.run(reader, snapshot, options, progress)
        snapshot = proof_run.snapshot
        verdict = prover.add_to(verdict, proof_run)
    return result_of(module, verdict, snapshot, proof_run)


def result_of(module: AnsibleModule, verdict, snapshot: ScalingSnapshot, proof_run) -> dict:
    result = {
        "changed": False,
        "verdict": verdict.state,
        "checks": verdict.checks,
        "findings": [entry.as_dict() for entry in verdict.findings],
        "autoscaler": autoscaler(snapshot),
        "summary": summary(snapshot, verdict, proof_run),
    }
    if proof_run is not None:
        load = {**proof_run.load, "words": proof_run.load.get("last_error", "")}
        result |= {"steps": proof_run.steps, "curve": proof_run.curve, "load": load}
    if verdict.state == hpa_rules.FAILED:
        result["failed"] = True
        result["msg"] = result["summary"][0]
    for entry in verdict.findings:
        if entry.severity == hpa_rules.NOTE and entry.reason in ("AtMaximum", "CapacityShort", "Unreadable"):
            module.warn(f"{entry.reason}: {entry.message}. {entry.remedy}")
    return result


def main() -> None:
    run(AnsibleModule(argument_spec=argspec(), supports_check_mode=True), execute)


if __name__ == "__main__":
    main()
