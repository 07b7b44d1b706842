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
  - Checks an autoscaler at one of three depths, each of which includes the ones before it.
  - V(static) checks what is written. The target and its scale subresource, a request on every container, a selector
    that counts no foreign pods, one autoscaler a workload, bounds, quota and nodes for C(maxReplicas), metrics APIs.
  - V(runtime) checks what the autoscaler tells. Its conditions, a current value of every metric, their freshness.
  - V(causal) applies load that ends by itself, and sees the metric rise, the desired replicas follow, the event, the
    new pods become ready and take traffic, and then the fall after the stabilization window.
  - What is wrong is told with its cause and a remedy. What cannot be known never passes.
  - Understands ScaledObjects of KEDA, and Pods, Object and External metrics beside CPU and memory.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the HorizontalPodAutoscaler, or of the ScaledObject that makes it.
    type: str
    required: true
  depth:
    description: How deep to look.
    type: str
    choices: [static, runtime, causal]
    default: runtime
  grace:
    description: Seconds that metrics may come late, for example after a start, before their absence is a failure.
    type: int
    default: 120
  load:
    description: The load that O(depth=causal) applies.
    type: dict
    default: {}
    suboptions:
      url:
        description:
          - Where to send the requests to, such as V(http://10.0.0.1/predict), through the ingress.
          - By default the Service of O(load.service), which answers inside the cluster only.
        type: str
      source:
        description:
          - V(controller) sends from the machine that runs this module, V(cluster) from a pod that is made for it from
            the workload's own image and removed afterwards.
          - By default V(controller) when O(load.url) is given, else V(cluster).
        type: str
        choices: [controller, cluster]
      service:
        description: Service that the pod sends to; by default the one with the autoscaler's name.
        type: str
      namespace:
        description:
          - Namespace of the pod that sends, for example one that a NetworkPolicy lets in; by default O(namespace).
        type: str
      image:
        description: Image of the pod that sends; it needs a C(python3) or C(python). By default the workload's own.
        type: str
      path:
        description: Path, unless O(load.url) has it.
        type: str
        default: /predict
      body:
        description: What is posted. Without it C(/) of the server is asked for its model's example.
        type: dict
      host:
        description: Value of the Host header, for an ingress that routes by it.
        type: str
      concurrency:
        description: Requests under way at a time.
        type: int
        default: 16
      requests_per_second:
        description: Upper limit; 0 is as many as are answered.
        type: int
        default: 0
      seconds:
        description: After so many seconds the load ends by itself, whatever becomes of this module.
        type: int
        default: 180
  replicas:
    description: Replicas that the load must bring about; 0 is one more than before.
    type: int
    default: 0
  rise_timeout:
    description: Seconds in which the replicas must rise, be ready and take traffic. The load lasts as long at most.
    type: int
    default: 180
  fall_timeout:
    description: Seconds in which they must be back after the load; 0 is the stabilization window and five minutes.
    type: int
    default: 0
  until:
    description: V(fallen) waits until the replicas are back; V(risen) ends after the rise.
    type: str
    choices: [risen, fallen]
    default: fallen
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - action_common_attributes
  - modelops.serving.kube
attributes:
  check_mode:
    support: partial
    details: V(static) and V(runtime) change nothing and work as ever, without waiting; V(causal) is done as V(runtime).
  diff_mode:
    support: none
seealso:
  - module: modelops.serving.rollout_wait
"""

EXAMPLES = r"""
- name: See that the autoscaler is sound and has its metrics
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
      description: What it is about, such as V(selector).
      type: str
    state:
      description: V(ok), V(note), V(unknown), V(waiting) or V(failed).
      type: str
    message:
      description: What was found.
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
      description: What the autoscaler itself says to that.
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
      description: Seconds from the start to the first sight of it.
      type: float
    decided:
      description: Seconds from the start to the verdict.
      type: float
autoscaler:
  description: Where it stands.
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
      description: Replicas that it sees.
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
        - What each container requests beside what a VerticalPodAutoscaler of the same target recommends. Holds
          container, resource, requested, target, lower, upper, ratio (requested over target) and verdict.
        - The verdict is V(too high) or V(too low) outside of the bounds that the VPA is sure of, V(fits) within them.
      type: list
      elements: dict
steps:
  description: The steps of the proof, with the seconds from the start of the load.
  returned: when O(depth=causal)
  type: list
  elements: dict
  contains:
    step:
      description: V(load), V(metric_above_target), V(desired_rose), V(event), V(pod_ready), V(pod_served),
        V(load_ended), V(desired_fell) or V(back).
      type: str
    seconds:
      description: Seconds from the first answered request; null when it did not come.
      type: float
    message:
      description: What was seen.
      type: str
curve:
  description: Replicas over time, a point at each change, as C([seconds, desired, ready]).
  returned: when O(depth=causal)
  type: list
  elements: list
load:
  description: What the load was, with requests, failed, seconds, and the median and 95th percentile in milliseconds.
  returned: when O(depth=causal)
  type: dict
summary:
  description: The same for a person, at most 25 lines.
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
        result |= {"steps": proof_run.steps, "curve": proof_run.curve, "load": proof_run.load}
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
