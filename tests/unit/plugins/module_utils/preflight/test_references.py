# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a set needs and does not contain."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.preflight import checks, references
from ansible_collections.modelops.serving.plugins.module_utils.preflight.cluster_facts import ClusterFacts
from ansible_collections.modelops.serving.plugins.module_utils.preflight.references import Reference


def deployment(**spec) -> dict:
    pod = {"containers": [{"name": "api"}], **spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "shop"},
        "spec": {"template": {"spec": pod}},
    }


def container(**more) -> dict:
    return deployment(containers=[{"name": "api", **more}])


@pytest.mark.parametrize(
    ("obj", "kind", "use", "required"),
    [
        (deployment(volumes=[{"name": "tls", "secret": {"secretName": "x"}}]), "Secret", "the volume tls", True),
        (deployment(volumes=[{"name": "ca", "configMap": {"name": "x"}}]), "ConfigMap", "the volume ca", True),
        (
            deployment(volumes=[{"name": "all", "projected": {"sources": [{"secret": {"name": "x"}}]}}]),
            "Secret",
            "the volume all",
            True,
        ),
        (container(envFrom=[{"secretRef": {"name": "x"}}]), "Secret", "the environment of container api", True),
        (
            container(env=[{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "a"}}}]),
            "ConfigMap",
            "the environment of container api",
            True,
        ),
        (
            deployment(volumes=[{"name": "models", "persistentVolumeClaim": {"claimName": "x"}}]),
            "PersistentVolumeClaim",
            "the volume models",
            True,
        ),
        (deployment(imagePullSecrets=[{"name": "x"}]), "Secret", "the pull of the image", False),
        (deployment(priorityClassName="x"), "PriorityClass", "the pods' priority", True),
        (
            {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "shop"}}
            | {"spec": {"tls": [{"secretName": "x"}]}},
            "Secret",
            "TLS of the Ingress",
            False,
        ),
    ],
)
def test_what_is_named_is_needed(obj, kind, use, required):
    (found,) = references.of([obj])
    assert (found.kind, found.name, found.use, found.required) == (kind, "x", use, required)


def test_a_claim_may_be_made_by_what_has_its_name():
    claims = deployment(volumes=[{"name": "models", "persistentVolumeClaim": {"claimName": "models"}}])
    maker = {"apiVersion": "cdi.kubevirt.io/v1beta1", "kind": "DataVolume", "metadata": {"name": "models"}}
    assert references.of([claims, maker]) == []


@pytest.mark.parametrize(
    "objects",
    [
        [deployment(volumes=[{"name": "tls", "secret": {"secretName": "x", "optional": True}}])],
        [deployment(priorityClassName="system-node-critical"), {"kind": "Service", "metadata": {"name": "shop"}}],
        [
            container(envFrom=[{"secretRef": {"name": "x"}}]),
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}},
        ],
        [
            container(envFrom=[{"secretRef": {"name": "x"}}]),
            {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "x"}, "spec": {}},
        ],
    ],
    ids=["optional", "system", "in the set", "made by the set"],
)
def test_what_the_set_brings_or_can_do_without_is_not(objects):
    for obj in objects:
        obj.setdefault("apiVersion", "v1")
    assert references.of(objects) == []


def test_the_more_needed_use_counts():
    obj = deployment(imagePullSecrets=[{"name": "x"}], volumes=[{"name": "a", "secret": {"secretName": "x"}}])
    assert [one.required for one in references.of([obj])] == [True]


SETTINGS = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "config"},
    "data": {"SERVER_TLS_CERTIFICATE_FILE": "/etc/tls/tls.crt", "SERVER_TLS_KEY_FILE": "/etc/tls/tls.key"},
}


@pytest.mark.parametrize(
    ("obj", "keys"),
    [
        (container(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "x", "key": "a"}}}]), ("a",)),
        (
            deployment(volumes=[{"name": "v", "secret": {"secretName": "x", "items": [{"key": "b", "path": "c"}]}}]),
            ("b",),
        ),
        (
            deployment(
                volumes=[{"name": "tls", "secret": {"secretName": "x"}}],
                containers=[{"name": "api", "volumeMounts": [{"name": "tls", "mountPath": "/etc/tls/"}]}],
            ),
            ("tls.crt", "tls.key"),
        ),
    ],
)
def test_keys_that_an_object_must_have(obj, keys):
    (found,) = references.of([SETTINGS, obj])
    assert found.keys == keys
    assert references.lacking(found, {"data": {keys[0]: "eA=="}}) == list(keys[1:])
    assert references.lacking(found, {"binaryData": dict.fromkeys(keys, "eA==")}) == []


def test_a_key_that_is_missing_stops_the_release():
    found = ClusterFacts("https://a", "a kubeconfig", False)
    found.lacking = [(Reference("Secret", "api-tls", "the volume tls", True, ("tls.crt",)), ["tls.crt"])]
    assert checks.sentences(checks.needs(found), checks.FAILED) == [
        "references: Secret/api-tls has no tls.crt, and the volume tls needs it. Add it, or correct the variable that "
        "names the object."
    ]


def test_what_is_missing_stops_the_release_where_no_pod_could_start():
    found = ClusterFacts("https://a", "a kubeconfig", False)
    found.absent = [
        Reference("Secret", "api-tls", "the volume tls"),
        Reference("Secret", "regcred", "the pull of the image", False),
    ]
    stops, warns = checks.needs(found)
    assert (stops.state, warns.state) == (checks.FAILED, checks.WARNING)
    assert checks.sentences([stops], checks.FAILED) == [
        "references: Secret/api-tls does not exist, and the volume tls needs it. Create it, or correct the variable "
        "that names it."
    ]
