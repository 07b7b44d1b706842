# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A diagnosis layer by layer, from the pods to a request through the ingress. The snapshot was recorded on a real
cluster."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from ansible_collections.modelops.serving.plugins.module_utils.diagnosis.layers import Answer, ServiceFacts, diagnose
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

RECORDING = Path(__file__).resolve().parents[4] / "recordings/healthy.yml"
HEALTHY = yaml.safe_load(RECORDING.read_text(encoding="utf-8"))["snapshot"]
CLASSES = [{"metadata": {"name": "nginx"}}]


METRICS_LATE = yaml.safe_load((RECORDING.parent / "autoscaling/late.yml").read_text(encoding="utf-8"))
NO_REQUEST = yaml.safe_load((RECORDING.parent / "autoscaling/no-request.yml").read_text(encoding="utf-8"))


NO_PATH = '{"error":"no such path","request_id":"fbcdefab24be-374"}'


def models(name: str) -> str:
    return f'{{"status":"ready","models":[{{"name":"{name}","version":"1"}}]}}'


def with_youngest(seconds: float, scaling: dict) -> ServiceFacts:
    facts = service_facts(scaling=ScalingSnapshot(**copy.deepcopy(scaling)))
    for pod in facts.snapshot.new_pods:
        began = datetime.fromtimestamp(facts.snapshot.taken - seconds, UTC)
        pod["status"]["startTime"] = began.strftime("%Y-%m-%dT%H:%M:%SZ")
    return facts


def test_metrics_of_pods_that_have_just_started_are_not_judged():
    young = layers(with_youngest(10, METRICS_LATE))["autoscaler"]
    assert (young.state, young.findings) == ("absent", []) and young.detail.startswith("not judged: a pod is 1")
    assert layers(with_youngest(600, METRICS_LATE))["autoscaler"].state == "failed"
    # What cannot heal is wrong at once.
    assert layers(with_youngest(10, NO_REQUEST))["autoscaler"].state == "failed"


def ingress(**spec):
    backend = {"service": {"name": "shop", "port": {"name": "http"}}}
    given = {
        "ingressClassName": "nginx",
        "rules": [{"host": "shop.example", "http": {"paths": [{"path": "/", "backend": backend}]}}],
        **spec,
    }
    status = {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}
    return {"kind": "Ingress", "metadata": {"name": "shop"}, "spec": given, "status": status}


def service_facts(**fields):
    given = {
        "name": "shop",
        "snapshot": Snapshot(**copy.deepcopy(HEALTHY)),
        "history": [Revision(1, "serving", "h", "")],
        "ingresses": [ingress()],
        "ingress_classes": CLASSES,
        "through_service": [Answer("Service/shop:http/health", 200)],
        "through_ingress": [Answer("http://10.0.0.1/health", 200, service="shop")],
    }
    return ServiceFacts(**{**given, **fields})


def layers(facts):
    return {layer.layer: layer for layer in diagnose(facts, 0)}


def reasons(facts, name):
    return [entry.reason for entry in layers(facts)[name].findings]


def test_what_may_not_be_read_is_not_said_to_be_absent():
    given = {"history": [], "ingresses": [], "through_ingress": [], "snapshot": Snapshot(None)}
    found = layers(service_facts(**given, unread={"secrets", "services", "ingresses", "horizontalpodautoscalers"}))
    for name in ("release", "service", "ingress", "autoscaler"):
        assert found[name].state == "unknown" and found[name].findings == [], name
        assert "no permission to list" in found[name].detail
    assert layers(service_facts(**given))["service"].state == "failed"


def test_a_healthy_service():
    found = layers(service_facts())
    assert {layer.state for name, layer in found.items() if name not in ("autoscaler", "inputs")} == {"ok"}
    assert found["autoscaler"].state == "absent"
    assert found["release"].detail == "r1 serves"
    assert found["service"].detail == "shop 2 of 2 endpoints ready"


def test_an_unfinished_release():
    assert reasons(service_facts(history=[Revision(1, "pending", "h", "")]), "release") == ["Unfinished"]
    gone = service_facts(history=[Revision(1, "serving", "h", "")], missing=["Ingress/api"])
    assert reasons(gone, "release") == ["ObjectMissing"]


def test_no_deployment():
    facts = service_facts(snapshot=Snapshot(None), ingresses=[], through_service=[], through_ingress=[])
    assert reasons(facts, "deployment") == ["DeploymentMissing"]


def test_scaled_to_zero():
    facts = service_facts()
    facts.snapshot.deployment["spec"]["replicas"] = 0
    assert "ScaledToZero" in reasons(facts, "deployment")


def test_a_target_port_that_no_container_declares():
    facts = service_facts()
    facts.snapshot.services[0]["spec"]["ports"][0]["targetPort"] = 5001
    found = layers(facts)["service"].findings
    assert [entry.reason for entry in found] == ["ServicePortUnknown"]
    assert "declared: 5000" in found[0].message


PORTS = ({"name": "http", "containerPort": 5000}, {"name": "metrics", "containerPort": 8000})


def with_metrics_port(target, name="shop", ports=PORTS):
    """A Service of that name that leads to ``target``, of pods that have their metrics on a port of its own."""
    facts = service_facts()
    pods = facts.snapshot.deployment["spec"]["template"]["spec"]["containers"][0]
    pods["ports"] = list(ports)
    facts.snapshot.services[0]["metadata"]["name"] = name
    facts.snapshot.services[0]["spec"]["ports"] = [{"name": "http", "port": 80, "targetPort": target}]
    return [entry for entry in layers(facts)["service"].findings if entry.reason == "ServicePortMetrics"]


@pytest.mark.parametrize("target", ["metrics", 8000])
def test_the_api_s_service_that_leads_to_the_metrics(target):
    (found,) = with_metrics_port(target)
    assert found.object == "Service/shop"
    assert found.message == f"its port http (80) leads to {target}, where the pods serve metrics and no predictions"
    assert "targetPort" in found.remedy


def test_other_services_may_lead_to_the_metrics():
    assert with_metrics_port("metrics", "shop-metrics") == []
    assert with_metrics_port("http") == with_metrics_port(5000) == []


def test_a_server_that_has_but_one_port_may_call_it_as_it_likes():
    assert with_metrics_port("metrics", ports=PORTS[1:]) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ingressClassName": "gce"}, "IngressClassMissing"),
        ({"ingressClassName": None}, "IngressClassMissing"),
        ({"rules": [], "defaultBackend": {"service": {"name": "none", "port": {"number": 80}}}}, "BackendMissing"),
        ({"rules": [], "defaultBackend": {"service": {"name": "shop", "port": {"number": 81}}}}, "BackendPortMissing"),
        ({"tls": [{"secretName": "none"}]}, "TlsSecretMissing"),
    ],
)
def test_an_ingress_that_does_not_work(changes, reason):
    facts = service_facts(ingresses=[ingress(**changes)], secrets={"none": False})
    assert reasons(facts, "ingress") == [reason]


def test_an_ingress_that_no_controller_accepted():
    obj = ingress()
    obj["status"] = {"loadBalancer": {}}
    assert reasons(service_facts(ingresses=[obj]), "ingress") == ["IngressNotAccepted"]


@pytest.mark.parametrize(
    ("answer", "service_status", "expected"),
    [
        (Answer("u", 404, service_status=200), 200, ["RouteMissing"]),
        # The model server's own 404, but for the request's number.
        (Answer("u", 404, text=NO_PATH, service_status=404, service_text=NO_PATH.replace("cd", "12")), 200, []),
        (Answer("u", 404, text="<h1>404</h1>", service_status=404, service_text=NO_PATH), 200, ["RouteMissing"]),
        (Answer("u", 200, text=models("a"), service_status=200, service_text=models("a")), 200, []),
        (Answer("u", 200, text=models("a"), service_status=200, service_text=models("b")), 200, ["AnotherAnswers"]),
        # A server of one's own says nothing of models.
        (Answer("u", 200, text="up 3 s", service_status=200, service_text="up 4 s"), 200, []),
        (Answer("u", 405), 200, []),
        (Answer("u", 0, "connection refused"), 200, ["IngressUnreachable"]),
        (Answer("u", 503, service="shop"), 200, ["IngressFails"]),
        (Answer("u", 503, service="shop"), 0, ["BackendFails"]),
        # That of the metrics answers; the one that the ingress leads to has no endpoint, and was not asked.
        (Answer("u", 503, service="other"), 200, ["BackendFails"]),
    ],
)
def test_what_an_answer_through_the_ingress_means(answer, service_status, expected):
    asked = Answer("Service/shop:http/health", service_status, "refused")
    facts = service_facts(through_ingress=[answer], through_service=[asked])
    assert reasons(facts, "request through ingress") == expected


def test_a_route_whose_router_does_not_accept_the_pods_certificate_is_named():
    spec = {"to": {"name": "shop"}, "tls": {"termination": "reencrypt"}}
    route = {"kind": "Route", "metadata": {"name": "shop", "namespace": "one"}, "spec": spec}
    answers = {"through_ingress": [Answer("u", 503, service="shop")], "ingresses": [route]}
    asked = Answer("Service/shop:https/health", 200)
    (found,) = layers(service_facts(through_service=[asked], **answers))["request through ingress"].findings
    assert (found.reason, "service CA for shop.one.svc" in found.remedy) == ("IngressFails", True)


def test_another_release_that_answers_is_named_with_its_ingress():
    answer = Answer(
        "u", 200, text=models("a"), service_status=200, service_text=models("b"), owners=["ml-serving/model-api"]
    )
    (found,) = layers(service_facts(through_ingress=[answer]))["request through ingress"].findings
    assert "with the models a; its Service has b" in found.message
    assert "Ingress ml-serving/model-api has a rule for it, too" in found.remedy


@pytest.mark.parametrize(("status", "expected"), [("serving", ["EntranceChanged"]), ("kept", [])])
def test_an_ingress_that_somebody_changed_is_a_finding(status, expected):
    history = [Revision(1, "serving", "h", "", objects=[ingress()])]
    history += [Revision(2, status, "h", "")] if status == "kept" else []
    moved = ingress()
    moved["spec"]["rules"][0]["host"] = "other.example"
    assert reasons(service_facts(history=history, ingresses=[moved]), "ingress") == expected
    assert reasons(service_facts(history=history), "ingress") == []


def test_a_service_that_answers_an_error():
    assert reasons(service_facts(through_service=[Answer("s", 500)]), "request to service") == ["ServiceAnswersError"]


def test_inputs_that_have_drifted_are_a_line_and_no_fault():
    metrics = ['model_server_input_drifted{column="age",model="churn",version="1"} 1.0']
    layer = layers(service_facts(metrics=metrics))["inputs"]
    assert (layer.state, layer.findings) == ("ok", [])
    assert layer.detail.startswith("drifted from training: churn/1 age in 1 of 1 pods")
    assert layers(service_facts())["inputs"].state == "absent"
