# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is checked before anything is changed."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.preflight.checks import earlier, run_checks
from ansible_collections.modelops.serving.plugins.module_utils.preflight.cluster_facts import ClusterFacts
from ansible_collections.modelops.serving.plugins.module_utils.preflight.rbac import Permission

NODE = {
    "metadata": {"name": "node1", "labels": {}},
    "spec": {},
    "status": {
        "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"},
        "conditions": [{"type": "Ready", "status": "True"}],
    },
}
RESOURCES = {"requests": {"cpu": "1", "memory": "1Gi"}}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "api"},
    "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "api", "resources": RESOURCES}]}}},
}
ELSEWHERE = copy.deepcopy(DEPLOYMENT)
ELSEWHERE["spec"]["template"]["spec"]["nodeSelector"] = {"gpu": "true"}
HPA = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "api"},
    "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "api"}, "maxReplicas": 10},
}
INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "api"},
    "spec": {"ingressClassName": "nginx"},
}


def facts(**fields):
    namespace = {"metadata": {"name": "ns", "labels": {}}}
    given = {"identity": "me", "version": "v1.36.0", "namespace": namespace, "nodes": [NODE], "quotas": []}
    return ClusterFacts("https://h", "kubeconfig", False, **{**given, **fields})


def check(name, found, *objects, **options):
    allowed = {"allow_in_cluster": False, "create_namespace": True, **options}
    checks = run_checks(found, list(objects), "ns", **allowed)
    return next(entry for entry in checks if entry.name == name)


def test_all_is_well():
    found = facts(metrics="available", ingress_classes=[{"metadata": {"name": "nginx"}}])
    checks = run_checks(found, [DEPLOYMENT, INGRESS], "ns", False, True)
    assert {entry.state for entry in checks} == {"ok"}
    assert checks[0].message == "me on https://h (v1.36.0), from kubeconfig"


def test_a_policy_is_enforced_if_an_engine_is_known():
    policy = {"kind": "NetworkPolicy", "metadata": {"name": "api"}}
    engine = {"metadata": {"name": "cilium"}, "spec": {"template": {"spec": {"containers": []}}}}
    known = check("network policy", facts(daemon_sets=[engine]), policy)
    assert (known.state, known.message) == ("ok", "enforced by Cilium")
    nobody, unread = (check("network policy", facts(daemon_sets=read), policy) for read in ([], None))
    assert nobody.state == unread.state == "note"
    assert nobody.message.endswith("it has no engine that we know")
    assert unread.message.endswith("the DaemonSets of kube-system cannot be read")
    assert "network policy" not in [entry.name for entry in run_checks(facts(), [DEPLOYMENT], "ns", False, True)]


def test_a_pod_s_own_account_is_refused_unless_meant():
    found = facts()
    found.in_cluster = True
    refused = check("identity", found)
    assert refused.state == "failed"
    assert "allow_in_cluster" in refused.remedy
    assert check("identity", found, allow_in_cluster=True).state == "ok"


@pytest.mark.parametrize(
    ("name", "fields", "objects", "state", "expected"),
    [
        ("identity", {"identity": "system:anonymous"}, [], "failed", "anonymous"),
        ("namespace", {"namespace": {"metadata": {"deletionTimestamp": "x"}}}, [], "failed", "being deleted"),
        (
            "api versions",
            {"missing_kinds": ["ServiceMonitor (monitoring.coreos.com/v1)"]},
            [],
            "failed",
            "ServiceMonitor",
        ),
        (
            "permissions",
            {"denied": [Permission("apps", "deployments", "patch")]},
            [],
            "failed",
            "patch deployments.apps",
        ),
        (
            "permissions",
            {"denied": [Permission("", "events", "list"), Permission("", "pods", "list")]},
            [],
            "failed",
            "may not list pods",
        ),
        (
            "permissions",
            {"denied": [Permission("", "events", "list"), Permission("", "pods", "get", "log")]},
            [],
            "warning",
            "may not list events, get pods/log: the rollout is judged without it",
        ),
        ("metrics api", {"metrics": "absent"}, [DEPLOYMENT, HPA], "warning", "metrics.k8s.io is not served"),
        (
            "ingress class",
            {"ingress_classes": [{"metadata": {"name": "gce"}}]},
            [INGRESS],
            "failed",
            "Existing classes: gce",
        ),
        ("ingress class", {"ingress_classes": None}, [INGRESS], "warning", "cannot be read: no permission"),
        ("nodes", {"node_autoscaler": "absent"}, [ELSEWHERE], "warning", "no node has gpu=true: new pods would wait"),
        ("nodes", {"node_autoscaler": "absent", "standing": {}}, [ELSEWHERE], "failed", "model_serving_node_selector"),
        ("nodes", {"node_autoscaler": "absent", "standing": DEPLOYMENT}, [ELSEWHERE], "failed", "no node has gpu=true"),
        ("nodes", {"node_autoscaler": "absent", "standing": ELSEWHERE}, [ELSEWHERE], "warning", "no node has gpu=true"),
        ("nodes", {"standing": {}}, [ELSEWHERE], "warning", "no node has gpu=true"),
        ("nodes", {"node_autoscaler": "present"}, [ELSEWHERE], "note", "the node autoscaler has to add one"),
        ("capacity", {"nodes": []}, [DEPLOYMENT], "warning", "the release needs 3"),
        ("capacity", {"nodes": None}, [DEPLOYMENT], "warning", "cannot be read: no permission"),
        ("capacity", {}, [DEPLOYMENT, HPA], "note", "may need 10"),
        ("capacity", {"nodes": [], "node_autoscaler": "absent"}, [DEPLOYMENT], "warning", "the release needs 3"),
        ("capacity", {"nodes": [], "node_autoscaler": "present"}, [DEPLOYMENT], "ok", "autoscaler can add nodes"),
    ],
)
def test_a_problem_is_named(name, fields, objects, state, expected):
    found = check(name, facts(**fields), *objects)
    assert (found.state, expected in found.message + found.remedy) == (state, True), found


def test_an_api_that_an_adapter_serves_is_asked_for():
    scaler = copy.deepcopy(HPA)
    scaler["spec"]["metrics"] = [{"type": "Resource"}, {"type": "Pods"}]

    def metrics_checks(*versions: str) -> list[tuple[str, str]]:
        found = facts(metrics="available", api_versions=["v1", *versions])
        checks = run_checks(found, [DEPLOYMENT, scaler], "ns", False, True)
        return [(entry.state, entry.message) for entry in checks if entry.name == "metrics api"][1:]

    assert metrics_checks("custom.metrics.k8s.io/v1beta1") == [("ok", "custom.metrics.k8s.io is served")]
    assert metrics_checks("external.metrics.k8s.io/v1beta1") == [
        ("warning", "custom.metrics.k8s.io is not served: the HPA cannot scale on its metrics from there")
    ]


def test_a_missing_namespace_is_made_or_refused():
    gone = facts(namespace=None, namespace_missing=True)
    assert check("namespace", gone).state == "ok"
    assert check("namespace", gone, create_namespace=False).state == "failed"


def test_a_namespace_that_may_not_be_read_is_not_taken_for_missing():
    assert check("namespace", facts(namespace=None), create_namespace=False).state == "ok"


def test_quota_is_measured_against_the_largest_number_of_replicas():
    quota = {"metadata": {"name": "q"}, "spec": {"hard": {"requests.cpu": "5"}}}
    assert check("quota", facts(quotas=[quota]), DEPLOYMENT).state == "ok"
    found = check("quota", facts(quotas=[quota]), DEPLOYMENT, HPA)
    assert (found.state, found.message) == ("warning", "q allows requests.cpu=5, 10 replicas need 10")


def test_quotas_of_limits_and_of_the_number_of_pods_are_measured_too():
    limited = copy.deepcopy(DEPLOYMENT)
    limited["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "2", "memory": "1Gi"}}
    for hard, message in (
        ({"limits.cpu": "5"}, "q allows limits.cpu=5, 3 replicas need 6"),
        ({"count/pods": "2"}, "q allows count/pods=2, 3 replicas need 3"),
    ):
        found = check("quota", facts(quotas=[{"metadata": {"name": "q"}, "spec": {"hard": hard}}]), limited)
        assert (found.state, found.message) == ("warning", message)


def test_a_project_that_may_be_missing_is_made_by_its_user():
    denied = {"denied": [Permission("apps", "deployments", "create")], "namespace": None}
    on_openshift = check("permissions", facts(**denied, api_versions=["apps/v1", "project.openshift.io/v1"]))
    assert on_openshift.state == "failed"
    assert on_openshift.remedy.startswith("If the project does not exist yet, create it: oc new-project")
    assert "oc new-project" not in check("permissions", facts(**denied, api_versions=["apps/v1"])).remedy
    assert "oc new-project" not in check("permissions", facts(denied=denied["denied"])).remedy


def http_route(namespace: str = "edge", listener: str = "https") -> dict:
    parent = {"name": "gw", "namespace": namespace, "sectionName": listener}
    return {"kind": "HTTPRoute", "metadata": {"name": "api", "namespace": "ns"}, "spec": {"parentRefs": [parent]}}


def gateway(allowed: dict | None = None, programmed: str = "True") -> dict:
    listener = {"name": "https", "port": 443, "allowedRoutes": {"namespaces": allowed} if allowed else {}}
    conditions = [{"type": "Programmed", "status": programmed}]
    return {"metadata": {"name": "gw"}, "spec": {"listeners": [listener]}, "status": {"conditions": conditions}}


@pytest.mark.parametrize(
    ("gateways", "route", "state", "words"),
    [
        ({("edge", "gw"): gateway({"from": "All"})}, http_route(), "ok", "edge/gw"),
        ({("ns", "gw"): gateway()}, http_route("ns"), "ok", "ns/gw"),
        ({("edge", "gw"): gateway({"from": "Selector", "selector": {}})}, http_route(), "ok", "edge/gw"),
        ({("edge", "gw"): gateway()}, http_route(), "failed", "admits no routes of namespace ns at listener https"),
        (
            {("edge", "gw"): gateway({"from": "Selector", "selector": {"matchLabels": {"a": "b"}}})},
            http_route(),
            "failed",
            "admits no routes of namespace ns",
        ),
        ({("edge", "gw"): {}}, http_route(), "failed", "Gateway edge/gw does not exist"),
        (
            {("edge", "gw"): gateway({"from": "All"})},
            http_route(listener="web"),
            "failed",
            "no listener web; it has https",
        ),
        ({("edge", "gw"): gateway({"from": "All"}, "False")}, http_route(), "warning", "is not programmed"),
        ({("edge", "gw"): None}, http_route(), "warning", "cannot be read: no permission"),
    ],
)
def test_a_route_needs_a_gateway_that_takes_it(gateways, route, state, words):
    found = check("gateway", facts(gateways=gateways), route)
    assert (found.state, words in found.message) == (state, True), found


def test_a_gateway_of_the_set_itself_is_not_there_yet():
    own = {"kind": "Gateway", "metadata": {"name": "gw"}}
    checks = run_checks(facts(gateways={("edge", "gw"): {}}), [http_route(), own], "ns", False, True)
    assert "gateway" not in {entry.name for entry in checks}


def test_a_namespace_that_may_not_be_read_is_not_refused():
    found = check("gateway", facts(gateways={("edge", "gw"): gateway()}, namespace=None), http_route())
    assert found.state == "ok"


def test_an_ingress_whose_class_stands_in_the_annotation_needs_no_default():
    old = {
        **INGRESS,
        "metadata": {"name": "api", "annotations": {"kubernetes.io/ingress.class": "haproxy"}},
        "spec": {},
    }
    assert check("ingress class", facts(ingress_classes=[]), old).state == "ok"


RESTRICTED = {"namespace": {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}}


class TestPodSecurity:
    def test_what_the_level_misses(self):
        found = check("pod security", facts(**RESTRICTED), DEPLOYMENT)
        assert found.state == "failed"
        assert "container api lacks runAsNonRoot: true" in found.message

    def test_a_pod_that_meets_it(self):
        good = copy.deepcopy(DEPLOYMENT)
        spec = good["spec"]["template"]["spec"]
        spec["securityContext"] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
        spec["containers"][0]["securityContext"] = {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }
        assert check("pod security", facts(**RESTRICTED), good).state == "ok"


def surging(unavailable=0, image="api:2", **spec) -> dict:
    """A Deployment of three pods, each of one CPU."""
    found = copy.deepcopy(DEPLOYMENT)
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": unavailable}}
    found["spec"].update(strategy=strategy, **spec)
    found["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return found


@pytest.mark.parametrize(
    ("pods", "wanted", "standing", "state"),
    [
        ("4", surging(), surging(image="api:1"), "ok"),
        ("3", surging(), surging(image="api:1"), "failed"),
        ("3", surging(unavailable=1), surging(image="api:1"), "ok"),
        ("3", surging(unavailable="25%"), surging(image="api:1"), "ok"),
        ("3", surging(), surging(), "ok"),  # no new pod is made
        ("3", surging(), {}, "ok"),
        ("2", surging(), {}, "failed"),
        ("2", surging(), None, "warning"),  # what stands may not be read
        ("3", surging(replicas=3), surging(image="api:1", replicas=5), "ok"),  # old ones go first
        ("3", surging(), surging(image="api:1", replicas=0), "ok"),
    ],
)
def test_a_quota_that_does_not_admit_the_update_is_found_before_it(pods, wanted, standing, state):
    quota = {"metadata": {"name": "q"}, "spec": {"hard": {"pods": pods}}}
    assert check("quota", facts(quotas=[quota], standing=standing), wanted).state == state


def test_a_quota_without_room_for_the_surge_says_what_would_help():
    quota = {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "3"}}}
    found = check("quota", facts(quotas=[quota], standing=surging(image="api:1")), surging())
    assert found.message == "q allows pods=3, 4 pods need 4: an update creates a pod before an old one goes"
    assert "model_serving_max_unavailable" in found.remedy


def test_a_quota_for_fewer_pods_than_are_wanted_is_not_helped_by_another_update():
    quota = {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}}}
    found = check("quota", facts(quotas=[quota], standing=surging(image="api:1")), surging())
    assert found.state == "failed" and found.remedy == (
        "Raise the quota, or lower model_serving_replicas (model_serving_autoscaling_min_replicas)."
    )


def test_all_that_a_quota_lacks_is_said_at_once_in_units_that_one_writes():
    hard = {"limits.memory": "1Gi", "requests.cpu": "50m", "requests.memory": "100Gi"}
    wanted = surging()
    resources = {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "2Gi"}}
    wanted["spec"]["template"]["spec"]["containers"][0]["resources"] = resources
    found = check("quota", facts(quotas=[{"metadata": {"name": "q"}, "spec": {"hard": hard}}], standing={}), wanted)
    assert (found.state, found.message) == (
        "failed",
        "q allows limits.memory=1Gi, 3 pods need 6Gi; q allows requests.cpu=50m, 3 pods need 1.5",
    )
    assert found.remedy == "Raise the quota, or lower model_serving_memory_limit, model_serving_cpu_request."


def test_a_quota_for_some_pods_only_is_not_known_to_be_for_these():
    quota = {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}, "scopes": ["BestEffort"]}}
    assert check("quota", facts(quotas=[quota], standing={}), surging()).state == "warning"


def test_what_may_not_be_done_with_kinds_of_earlier_revisions_warns_and_names_them():
    budgets = ("policy/v1", "PodDisruptionBudget")
    found = earlier({budgets: [Permission("policy", "poddisruptionbudgets", "delete")]}, {budgets: 4})
    assert found.state == "warning"
    assert "delete poddisruptionbudgets.policy (r4)" in found.message
    assert found.remedy == "Grant in a Role of the namespace: delete poddisruptionbudgets.policy."
    assert earlier({}, {budgets: 4}).state == "ok"


CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "api-config-2"}}
BALANCER = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "lb"}, "spec": {"type": "LoadBalancer"}}


def counting(hard: dict, used: dict) -> list:
    return [{"metadata": {"name": "q"}, "status": {"hard": hard, "used": used}}]


@pytest.mark.parametrize(
    ("name", "obj", "hard", "used", "state"),
    [
        ("configmaps", CONFIG, "3", "3", "failed"),
        ("count/configmaps", CONFIG, "3", "3", "failed"),
        ("configmaps", CONFIG, "3", "2", None),
        ("count/deployments.apps", DEPLOYMENT, "0", "0", "failed"),
        ("services.loadbalancers", BALANCER, "1", "1", "failed"),
        ("secrets", CONFIG, "3", "3", "warning"),
        ("secrets", CONFIG, "4", "3", None),
    ],
)
def test_a_quota_of_numbers_of_objects(name, obj, hard, used, state):
    found = facts(quotas=counting({name: hard}, {name: used}))
    states = [entry.state for entry in run_checks(found, [obj], "ns", False, True) if entry.name == "object quota"]
    assert states == ([state] if state else [])


@pytest.mark.parametrize("existing", [{"api-config-2"}, None], ids=["it exists", "not known"])
def test_what_exists_already_needs_no_room_and_what_is_not_known_fails_nothing(existing):
    quotas = counting({"configmaps": "1"}, {"configmaps": "1"})
    found = facts(quotas=quotas, existing={("v1", "ConfigMap"): existing})
    assert all(entry.state == "ok" for entry in run_checks(found, [CONFIG], "ns", False, True))


def test_the_quota_that_is_full_is_named_with_what_is_added():
    found = check("object quota", facts(quotas=counting({"configmaps": "3"}, {"configmaps": "3"})), CONFIG)
    assert found.message == "q allows configmaps=3, 0 are left, and the release adds ConfigMap/api-config-2"


def other_ingress(**changes) -> dict:
    """Of another release, with the same class, host and path."""
    spec = {"ingressClassName": "nginx", "rules": [{"http": {"paths": [{"path": "/predict"}]}}]} | changes.get(
        "spec", {}
    )
    meta = {"name": "first", "namespace": "prod"} | changes.get("metadata", {})
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": spec}


ALIKE = {"ingress_classes": [{"metadata": {"name": "nginx"}}, {"metadata": {"name": "gce"}}]}


def address_checks(ours: dict, others: list | None) -> list:
    found = run_checks(facts(**ALIKE, ingresses=others), [ours], "ns", True, True)
    return [one for one in found if one.name == "ingress address"]


def test_an_address_that_another_ingress_has_is_told():
    ours = other_ingress(metadata={"name": "second", "namespace": "ns"})
    (found,) = address_checks(ours, [other_ingress()])
    assert found.state == "warning" and "Ingress prod/first has every host/predict too" in found.message
    assert "model_serving_ingress_host" in found.remedy


@pytest.mark.parametrize(
    ("ours", "other"),
    [
        ({}, {"metadata": {"name": "second", "namespace": "ns"}}),
        ({}, {"spec": {"rules": [{"host": "a.example", "http": {"paths": [{"path": "/predict"}]}}]}}),
        ({}, {"spec": {"rules": [{"http": {"paths": [{"path": "/"}]}}]}}),
        ({}, {"spec": {"ingressClassName": "gce"}}),
        ({}, {"metadata": {"annotations": {"nginx.ingress.kubernetes.io/canary": "true"}}}),
        ({"spec": {"ingressClassName": "gce"}}, {"spec": {"ingressClassName": "gce"}}),
    ],
    ids=["itself", "another host", "another path", "another class", "a canary", "a load balancer each"],
)
def test_what_shares_no_address(ours, other):
    mine = other_ingress(**ours)
    mine["metadata"] = {"name": "second", "namespace": "ns"}
    assert address_checks(mine, [other_ingress(**other)]) == []


def test_where_ingresses_may_not_be_listed_nothing_is_said():
    assert address_checks(other_ingress(metadata={"name": "second", "namespace": "ns"}), None) == []
