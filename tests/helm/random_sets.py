# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random variables of the role, from a seed: about a third of all in each set, and together nothing that it refuses."""

from __future__ import annotations

import random
from functools import cache

from write_chart import options, table

# Text that a user may write and that would break a manifest without proper quoting.
NASTY = "a: b #c\n- {d}: \"e' \\ [f] <g> & %h é 🚀 $i {{ j }}"
DIGEST = "sha256:" + "ab" * 32
FETCHED = {"name": "churn", "version": "7", "uri": "s3://models/churn.skops", "sha256": "AB" * 32}
OTHER = {"name": "fraud", "version": "2024.1", "uri": "https://models.example/fraud.skops", "sha256": "cd" * 32}
# An empty text overrides, too: what the release writes, or what stands in model_serving_labels or _annotations.
LABELS = [
    {"team": "risk", "app.kubernetes.io/version": "7"},
    {"year": "2026", "spot": "true", "example.org/empty": ""},
    {"team": "", "release": "one", "app.kubernetes.io/part-of": "", "app.kubernetes.io/version": ""},
]
ANNOTATIONS = [{"example.org/note": NASTY}, {"a": "1", "b": "2.5"}, {"example.org/note": "", "a": "", "b": ""}]
INGRESS_ANNOTATIONS = {
    "nginx.ingress.kubernetes.io/limit-rps": "",
    "nginx.ingress.kubernetes.io/ssl-redirect": "",
    "haproxy.router.openshift.io/timeout": "",
    "nginx.org/proxy-read-timeout": "",
}
POD_METRIC = {
    "type": "Pods",
    "pods": {"metric": {"name": "queue"}, "target": {"type": "AverageValue", "averageValue": "20"}},
}
NODE_AFFINITY = {
    "nodeAffinity": {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 1, "preference": {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}}
        ]
    }
}
SIDECAR = {
    "name": "log",
    "image": "registry.example.org/log:1",
    "args": ["--format", NASTY],
    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
}
OWN_OBJECTS = [
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "mine", "labels": {"team": "own", "year": ""}, "annotations": {"note": NASTY, "no": ""}},
        "data": {"text": NASTY, "number": 1, "share": 0.5, "switch": True, "list": ["<a>", {"é": 1, "b": None}]},
    },
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "keys"},
        "data": {"a": "eA==", "b": "eA=="},
        "stringData": {"b": NASTY, "port": 1, "list": ["é", {"on": True}], "nothing": ""},
    },
    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "none"}, "stringData": {}, "immutable": True},
    {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "mine"}, "spec": {"on": True, "share": 0.5}},
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "own"},
        "spec": {"controller": "a/b"},
    },
    {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "own"}, "rules": []},
]
# Of objects that every set has. A list is merged by its entries' names, or replaced; a null removes.
PATCHES = [
    {
        "deployment": {
            "metadata": {"annotations": {"note": NASTY}},
            "spec": {
                "progressDeadlineSeconds": None,
                "template": {
                    "spec": {
                        "hostAliases": [{"ip": "192.0.2.1", "hostnames": ["store"]}],
                        "tolerations": [],
                        "containers": [
                            {"name": "api", "tty": True, "ports": [{"name": "metrics", "$patch": "delete"}]},
                            {"name": "log", "image": "log:2"},
                        ],
                    }
                },
            },
        },
        "service": {"spec": {"sessionAffinity": "ClientIP", "ports": []}},
    },
    {
        "service_account": {"automountServiceAccountToken": True},
        "service_metrics": {"spec": {"ports": [{"name": "more", "port": 81}], "clusterIP": "None", "type": None}},
    },
]
# What a variable may be besides its default. Numbers, choices and yes or no need no row.
CHOICES: dict[str, list] = {
    "model_serving_labels": LABELS,
    "model_serving_annotations": ANNOTATIONS,
    "model_serving_image": [
        "api:1",
        "registry.example.org:5000/team/model-api:1.4-rc.",
        f"registry.example.org/model-api:_{'a' * 70}",
        f"registry.example.org/model-api@{DIGEST}",
        f"registry.example.org:5000/model-api:1.4@{DIGEST}",
    ],
    "model_serving_image_pull_secrets": [["registry"], ["one", "two"]],
    "model_serving_model_name": ["churn"],
    "model_serving_trusted_types": [["sklearn.tree._tree.Tree"], ["a.B", "c.D"]],
    "model_serving_settings": [
        {"WAITRESS_THREADS": "8", "MODEL_TRUSTED_TYPES": NASTY},
        {"SERVER_DRAIN_SECONDS": "120.5", "LOG_LEVEL": "WARNING"},
        {"MODEL_NAME": "", "MODEL_TRUSTED_TYPES": "", "OTEL_SERVICE_NAME": ""},
    ],
    "model_serving_settings_secrets": [["keys"], ["keys", "more"]],
    "model_serving_tls_secret": ["api-tls"],
    "model_serving_service_grpc_port": [8001, 9090],
    "model_serving_models": [[FETCHED], [FETCHED, OTHER]],
    # In the order of bytes, HTTPS_PROXY is the first.
    "model_serving_models_settings": [
        {
            "AWS_REGION": "eu-1",
            "HTTP_PROXY": "http://proxy:3128",
            "HTTPS_PROXY": "$(HTTP_PROXY)",
            "aB9": "1",
            "Ab_": "2",
        },
        {"SSL_CERT_DIR": "", "AWS_REGION": ""},
    ],
    "model_serving_models_secrets": [["store"]],
    "model_serving_models_ca": ["store-ca"],
    "model_serving_models_size_limit": ["512Mi"],
    "model_serving_models_volume": [{"persistentVolumeClaim": {"claimName": "models"}}],
    "model_serving_service_account_annotations": [
        {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/models"},
        {"a": ""},
    ],
    "model_serving_cpu_request": ["250m", "1"],
    "model_serving_cpu_limit": ["2", "1500m"],
    "model_serving_memory_request": ["512Mi"],
    "model_serving_memory_limit": ["4Gi"],
    "model_serving_ephemeral_storage_request": ["1Gi"],
    "model_serving_ephemeral_storage_limit": ["2Gi"],
    "model_serving_extra_resources": [{"nvidia.com/gpu": 1}, {"example.org/fpga": "2", "hugepages-2Mi": "4Mi"}],
    "model_serving_run_as_user": [None, 1001],
    "model_serving_pod_security": [{"runAsUser": None, "fsGroup": None}, {"supplementalGroups": [7], "fsGroup": 5}],
    "model_serving_container_security": [
        {"capabilities": {"drop": None, "add": ["NET_BIND_SERVICE"]}},
        {"seccompProfile": {"type": "Localhost", "localhostProfile": "own.json"}},
    ],
    "model_serving_pod_labels": LABELS,
    "model_serving_pod_annotations": [*ANNOTATIONS, {"prometheus.io/port": "9000", "prometheus.io/path": ""}],
    "model_serving_extra_env": [
        [{"name": "A", "value": NASTY}],
        [{"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
    ],
    "model_serving_extra_containers": [[SIDECAR]],
    "model_serving_extra_init_containers": [[{"name": "first", "image": "init:1", "command": ["true"]}]],
    "model_serving_extra_volumes": [
        [{"name": "cache", "emptyDir": {}}, {"name": "more", "emptyDir": {"medium": "Memory"}}]
    ],
    "model_serving_extra_volume_mounts": [[{"name": "cache", "mountPath": "/cache"}]],
    "model_serving_extra_objects": [OWN_OBJECTS[:1], OWN_OBJECTS],
    "model_serving_patches": PATCHES,
    "model_serving_priority_class": ["high"],
    "model_serving_node_selector": LABELS,
    "model_serving_tolerations": [[{"key": "gpu", "operator": "Exists"}]],
    "model_serving_affinity": [NODE_AFFINITY],
    "model_serving_max_surge": ["25%", "3"],
    "model_serving_max_unavailable": ["10%", "1"],
    "model_serving_autoscaling_in_flight": [2.5, 8.0],
    "model_serving_autoscaling_metrics": [[POD_METRIC], [POD_METRIC, POD_METRIC]],
    "model_serving_autoscaling_tolerance": ["0.05"],
    "model_serving_pdb_min_available": ["1", "30%"],
    "model_serving_network_policy_ingress_namespace": ["traefik"],
    "model_serving_network_policy_ingress_labels": [{"network.openshift.io/policy-group": "ingress"}],
    "model_serving_network_policy_monitoring_namespace": ["observability"],
    "model_serving_network_policy_dns_namespace": ["openshift-dns"],
    "model_serving_network_policy_ingress_cidrs": [["203.0.113.0/24"]],
    "model_serving_network_policy_api_server_cidrs": [["192.0.2.8/29"]],
    "model_serving_network_policy_model_store_cidrs": [["198.51.100.0/24", "2001:db8::/32"]],
    "model_serving_load_balancer_source_ranges": [["192.0.2.0/24"]],
    "model_serving_load_balancer_annotations": ANNOTATIONS,
    "model_serving_ingress_class": ["traefik", ""],
    "model_serving_ingress_host": ["models.example.org"],
    "model_serving_ingress_paths": [["/predict", "/v1"], ["/v2"]],
    "model_serving_ingress_prefix": ["/churn", "/a.b/c-d_e~/", "/"],
    "model_serving_ingress_tls_secret": ["ingress-tls"],
    "model_serving_ingress_annotations": [*ANNOTATIONS, INGRESS_ANNOTATIONS],
    "model_serving_gateway_name": ["edge"],
    "model_serving_gateway_namespace": ["gateways"],
    "model_serving_gateway_http_listener": ["plain"],
    "model_serving_gateway_https_listener": ["secure"],
    "model_serving_gateway_backend_host": ["models.internal"],
    "model_serving_gateway_backend_ca": ["own-ca"],
    "model_serving_monitoring_labels": [{"release": "prometheus"}, {"release": "", "team": ""}],
    "model_serving_dashboard_labels": [{"grafana": "yes"}, {"grafana_dashboard": "", "team": "", "folder": "ml"}],
    "model_serving_alert_for": [
        {"ModelServerRejects": "1m"},
        {"ModelServerThrottled": "30m", "ModelServerTooFewReady": "1m"},
    ],
    "model_serving_alert_labels": [{"team": "risk"}, {"year": "2026", "spot": "true", "severity": ""}],
    "model_serving_slo_availability": [99.9, 99.95, 95.0],
    "model_serving_slo_latency": [99.9, 90.0],
    "model_serving_verify_path": ["/v1/models/churn:predict"],
    "model_serving_verify_body": [{"instances": [[1, 2.5, "x"]]}],
}
INGRESS_TIMEOUTS = [60, 120]
SHARE = 0.3


@cache
def candidates() -> dict[str, list]:
    """What each variable of the chart may be besides its default."""
    return {name: _candidates(name, options()[name]) for name in table().values()}


def _candidates(name: str, option: dict) -> list:
    default = option.get("default")
    if name in CHOICES:
        return CHOICES[name]
    if "choices" in option:
        return [choice for choice in option["choices"] if choice != default]
    if option["type"] == "bool":
        return [not default]
    if option["type"] == "int":
        return [default + 1, 2 * default + 7]
    raise AssertionError(f"{name} has no row in CHOICES: say what it may be")


def variables(seed: int) -> dict:
    """A set of variables that differ from their defaults."""
    dice = random.Random(seed)
    found = {name: dice.choice(may_be) for name, may_be in candidates().items() if dice.random() < SHARE}
    found.setdefault("model_serving_image", "registry.example.org/model-api:0123456789ab")
    return _allowed(found)


def _allowed(found: dict) -> dict:
    """Without what the role refuses together."""
    if "model_serving_models" in found:
        found.pop("model_serving_models_volume", None)
        found.setdefault("model_serving_network_policy_model_store_cidrs", ["198.51.100.0/24"])
    if "model_serving_extra_volume_mounts" in found:
        found["model_serving_extra_volumes"] = CHOICES["model_serving_extra_volumes"][0]
    if found.get("model_serving_ingress_dialect") == "openshift":
        passthrough = "model_serving_tls_secret" in found and "model_serving_ingress_tls_secret" not in found
        found["model_serving_ingress_paths"] = (
            ["/"] if passthrough else found.get("model_serving_ingress_paths", ["/"])[:1]
        )
        if passthrough:
            found.pop("model_serving_ingress_prefix", None)
    if "model_serving_ingress_prefix" in found:
        if found.get("model_serving_ingress_dialect") == "plain":
            del found["model_serving_ingress_prefix"]
        elif found.get("model_serving_ingress_dialect") == "f5-nginx":
            found["model_serving_ingress_paths"] = ["/"]
    found["model_serving_autoscaling_max_replicas"] = max(
        found.get("model_serving_autoscaling_max_replicas", 10), found.get("model_serving_autoscaling_min_replicas", 3)
    )
    found["model_serving_ingress_timeout"] = found.get("model_serving_request_timeout", 30) + 30
    return found
