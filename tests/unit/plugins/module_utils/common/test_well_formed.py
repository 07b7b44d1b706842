# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused of a set before anything is sent, and what is left out of it."""

from __future__ import annotations

import pytest
from release_objects import config_map, deployment

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.well_formed import well_formed

CONTAINER = "spec.template.spec.containers[api]"


def secret(**fields):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, **fields}


def named(name):
    return {**config_map("c"), "metadata": {"name": name}}


def with_container(**fields):
    obj = deployment()
    obj["spec"]["template"]["spec"]["containers"][0] = {"name": "api", **fields}
    return obj


def of_cron_job(**fields):
    pod = {"containers": [{"name": "api", **fields}]}
    spec = {"jobTemplate": {"spec": {"template": {"spec": pod}}}}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly"}, "spec": spec}


def refusal(*objects) -> str:
    with pytest.raises(ServingError) as caught:
        object_set.prepare(list(objects), "api", "ns")
    return str(caught.value)


@pytest.mark.parametrize(
    ("obj", "sentence"),
    [
        (secret(data={"password": 83726151}), "Secret/keys: data.password is a number, not text: quote it."),
        (secret(stringData={"pin": 83726151}), "Secret/keys: stringData.pin is a number, not text: quote it."),
        (secret(data={"on": True}), "Secret/keys: data.on is true or false, not text: quote it."),
        (secret(stringData={"password": None}), "Secret/keys: stringData.password has no value."),
        (secret(stringData=["hunter2"]), "Secret/keys: stringData is a list, not a dictionary."),
        (
            secret(data={"password": "hunter2!!"}),
            "Secret/keys: data.password is not base64. Encode it, or write it as it is under stringData.",
        ),
        ({**config_map("c"), "data": {"PORT": 5000}}, "ConfigMap/c: data.PORT is a number, not text: quote it."),
        (
            {**config_map("c"), "binaryData": {"a": "?"}},
            "ConfigMap/c: binaryData.a is not base64. Encode it, or write it as it is under data.",
        ),
        (
            with_container(env=[{"name": "DB_PASSWORD", "value": 83726151}]),
            f"Deployment/api: {CONTAINER}.env[DB_PASSWORD].value is a number, not text: quote it.",
        ),
        (
            of_cron_job(env=[{"name": "DB_PASSWORD", "value": 83726151}]),
            f"CronJob/nightly: spec.jobTemplate.{CONTAINER}.env[DB_PASSWORD].value is a number, not text: quote it.",
        ),
        (with_container(env={"A": "hunter2"}), f"Deployment/api: {CONTAINER}.env is a dictionary, not a list."),
        (with_container(env=["hunter2"]), f"Deployment/api: {CONTAINER}.env[0] is text, not a dictionary."),
        (with_container(env=[{"value": "hunter2"}]), f"Deployment/api: {CONTAINER}.env[0] has no name."),
    ],
)
def test_a_wrong_value_is_named_and_never_shown(obj, sentence):
    said = refusal(obj)
    assert said == sentence
    assert "83726151" not in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("obj", "sentence"),
    [
        ({**named("c"), "metadata": {"name": "c", "labels": ["a"]}}, "ConfigMap/c: metadata.labels is a list"),
        ({**named("c"), "metadata": {"name": "c", "labels": {"version": 1}}}, "metadata.labels.version is a number"),
        ({**named("c"), "metadata": {"name": "c", "annotations": "x"}}, "ConfigMap/c: metadata.annotations is text"),
        ({**deployment(), "spec": []}, "Deployment/api: spec is a list, not a dictionary."),
        ({"apiVersion": "v1", "kind": "List", "items": []}, "objects[0] is a List: objects takes its items themselves"),
        ({"apiVersion": "v1", "kind": "SecretList", "items": [], "metadata": {}}, "objects[0] is a SecretList"),
        ({**named("c"), "apiVersion": "v1/../../x"}, "apiVersion is 'v1/../../x', which is none"),
    ],
)
def test_what_is_no_object_is_named(obj, sentence):
    assert sentence in refusal(obj)


@pytest.mark.parametrize("name", ["a/b", "..", ".", "a b", "a%2fb", "a?dryRun=All", "a#b", "a\nb"])
def test_no_path_is_made_of_a_name_that_is_none(name):
    assert refusal(named(name)) == (
        f"objects[0] (ConfigMap): metadata.name is {name!r}, which cannot name an object: use lower-case letters, "
        "digits, dashes and dots."
    )


@pytest.mark.parametrize("name", ["a.b", "system:auth-delegator", "kube-root-ca.crt", "My_Role"])
def test_other_names_are_the_api_server_s_to_judge(name):
    assert object_set.prepare([named(name)], "api", "ns")[0]["metadata"]["name"] == name


@pytest.mark.parametrize("value", ["", "eA==", "aHVu\ndGVyMg==\n", "+/+/"])
def test_what_is_base64_is_taken(value):
    assert object_set.prepare([secret(data={"a": value})], "api", "ns")[0]["data"] == {"a": value}


def test_what_the_server_fills_in_is_no_part_of_a_set():
    exported = deployment()
    exported["metadata"] |= {
        "annotations": {"deployment.kubernetes.io/revision": "3", "example/note": "mine"},
        "creationTimestamp": "2026-01-05T12:00:00Z",
        "generation": 4,
        "managedFields": [{"manager": "kubectl"}],
        "resourceVersion": "4711",
        "selfLink": "/apis/apps/v1/namespaces/ns/deployments/api",
        "uid": "0000",
    }
    exported["status"] = {"replicas": 3}
    plain = deployment()
    plain["metadata"]["annotations"] = {"example/note": "mine"}
    assert object_set.prepare([exported], "api", "ns") == object_set.prepare([plain], "api", "ns")
    assert exported["metadata"]["uid"] == "0000"


@pytest.mark.parametrize(
    ("kind", "api_version"),
    [
        ("Service", "serving.knative.dev/v1"),
        ("Namespace", "servicebus.azure.com/v1"),
        ("Deployment", "apigatewayv2.services.k8s.aws/v1alpha1"),
        ("Route", "serving.knative.dev/v1"),
        ("Job", "batch.volcano.sh/v1alpha1"),
    ],
)
def test_what_would_be_taken_for_a_kind_of_kubernetes_is_refused(kind, api_version):
    with pytest.raises(ServingError, match=rf"objects\[0\] is a {kind} of {api_version}, and a release would take it"):
        well_formed(0, {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}})


@pytest.mark.parametrize("api_version", ["projectcalico.org/v3", "networking.k8s.io/v1"])
def test_others_may_be_called_alike(api_version):
    well_formed(0, {"apiVersion": api_version, "kind": "NetworkPolicy", "metadata": {"name": "a"}})
