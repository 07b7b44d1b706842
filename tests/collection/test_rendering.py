# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the templates render: objects that the API accepts, with the values of the variables."""

from __future__ import annotations

import json
import re

import kind_definitions
import pytest
import yaml
from kubernetes_schema import MODELS, problems
from playbook_runs import ROLE, manifests, render

from ansible_collections.modelops.serving.plugins.module_utils.manifests.kustomize import patch

# Text that a user may write and that would break a manifest without proper quoting.
NASTY = "a: b #c\n- {d}: \"e' \\ [f] %g é"

FETCHED = [
    {"name": "churn", "version": 7, "uri": "s3://models/churn.skops", "sha256": "AB" * 32},
    {"name": "fraud", "version": "2024.1", "uri": "https://models.example/fraud.skops", "sha256": "cd" * 32},
]
SIDECAR = {
    "name": "log",
    "image": "log:1",
    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    "volumeMounts": [{"name": "cache", "mountPath": "/cache"}],
}
OWN = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "metadata": {"name": "keys", "labels": {"app": "vault", "team": "keys"}},
    "spec": {"secretStoreRef": {"name": "vault", "kind": "SecretStore"}},
}
EXTRAS = {
    "model_serving_labels": {"team": "risk"},
    "model_serving_extra_env": [
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        {"name": "NOTE", "value": NASTY},
    ],
    "model_serving_extra_containers": [SIDECAR],
    "model_serving_extra_init_containers": [{"name": "first", "image": "first:1"}],
    "model_serving_extra_volumes": [{"name": "cache", "emptyDir": {}}],
    "model_serving_extra_volume_mounts": [{"name": "cache", "mountPath": "/cache"}],
    "model_serving_pod_labels": {"sidecar.istio.io/inject": False},
    "model_serving_pod_annotations": {"prometheus.io/scrape": False, "note": NASTY},
    "model_serving_ephemeral_storage_request": "1Gi",
    "model_serving_ephemeral_storage_limit": "2Gi",
    "model_serving_extra_resources": {"nvidia.com/gpu": 1},
    "model_serving_extra_objects": [OWN],
    "model_serving_patches": {
        "deployment": {
            "spec": {
                "paused": None,
                "template": {
                    "spec": {
                        "hostAliases": [{"ip": "192.0.2.1", "hostnames": ["store"]}],
                        "containers": [{"name": "api", "tty": True}, {"name": "log", "args": ["-v"]}],
                    }
                },
            }
        },
        "service": {"spec": {"ports": [{"name": "extra", "port": 81, "targetPort": 81}]}},
        "ingress": None,
    },
}
VARIANTS = {
    "defaults": {},
    "plain": {"model_serving_monitoring": "none", "model_serving_ingress_dialect": "plain"},
    "annotations": {"model_serving_monitoring": "annotations"},
    "survey": {  # AWX passes every answer as a string
        "model_serving_autoscaling_enabled": "false",
        "model_serving_replicas": "5",
        "model_serving_max_surge": "25%",
        "model_serving_pdb_min_available": "50%",
        "model_serving_ingress_tls_redirect": "no",
        "model_serving_startup_probe_enabled": "no",
    },
    "everything": {
        "model_serving_load_balancer_enabled": True,
        "model_serving_load_balancer_source_ranges": ["192.0.2.0/24"],
        "model_serving_vpa_enabled": True,
        "model_serving_monitoring": "operator",
        "model_serving_alert_for": {"ModelServerRejects": "1m"},
        "model_serving_ingress_host": "models.example.org",
        "model_serving_ingress_tls_secret": "tls",
        "model_serving_ingress_paths": ["/predict", "/v2"],
        "model_serving_image_pull_secrets": ["registry"],
        "model_serving_settings_secrets": ["keys"],
        "model_serving_priority_class": "high",
        "model_serving_node_selector": {"disk": "ssd"},
        "model_serving_tolerations": [{"key": "gpu", "operator": "Exists"}],
        "model_serving_affinity": {"nodeAffinity": {}},
        "model_serving_network_policy_model_store_cidrs": ["198.51.100.0/24"],
        "model_serving_network_policy_ingress_cidrs": ["203.0.113.0/24"],
        "model_serving_network_policy_api_server_cidrs": ["192.0.2.8/29"],
        "model_serving_processes": 2,
        "model_serving_trusted_types": ["sklearn.tree._tree.Tree", "my.Type"],
        "model_serving_allow_joblib": True,
        "model_serving_autoscaling_scope": "container",
        "model_serving_autoscaling_tolerance": "0.05",
        "model_serving_autoscaling_in_flight": "2.50",
        "model_serving_autoscaling_metrics": [
            {
                "type": "Pods",
                "pods": {
                    "metric": {"name": "in_flight"},
                    "target": {"type": "AverageValue", "averageValue": "20"},
                },
            }
        ],
    },
    "nasty": {
        "model_serving_annotations": {"note": NASTY},
        "model_serving_ingress_annotations": {"note": NASTY},
        "model_serving_settings": {"MODEL_TRUSTED_TYPES": NASTY},
        "model_serving_alert_labels": {"note": NASTY},
        "model_serving_service_account_annotations": {"other": NASTY},
    },
    # What YAML reads as a number, true or nothing, where Kubernetes takes text only.
    "no-text": {
        name: {"year": 2026, "share": 1.5, "spot": True, "empty": None}
        for name in (
            "model_serving_labels",
            "model_serving_annotations",
            "model_serving_node_selector",
            "model_serving_monitoring_labels",
            "model_serving_dashboard_labels",
            "model_serving_alert_labels",
            "model_serving_ingress_annotations",
            "model_serving_service_account_annotations",
            "model_serving_load_balancer_annotations",
            "model_serving_settings",
            "model_serving_models_settings",
        )
    }
    | {
        "model_serving_models": FETCHED,
        "model_serving_network_policy_model_store_cidrs": ["198.51.100.0/24"],
        "model_serving_load_balancer_enabled": True,
    },
    "no-text-at-a-gateway": {
        "model_serving_ingress_annotations": {"year": 2026},
        "model_serving_ingress_dialect": "envoy-gateway",
    },
    "long-tag": {"model_serving_image": f"registry.example.org:5000/api:_{'a' * 61}.{'b' * 30}"},
    "own-version": {
        "model_serving_labels": {"app.kubernetes.io/version": "7.1"},
        "model_serving_pod_labels": {"app.kubernetes.io/managed-by": "argocd"},
    },
    "long-drain": {"model_serving_settings": {"SERVER_DRAIN_SECONDS": "120.5"}, "model_serving_pre_stop_seconds": 7},
    "changed": {"model_serving_log_level": "DEBUG"},
    "fetched": {
        "model_serving_models": FETCHED,
        "model_serving_models_settings": {"AWS_REGION": "eu-1", "AWS_ALLOW_HTTP": True},
        "model_serving_models_secrets": ["store"],
        "model_serving_network_policy_model_store_cidrs": ["198.51.100.0/24"],
        "model_serving_service_account_annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/models"},
    },
    "fetched-by-own-ca": {
        "model_serving_models": FETCHED,
        "model_serving_models_ca": "store-ca",
        "model_serving_models_settings": {"AWS_REGION": "eu-1"},
        "model_serving_network_policy_model_store_cidrs": ["198.51.100.0/24"],
    },
    "volume": {"model_serving_models_volume": {"persistentVolumeClaim": {"claimName": "models"}}},
    "f5": {"model_serving_ingress_dialect": "f5-nginx"},
    "tls": {"model_serving_tls_secret": "api-tls", "model_serving_load_balancer_enabled": True},
    "tls-f5": {"model_serving_tls_secret": "api-tls", "model_serving_ingress_dialect": "f5-nginx"},
    "grpc": {"model_serving_service_grpc_port": 8001},
    "grpc-with-tls": {"model_serving_service_grpc_port": 8001, "model_serving_tls_secret": "api-tls"},
    "unlimited": {"model_serving_ingress_requests_per_second": 0},
    "nginx-gateway": {"model_serving_ingress_dialect": "nginx-gateway-fabric"},
    "envoy-gateway": {
        "model_serving_ingress_dialect": "envoy-gateway",
        "model_serving_ingress_tls_redirect": False,
    },
    "gateway": {"model_serving_ingress_dialect": "gateway"},
    "grpc-gateway": {"model_serving_ingress_dialect": "gateway", "model_serving_service_grpc_port": 8001},
    "tls-gateway": {"model_serving_ingress_dialect": "gateway", "model_serving_tls_secret": "api-tls"},
    "tls-gateway-own-ca": {
        "model_serving_ingress_dialect": "gateway",
        "model_serving_tls_secret": "api-tls",
        "model_serving_gateway_backend_host": "models.internal",
        "model_serving_gateway_backend_ca": "own-ca",
    },
    "extras": EXTRAS,
    "extras-beside-fetched-models": {
        "model_serving_models": FETCHED,
        "model_serving_network_policy_model_store_cidrs": ["198.51.100.0/24"],
        "model_serving_extra_init_containers": [{"name": "first", "image": "first:1"}],
        "model_serving_tls_secret": "api-tls",
        "model_serving_extra_volumes": [{"name": "cache", "emptyDir": {}}],
        "model_serving_extra_volume_mounts": [{"name": "cache", "mountPath": "/cache"}],
    },
    "openshift": {
        "model_serving_ingress_dialect": "openshift",
        "model_serving_ingress_host": "models.apps.example.org",
        "model_serving_run_as_user": None,
        "model_serving_network_policy_ingress_labels": {"network.openshift.io/policy-group": "ingress"},
    },
    "openshift-survey": {
        "model_serving_ingress_dialect": "openshift",
        "model_serving_ingress_tls_redirect": "no",
        "model_serving_ingress_paths": ["/v2"],
        "model_serving_ingress_requests_per_second": "0",
        "model_serving_run_as_user": "",
    },
    "openshift-passthrough": {"model_serving_ingress_dialect": "openshift", "model_serving_tls_secret": "api-tls"},
    "openshift-passthrough-alone": {
        "model_serving_ingress_dialect": "openshift",
        "model_serving_tls_secret": "api-tls",
        "model_serving_ingress_tls_redirect": False,
    },
    "openshift-reencrypt": {
        "model_serving_ingress_dialect": "openshift",
        "model_serving_tls_secret": "api-tls",
        "model_serving_ingress_tls_secret": "route-tls",
    },
    "own-security": {
        "model_serving_pod_security": {"runAsUser": None, "runAsGroup": None, "fsGroup": None},
        "model_serving_container_security": {"capabilities": {"add": ["NET_BIND_SERVICE"]}},
    },
}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory) -> dict[str, list[dict]]:
    return render(VARIANTS, tmp_path_factory.mktemp("render"))


def one(objects: list[dict], kind: str, name: str = "model-api") -> dict:
    found = [obj for obj in objects if obj["kind"] == kind and obj["metadata"]["name"] == name]
    assert len(found) == 1, f"{len(found)} of {kind}/{name}"
    return found[0]


def kinds(objects: list[dict]) -> set[str]:
    return {obj["kind"] for obj in objects}


def container(objects: list[dict]) -> dict:
    return one(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_field_exists_in_the_api_and_has_its_type(rendered, variant):
    known = [obj for obj in rendered[variant] if obj["apiVersion"] in MODELS]
    assert len(known) >= 9
    assert [problem for obj in known for problem in problems(obj)] == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_object_carries_the_labels_and_the_namespace(rendered, variant):
    own = [entry["metadata"]["name"] for entry in VARIANTS[variant].get("model_serving_extra_objects", [])]
    for obj in rendered[variant]:
        assert obj["metadata"]["namespace"] == "ml-serving"
        assert obj["metadata"]["labels"]["app"] == "model-api" or obj["metadata"]["name"] in own
        assert obj["metadata"]["labels"]["app.kubernetes.io/instance"] == "model-api"
        assert obj["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "modelops.serving"


def test_every_manifest_is_rendered_by_a_variant(rendered):
    """By kind: the objects of that kind, over all variants, are as many as the templates that make it."""
    made: dict[str, set] = {}
    for objects in rendered.values():
        for obj in objects:
            made.setdefault(obj["kind"], set()).add(re.sub("-config-.*", "-config", obj["metadata"]["name"]))
    templates: dict[str, list] = {}
    for path in sorted((ROLE / "templates").iterdir()):
        templates.setdefault(re.search(r"^kind: (\w+)", path.read_text(), re.MULTILINE)[1], []).append(path.name)
    forgotten = [
        f"no variant renders {' or '.join(names)}: add one to VARIANTS that switches it on"
        for kind, names in templates.items()
        if len(made.get(kind, ())) < len(names)
    ]
    assert not forgotten, "\n".join(forgotten)


def test_the_set_with_defaults(rendered):
    assert sorted((obj["kind"], obj["metadata"]["name"].split("-config-")[0]) for obj in rendered["defaults"]) == [
        ("ConfigMap", "model-api"),
        ("ConfigMap", "model-api-dashboard"),
        ("Deployment", "model-api"),
        ("HorizontalPodAutoscaler", "model-api"),
        ("Ingress", "model-api"),
        ("NetworkPolicy", "model-api"),
        ("PodDisruptionBudget", "model-api"),
        ("PrometheusRule", "model-api"),
        ("Service", "model-api"),
        ("Service", "model-api-metrics"),
        ("ServiceAccount", "model-api"),
        ("ServiceMonitor", "model-api"),
    ]


def test_pods_are_hardened(rendered):
    pod = one(rendered["defaults"], "Deployment")["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 1000
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container(rendered["defaults"])["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_figures_of_the_deployment(rendered):
    spec = one(rendered["defaults"], "Deployment")["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    api = container(rendered["defaults"])
    assert api["resources"] == {
        "requests": {"cpu": "500m", "memory": "1Gi"},
        "limits": {"cpu": "1000m", "memory": "2Gi"},
    }
    ports = {port["name"]: port["containerPort"] for port in api["ports"]}
    assert ports == {"http": 5000, "metrics": 8000}
    live, ready = api["livenessProbe"], api["readinessProbe"]
    assert (live["httpGet"], live["initialDelaySeconds"], live["periodSeconds"], live["timeoutSeconds"]) == (
        {"path": "/health", "port": "metrics"},
        30,
        10,
        5,
    )
    assert (ready["httpGet"], ready["periodSeconds"], ready["timeoutSeconds"]) == (
        {"path": "/health", "port": "http"},
        5,
        3,
    )


def test_a_startup_probe_carries_the_readiness_delay(rendered):
    assert "initialDelaySeconds" not in container(rendered["defaults"])["readinessProbe"]
    assert container(rendered["defaults"])["startupProbe"]["failureThreshold"] == 300
    assert "startupProbe" not in container(rendered["survey"])
    assert container(rendered["survey"])["readinessProbe"]["initialDelaySeconds"] == 20


def test_models_are_fetched_before_the_server_starts(rendered):
    pod = one(rendered["fetched"], "Deployment")["spec"]["template"]["spec"]
    fetch, api = pod["initContainers"][0], pod["containers"][0]
    config = next(obj for obj in rendered["fetched"] if "-config-" in obj["metadata"]["name"])
    assert config["data"]["MODEL_SOURCES"] == (
        "churn/7=s3://models/churn.skops fraud/2024.1=https://models.example/fraud.skops"
    )
    assert config["data"]["MODEL_SHA256"] == f"churn/7={'ab' * 32} fraud/2024.1={'cd' * 32}"
    assert fetch["image"] == api["image"]
    assert fetch["envFrom"] == [*api["envFrom"], {"secretRef": {"name": "store"}}]
    assert fetch["env"] == [{"name": "AWS_ALLOW_HTTP", "value": "true"}, {"name": "AWS_REGION", "value": "eu-1"}]
    assert (fetch["securityContext"], fetch["resources"]) == (api["securityContext"], api["resources"])
    assert {"name": "models", "emptyDir": {"sizeLimit": "2Gi"}} in pod["volumes"]
    assert fetch["volumeMounts"] == [{"name": "models", "mountPath": "/models"}]
    assert {"name": "models", "mountPath": "/models", "readOnly": True} in api["volumeMounts"]
    account = one(rendered["fetched"], "ServiceAccount")["metadata"]["annotations"]
    assert account == {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/models"}


def test_what_fetches_the_models_trusts_the_ca_of_the_store_beside_the_image_s(rendered):
    pod = one(rendered["fetched-by-own-ca"], "Deployment")["spec"]["template"]["spec"]
    fetch, api = pod["initContainers"][0], pod["containers"][0]
    assert {entry["name"]: entry["value"] for entry in fetch["env"]} == {
        "AWS_REGION": "eu-1",
        "SSL_CERT_DIR": "/etc/ssl/certs",
        "SSL_CERT_FILE": "/etc/model-server/store-ca/ca.crt",
    }
    assert {"name": "store-ca", "mountPath": "/etc/model-server/store-ca", "readOnly": True} in fetch["volumeMounts"]
    assert {"name": "store-ca", "configMap": {"name": "store-ca"}} in pod["volumes"]
    assert "store-ca" not in [mount["name"] for mount in api["volumeMounts"]]


def test_models_of_a_volume_take_the_place_of_the_images(rendered):
    pod = one(rendered["volume"], "Deployment")["spec"]["template"]["spec"]
    assert "initContainers" not in pod
    assert {"name": "models", "persistentVolumeClaim": {"claimName": "models"}} in pod["volumes"]
    mounts = pod["containers"][0]["volumeMounts"]
    assert {"name": "models", "mountPath": "/models", "readOnly": True} in mounts
    plain = one(rendered["defaults"], "Deployment")["spec"]["template"]["spec"]
    assert [volume["name"] for volume in plain["volumes"]] == ["tmp"]


def test_the_autoscaler_alone_owns_the_replicas(rendered):
    assert "replicas" not in one(rendered["defaults"], "Deployment")["spec"]
    assert one(rendered["survey"], "Deployment")["spec"]["replicas"] == 5
    assert "HorizontalPodAutoscaler" not in kinds(rendered["survey"])


def test_figures_of_the_autoscaler(rendered):
    spec = one(rendered["defaults"], "HorizontalPodAutoscaler")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (3, 10)
    goals = {m["resource"]["name"]: m["resource"]["target"]["averageUtilization"] for m in spec["metrics"]}
    assert goals == {"cpu": 70, "memory": 80}
    assert spec["behavior"]["scaleUp"] == {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [
            {"type": "Percent", "value": 100, "periodSeconds": 30},
            {"type": "Pods", "value": 2, "periodSeconds": 30},
        ],
    }
    assert spec["behavior"]["scaleDown"] == {
        "stabilizationWindowSeconds": 300,
        "policies": [{"type": "Percent", "value": 50, "periodSeconds": 60}],
    }


def test_metrics_of_the_container_and_from_elsewhere(rendered):
    spec = one(rendered["everything"], "HorizontalPodAutoscaler")["spec"]
    assert [metric["type"] for metric in spec["metrics"]] == [
        "ContainerResource",
        "ContainerResource",
        "Pods",
        "Pods",
    ]
    assert spec["metrics"][2]["pods"] == {
        "metric": {"name": "model_server_in_flight_average"},
        "target": {"type": "AverageValue", "averageValue": "2.5"},
    }
    assert spec["behavior"]["scaleDown"]["tolerance"] == "0.05"


def test_the_configuration_is_named_after_its_content(rendered):
    names = {}
    for variant in ("defaults", "changed"):
        config = next(obj for obj in rendered[variant] if "-config-" in obj["metadata"]["name"])
        assert config["immutable"] is True
        names[variant] = config["metadata"]["name"]
        assert container(rendered[variant])["envFrom"][0]["configMapRef"]["name"] == names[variant]
    assert names["defaults"] != names["changed"]


def test_a_pod_has_time_to_drain(rendered):
    pod = one(rendered["defaults"], "Deployment")["spec"]["template"]["spec"]
    config = next(obj for obj in rendered["defaults"] if "-config-" in obj["metadata"]["name"])
    sleep = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > sleep + int(config["data"]["SERVER_DRAIN_SECONDS"])


def test_a_setting_that_lets_the_server_drain_for_longer_moves_the_end_of_the_pod(rendered):
    pod = one(rendered["long-drain"], "Deployment")["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] == 7 + 121 + 10
    assert one(rendered["defaults"], "Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 40


def test_a_tag_that_is_no_label_is_cut_and_trimmed_for_the_label_alone(rendered):
    deployment = one(rendered["long-tag"], "Deployment")
    for meta in (deployment["metadata"], deployment["spec"]["template"]["metadata"]):
        assert meta["labels"]["app.kubernetes.io/version"] == f"{'a' * 61}.b"
    assert container(rendered["long-tag"])["image"] == VARIANTS["long-tag"]["model_serving_image"]


def test_a_version_of_ones_own_takes_the_place_of_the_image_s_tag(rendered):
    deployment = one(rendered["own-version"], "Deployment")
    pods = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["metadata"]["labels"]["app.kubernetes.io/version"] == "7.1"
    assert pods["app.kubernetes.io/version"] == "7.1"
    assert pods["app.kubernetes.io/managed-by"] == "argocd"


@pytest.mark.parametrize("variant", ["no-text", "no-text-at-a-gateway"])
def test_labels_annotations_and_variables_are_text(rendered, variant):
    text = {"year": "2026", "share": "1.5", "spot": "true", "empty": ""}

    def texts(value):
        """Every dictionary below the value that one of these names is in."""
        if isinstance(value, dict):
            yield from [value] if set(value) & set(text) else []
            for item in value.values():
                yield from texts(item)
        elif isinstance(value, list):
            for item in value:
                yield from texts(item)

    found = [entry for obj in rendered[variant] for entry in texts(obj)]
    assert len(found) >= len(rendered[variant]) if variant == "no-text" else found
    for entry in found:
        assert {name: entry[name] for name in text if name in entry} == {
            name: value for name, value in text.items() if name in entry
        }
    if variant == "no-text":
        fetch = one(rendered[variant], "Deployment")["spec"]["template"]["spec"]["initContainers"][0]
        assert {entry["name"]: entry["value"] for entry in fetch["env"]} == text


def test_limits_of_the_ingress_in_each_dialect(rendered):
    nginx = one(rendered["defaults"], "Ingress")["metadata"]["annotations"]
    prefix = "nginx.ingress.kubernetes.io/"
    assert nginx[prefix + "limit-rps"] == "100"
    assert nginx[prefix + "proxy-body-size"] == "10m"
    assert nginx[prefix + "proxy-read-timeout"] == "30"
    assert nginx[prefix + "ssl-redirect"] == "true"
    assert one(rendered["survey"], "Ingress")["metadata"]["annotations"][prefix + "ssl-redirect"] == "false"
    assert prefix + "limit-rps" not in one(rendered["unlimited"], "Ingress")["metadata"]["annotations"]
    f5 = one(rendered["f5"], "Ingress")["metadata"]["annotations"]
    assert (f5["nginx.org/limit-req-rate"], f5["nginx.org/client-max-body-size"]) == ("100r/s", "10m")
    assert one(rendered["plain"], "Ingress")["metadata"]["annotations"] == {}


def test_tls_up_to_the_pods(rendered):
    pod = one(rendered["tls"], "Deployment")["spec"]["template"]["spec"]
    api = pod["containers"][0]
    assert {"name": "tls", "secret": {"secretName": "api-tls", "defaultMode": 0o440}} in pod["volumes"]
    (mount,) = [mount for mount in api["volumeMounts"] if mount["name"] == "tls"]
    config = next(obj for obj in rendered["tls"] if "-config-" in obj["metadata"]["name"])["data"]
    assert config["SERVER_TLS_CERTIFICATE_FILE"] == f"{mount['mountPath']}/tls.crt"
    assert config["SERVER_TLS_KEY_FILE"] == f"{mount['mountPath']}/tls.key"
    assert api["ports"][0] == {"name": "https", "containerPort": 5000, "protocol": "TCP"}
    for probe in ("startupProbe", "readinessProbe"):
        assert api[probe]["httpGet"] == {"path": "/health", "port": "https", "scheme": "HTTPS"}
    assert api["livenessProbe"]["httpGet"] == {"path": "/health", "port": "metrics"}
    for service in ("model-api", "model-api-lb"):
        (port,) = one(rendered["tls"], "Service", service)["spec"]["ports"]
        assert (port["name"], port["appProtocol"], port["targetPort"]) == ("https", "https", "https")
    ingress = one(rendered["tls"], "Ingress")
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/backend-protocol"] == "HTTPS"
    assert ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["port"] == {"name": "https"}
    assert one(rendered["tls-f5"], "Ingress")["metadata"]["annotations"]["nginx.org/ssl-services"] == "model-api"


def test_grpc_on_a_port_of_its_own(rendered):
    for name, protocol in (("grpc", "kubernetes.io/h2c"), ("grpc-with-tls", "https")):
        grpc = {"name": "grpc", "containerPort": 8001, "protocol": "TCP"}
        assert grpc in container(rendered[name])["ports"]
        port = one(rendered[name], "Service", "model-api")["spec"]["ports"][1]
        assert port == {"name": "grpc", "appProtocol": protocol, "port": 8001, "targetPort": "grpc", "protocol": "TCP"}
        opened = one(rendered[name], "NetworkPolicy")["spec"]["ingress"][0]["ports"]
        assert [entry["port"] for entry in opened] == [5000, 8001]
        config = next(obj for obj in rendered[name] if "-config-" in obj["metadata"]["name"])["data"]
        assert config["SERVER_GRPC_PORT"] == "8001"
    assert "grpc" not in json.dumps(rendered["defaults"]).lower()


def test_without_tls_nothing_mentions_it(rendered):
    assert "tls" not in json.dumps([container(rendered["defaults"]), one(rendered["defaults"], "Service")])
    annotations = one(rendered["defaults"], "Ingress")["metadata"]["annotations"]
    assert "nginx.ingress.kubernetes.io/backend-protocol" not in annotations


def test_gateways_take_a_route_and_policies(rendered):
    assert {"HTTPRoute", "ClientSettingsPolicy", "RateLimitPolicy"} <= kinds(rendered["nginx-gateway"])
    assert {"HTTPRoute", "BackendTrafficPolicy"} <= kinds(rendered["envoy-gateway"])
    for variant in ("gateway", "nginx-gateway", "envoy-gateway"):
        assert "Ingress" not in kinds(rendered[variant])
    redirect = one(rendered["nginx-gateway"], "HTTPRoute", "model-api-redirect")
    assert redirect["spec"]["rules"][0]["filters"][0]["requestRedirect"]["scheme"] == "https"
    for variant in ("gateway", "envoy-gateway"):
        assert one(rendered[variant], "HTTPRoute")["spec"]["rules"][0]["timeouts"] == {"request": "30s"}


def test_what_a_definition_fills_in_is_written(rendered):
    """Else Argo CD shows for ever that the object is out of sync. What users add is theirs."""
    known = kind_definitions.schemas()
    wrong = {
        f"{variant}: {obj['kind']}/{obj['metadata']['name']}": added
        for variant, objects in rendered.items()
        for obj in objects
        if obj["metadata"]["name"].startswith("model-api")
        and (schema := known.get((obj["apiVersion"], obj["kind"])))
        and (added := patch(obj, kind_definitions.filled(obj, schema)))
    }
    assert not wrong, json.dumps(wrong, indent=2)


def test_a_plain_gateway_takes_only_what_the_api_itself_has(rendered):
    of_gateways = {obj["kind"] for obj in rendered["gateway"] if "gateway" in obj["apiVersion"]}
    assert of_gateways == {"HTTPRoute"}
    assert one(rendered["gateway"], "HTTPRoute", "model-api-redirect")


def test_grpc_goes_through_the_same_route(rendered):
    first, rest = one(rendered["grpc-gateway"], "HTTPRoute")["spec"]["rules"]
    assert first["matches"] == [{"path": {"type": "PathPrefix", "value": "/inference.GRPCInferenceService"}}]
    service = {"group": "", "kind": "Service", "name": "model-api", "weight": 1}
    assert first["backendRefs"] == [service | {"port": 8001}]
    assert rest["backendRefs"] == [service | {"port": 80}]


def test_a_gateway_verifies_pods_that_speak_tls(rendered):
    policy = one(rendered["tls-gateway"], "BackendTLSPolicy")["spec"]
    assert policy["targetRefs"] == [{"group": "", "kind": "Service", "name": "model-api"}]
    assert policy["validation"] == {"hostname": "model-api.ml-serving.svc", "wellKnownCACertificates": "System"}
    assert one(rendered["tls-gateway-own-ca"], "BackendTLSPolicy")["spec"]["validation"] == {
        "hostname": "models.internal",
        "caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "own-ca"}],
    }


def test_openshift_takes_a_route(rendered):
    assert "Ingress" not in kinds(rendered["openshift"])
    route = one(rendered["openshift"], "Route")
    assert route["spec"] == {
        "host": "models.apps.example.org",
        "to": {"kind": "Service", "name": "model-api", "weight": 100},
        "wildcardPolicy": "None",
        "port": {"targetPort": "http"},
        "tls": {"termination": "edge", "insecureEdgeTerminationPolicy": "Redirect"},
    }
    router = "haproxy.router.openshift.io/"
    assert route["metadata"]["annotations"] == {
        f"{router}timeout": "30s",
        f"{router}disable_cookies": "true",
        f"{router}rate-limit-connections": "true",
        f"{router}rate-limit-connections.rate-http": "1000",  # in ten seconds
    }
    other = one(rendered["openshift-survey"], "Route")
    assert (other["spec"]["path"], "host" in other["spec"]) == ("/v2", False)
    assert set(other["metadata"]["annotations"]) == {f"{router}timeout", f"{router}disable_cookies"}


@pytest.mark.parametrize(
    ("variant", "tls"),
    [
        ("openshift-survey", ("edge", "Allow", None)),
        ("openshift-passthrough", ("passthrough", "Redirect", None)),
        ("openshift-passthrough-alone", ("passthrough", "None", None)),
        ("openshift-reencrypt", ("reencrypt", "Redirect", {"name": "route-tls"})),
    ],
)
def test_tls_ends_where_the_certificates_are(rendered, variant, tls):
    found = one(rendered[variant], "Route")["spec"]["tls"]
    assert (found["termination"], found["insecureEdgeTerminationPolicy"], found.get("externalCertificate")) == tls


def test_the_network_policy_finds_routers_by_a_label(rendered):
    source = one(rendered["openshift"], "NetworkPolicy")["spec"]["ingress"][0]["from"][0]
    assert source["namespaceSelector"]["matchLabels"] == {"network.openshift.io/policy-group": "ingress"}


def test_the_network_policy_admits_only_what_is_named(rendered):
    spec = one(rendered["defaults"], "NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    sources = [rule["from"] for rule in spec["ingress"]]
    assert [source["namespaceSelector"]["matchLabels"] for rule in sources for source in rule] == [
        {"kubernetes.io/metadata.name": "ingress-nginx"},
        {"kubernetes.io/metadata.name": "monitoring"},
    ]
    assert {port["port"] for rule in spec["egress"] for port in rule["ports"]} == {53, 5353}
    opened = one(rendered["everything"], "NetworkPolicy")["spec"]
    blocks = [peer["ipBlock"]["cidr"] for peer in opened["ingress"][0]["from"] if "ipBlock" in peer]
    assert blocks == ["203.0.113.0/24", "192.0.2.0/24"]
    api_server = {"from": [{"ipBlock": {"cidr": "192.0.2.8/29"}}]}
    api_server["ports"] = [{"port": port, "protocol": "TCP"} for port in (5000, 8000)]
    assert opened["ingress"][2] == api_server
    assert opened["egress"][1]["ports"] == [{"port": 443, "protocol": "TCP"}]


def test_pods_are_found_without_an_operator(rendered):
    annotations = one(rendered["annotations"], "Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == "8000"
    assert not {"ServiceMonitor", "PrometheusRule"} & kinds(rendered["annotations"])
    found_by_both = one(rendered["defaults"], "Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert found_by_both["prometheus.io/port"] == "8000"
    assert {"ServiceMonitor", "PrometheusRule"} <= kinds(rendered["defaults"])
    operator = one(rendered["everything"], "Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert "prometheus.io/port" not in operator
    assert not {"ServiceMonitor", "PrometheusRule"} & kinds(rendered["plain"])


def test_the_duration_of_an_alert_can_be_set(rendered):
    def durations(variant: str) -> dict[str, str]:
        groups = one(rendered[variant], "PrometheusRule")["spec"]["groups"]
        rules = [rule for group in groups for rule in group["rules"] if "alert" in rule]
        return {rule["alert"] + rule["labels"].get("window", ""): rule.get("for", "0s") for rule in rules}

    assert durations("everything") == durations("defaults") | {"ModelServerRejects": "1m"}


def test_strings_arrive_unchanged(rendered):
    objects = rendered["nasty"]
    assert {obj["metadata"]["annotations"]["note"] for obj in objects} == {NASTY}
    config = next(obj for obj in objects if "-config-" in obj["metadata"]["name"])
    assert config["data"]["MODEL_TRUSTED_TYPES"] == NASTY
    assert one(objects, "ServiceAccount")["metadata"]["annotations"]["other"] == NASTY
    rules = [rule for group in one(objects, "PrometheusRule")["spec"]["groups"] for rule in group["rules"]]
    assert {rule["labels"]["note"] for rule in rules if "alert" in rule} == {NASTY}


def test_processes_and_trusted_types_reach_the_server(rendered):
    config = next(obj for obj in rendered["everything"] if "-config-" in obj["metadata"]["name"])
    assert config["data"]["SERVER_PROCESSES"] == "2"
    assert config["data"]["MODEL_TRUSTED_TYPES"] == "sklearn.tree._tree.Tree my.Type"
    assert config["data"]["MODEL_ALLOW_JOBLIB"] == "true"
    plain = next(obj for obj in rendered["plain"] if "-config-" in obj["metadata"]["name"])
    assert plain["data"]["SERVER_PROCESSES"] == "1"
    assert "MODEL_TRUSTED_TYPES" not in plain["data"]


def test_the_dashboard_is_json(rendered):
    dashboard = one(rendered["defaults"], "ConfigMap", "model-api-dashboard")
    assert json.loads(dashboard["data"]["model-api.json"])["panels"]


def test_the_check_of_fields_finds_wrong_fields(rendered):
    deployment = json.loads(json.dumps(one(rendered["defaults"], "Deployment")))
    deployment["spec"]["replica"] = 3
    deployment["spec"]["minReadySeconds"] = "3"
    assert problems(deployment) == [
        "Deployment.spec.minReadySeconds: '3' is not of type int",
        "Deployment.spec.replica: no such field",
    ]


def test_containers_volumes_and_variables_are_added_to_the_pods(rendered):
    template = one(rendered["extras"], "Deployment")["spec"]["template"]
    pod, api = template["spec"], container(rendered["extras"])
    assert api["env"] == EXTRAS["model_serving_extra_env"]
    assert [entry["name"] for entry in pod["containers"]] == ["api", "log"]
    assert pod["containers"][1] == {**SIDECAR, "args": ["-v"]}
    assert [entry["name"] for entry in pod["initContainers"]] == ["first"]
    assert [entry["name"] for entry in pod["volumes"]] == ["tmp", "cache"]
    assert api["volumeMounts"][-1] == {"name": "cache", "mountPath": "/cache"}
    storage = {kind: api["resources"][kind]["ephemeral-storage"] for kind in ("requests", "limits")}
    assert storage == {"requests": "1Gi", "limits": "2Gi"}
    assert [api["resources"][kind]["nvidia.com/gpu"] for kind in ("requests", "limits")] == ["1", "1"]
    beside = one(rendered["extras-beside-fetched-models"], "Deployment")["spec"]["template"]["spec"]
    assert [entry["name"] for entry in beside["initContainers"]] == ["first", "fetch"]
    assert [entry["name"] for entry in beside["volumes"]] == ["tmp", "models", "tls", "cache"]


def test_labels_and_annotations_of_pods_are_the_pods_alone(rendered):
    deployment = one(rendered["extras"], "Deployment")
    meta = deployment["spec"]["template"]["metadata"]
    assert meta["labels"]["sidecar.istio.io/inject"] == "false"
    assert "sidecar.istio.io/inject" not in deployment["metadata"]["labels"]
    assert (meta["annotations"]["prometheus.io/scrape"], meta["annotations"]["note"]) == ("false", NASTY)
    assert meta["annotations"]["prometheus.io/port"] == "8000"


@pytest.mark.parametrize("variant", ["openshift", "openshift-survey", "own-security"])
def test_the_user_can_be_left_to_the_platform(rendered, variant):
    pod = one(rendered[variant], "Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def test_security_of_containers_can_be_changed(rendered):
    assert container(rendered["own-security"])["securityContext"]["capabilities"] == {
        "drop": ["ALL"],
        "add": ["NET_BIND_SERVICE"],
    }


def test_an_object_of_ones_own_belongs_to_the_release(rendered):
    own = one(rendered["extras"], "ExternalSecret", "keys")
    assert own["spec"] == OWN["spec"]
    assert own["metadata"]["namespace"] == "ml-serving"
    assert own["metadata"]["labels"] == {
        "app": "vault",
        "team": "keys",
        "app.kubernetes.io/instance": "model-api",
        "app.kubernetes.io/managed-by": "modelops.serving",
    }


def test_what_is_rendered_is_patched_by_name(rendered):
    deployment = one(rendered["extras"], "Deployment")["spec"]["template"]["spec"]
    assert deployment["hostAliases"] == [{"ip": "192.0.2.1", "hostnames": ["store"]}]
    assert container(rendered["extras"])["tty"] is True
    ports = one(rendered["extras"], "Service")["spec"]["ports"]
    assert [port["name"] for port in ports] == ["http", "extra"]
    assert one(rendered["extras"], "Ingress") == {
        **one(rendered["defaults"], "Ingress"),
        "metadata": one(rendered["extras"], "Ingress")["metadata"],
    }


def test_every_manifest_but_the_immutable_one_can_be_patched():
    specs = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    assert list(specs["model_serving_patches"]["options"]) == [name for name in manifests() if name != "config_map"]
