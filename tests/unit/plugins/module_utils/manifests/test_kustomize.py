# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A base with overlays, and the patches in them."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.manifests.kustomize import files, patch


def obj(kind: str, name: str, namespace: str = "models", **fields) -> dict:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, **fields}


def test_what_all_targets_have_is_the_base():
    service = obj("Service", "api", spec={"port": 80})
    found = files({"eu": [service], "us": [service]})
    assert found["base/objects.yaml"] == [{**service, "metadata": {"name": "api"}}]
    assert found["overlays/us/kustomization.yaml"][0] == {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "models",
        "resources": ["../../base"],
    }
    assert sorted(found) == [
        "base/kustomization.yaml",
        "base/objects.yaml",
        "overlays/eu/kustomization.yaml",
        "overlays/us/kustomization.yaml",
    ]


def test_a_target_that_differs_has_a_patch():
    found = files({
        "eu": [obj("Service", "api", spec={"port": 80})],
        "us": [obj("Service", "api", "others", spec={"port": 81})],
    })  # fmt: skip
    (overlay,) = found["overlays/us/kustomization.yaml"]
    assert overlay["namespace"] == "others"
    target = {"group": "^$", "version": "v1", "kind": "Service", "name": "api"}
    assert overlay["patches"] == [{"path": "service-api.patch.yaml", "target": target}]
    assert found["overlays/us/service-api.patch.yaml"] == [[{"op": "replace", "path": "/spec/port", "value": 81}]]
    assert "patches" not in found["overlays/eu/kustomization.yaml"][0]


def test_an_object_that_not_all_have_stands_in_the_overlay():
    """Such as ConfigMaps that are named by their content."""
    found = files({
        "eu": [obj("Service", "api"), obj("ConfigMap", "api-1")],
        "us": [obj("Service", "api"), obj("ConfigMap", "api-2")],
    })  # fmt: skip
    assert [at["metadata"]["name"] for at in found["base/objects.yaml"]] == ["api"]
    assert [at["metadata"]["name"] for at in found["overlays/us/objects.yaml"]] == ["api-2"]
    assert found["overlays/us/kustomization.yaml"][0]["resources"] == ["../../base", "objects.yaml"]


def test_a_patch_is_for_one_object_alone():
    """A target's fields are regular expressions."""
    issuer = {"apiVersion": "a.b/v1", "kind": "Issuer", "metadata": {"name": "a:b(c)+"}}
    found = files({"eu": [{**issuer, "spec": 1}], "us": [{**issuer, "spec": 2}]})
    (overlay,) = found["overlays/us/kustomization.yaml"]
    target = {"group": r"a\.b", "version": "v1", "kind": "Issuer", "name": r"a:b\(c\)\+"}
    assert [at["target"] for at in overlay["patches"]] == [target]


@pytest.mark.parametrize(
    "keys",
    [
        [("networking.istio.io/v1", "Gateway", "gw"), ("gateway.networking.k8s.io/v1", "Gateway", "gw")],
        [("a/v1", "Role", "admin"), ("a/v1", "Role", "Admin")],
        [("a/v1", "Thing-a", "b"), ("a/v1", "Thing", "a-b")],
        [("v1", "ConfigMap", "a" * 253), ("v1", "ConfigMap", "a" * 252 + "b")],
    ],
)
def test_each_patch_has_a_file_of_its_own(keys):
    def of_target(number: int) -> list[dict]:
        return [{"apiVersion": v, "kind": k, "metadata": {"name": n}, "spec": number} for v, k, n in keys]

    found = files({"eu": of_target(1), "us": of_target(2)})
    patches = [path.rpartition("/")[2] for path in found if path.endswith(".patch.yaml")]
    assert len({path.lower() for path in patches}) == 2
    assert all(len(path) <= 255 for path in patches)
    (overlay,) = found["overlays/us/kustomization.yaml"]
    assert [at["path"] for at in overlay["patches"]] == patches


def test_targets_that_share_nothing_have_no_base():
    found = files({"eu": [obj("Service", "one")], "us": [obj("Service", "two")]})
    assert not [path for path in found if path.startswith("base/")]
    assert found["overlays/eu/kustomization.yaml"][0]["resources"] == ["objects.yaml"]


@pytest.mark.parametrize(
    ("old", "new", "operations"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, [{"op": "replace", "path": "/a", "value": True}]),
        ({"a": 1}, {"b": 2}, [{"op": "remove", "path": "/a"}, {"op": "add", "path": "/b", "value": 2}]),
        ({"a/b~c": 1}, {"a/b~c": 2}, [{"op": "replace", "path": "/a~1b~0c", "value": 2}]),
        ({"a": [1, {"b": 1}]}, {"a": [1, {"b": 2}]}, [{"op": "replace", "path": "/a/1/b", "value": 2}]),
        ({"a": [1]}, {"a": [1, 2]}, [{"op": "replace", "path": "/a", "value": [1, 2]}]),
        ({"a": {"b": 1}}, {"a": None}, [{"op": "replace", "path": "/a", "value": None}]),
    ],
)
def test_a_patch(old, new, operations):
    assert patch(old, new) == operations


OTHERWISE = "change it, or render with model_serving_render_format=manifests."


@pytest.mark.parametrize("name", ["null", "True", "1", "08", "1_000", "1e3", "1.5", "0x1f", "0o17", "2024-01-01", "~"])
def test_an_annotation_that_kustomize_takes_for_no_text_is_refused(name):
    mine = obj("ConfigMap", "a")
    mine["metadata"]["annotations"] = {name: "x"}
    with pytest.raises(ServingError, match="for no text") as error:
        files({"eu": [mine]})
    assert str(error.value) == f"ConfigMap/a: kustomize takes the annotation '{name}' for no text: {OTHERWISE}"


@pytest.mark.parametrize("name", ["on", "no", "y", "e5", "1a", "1.2.3", "1-2", "a.org/null", "0xg"])
def test_other_annotations_are_written(name):
    mine = obj("ConfigMap", "a", data={"null": "\x1f\t\n\u2028"})
    mine["metadata"]["annotations"] = {name: "a\n\tb"}
    assert files({"eu": [mine]})["base/objects.yaml"][0]["metadata"]["annotations"] == {name: "a\n\tb"}


def test_characters_that_kustomize_loses_are_refused_and_the_text_is_not_shown():
    for place, spec in {"spec.a[0]": {"a": ["secret\x85"]}, "a name in spec": {"\x7f": 1}}.items():
        with pytest.raises(ServingError, match="kustomize loses") as error:
            files({"eu": [obj("Service", "a", spec=spec)]})
        assert place in str(error.value) and "secret" not in str(error.value)


def test_a_number_that_kustomize_reads_as_another_one_is_refused():
    mine = obj("Thing", "a", spec={"ids": [2**53 - 1, 1 - 2**53]})
    assert files({"eu": [mine]})["base/objects.yaml"][0]["spec"] == mine["spec"]
    for number in (2**53 + 1, -(2**64)):
        with pytest.raises(
            ServingError, match=r"^Thing/a: spec\.ids\[0\] is a number that kustomize may read as another"
        ):
            files({"eu": [obj("Thing", "a", spec={"ids": [number]})]})


def test_an_annotation_at_whose_tab_kustomize_fails_is_refused():
    mine = obj("ConfigMap", "a")
    mine["metadata"]["annotations"] = {"note": "\ta\nb"}
    with pytest.raises(ServingError, match="the annotation note has"):
        files({"eu": [mine]})


def binding_to(account: str, kind: str) -> dict:
    bound = obj(kind, "a", subjects=[{"kind": "ServiceAccount", "name": account, "namespace": "ci"}])
    if kind == "ClusterRoleBinding":
        del bound["metadata"]["namespace"]
    return bound


def of_the_cluster(kind: str, name: str, spec: dict) -> dict:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


CONVERTED = {"conversion": {"webhook": {"clientConfig": {"service": {"namespace": "ci", "name": "hooks"}}}}}


@pytest.mark.parametrize(
    ("moved", "path"),
    [
        (binding_to("default", "RoleBinding"), "subjects[0].namespace"),
        (binding_to("default", "ClusterRoleBinding"), "subjects[0].namespace"),
        (of_the_cluster("Namespace", "ci", {}), "metadata.name"),
        (of_the_cluster("APIService", "v1.a.org", {"service": {"namespace": "ci"}}), "spec.service.namespace"),
        (of_the_cluster("CustomResourceDefinition", "things.a.org", CONVERTED), "service.namespace"),
    ],
)
def test_a_namespace_that_kustomize_would_change_is_refused(moved, path):
    with pytest.raises(ServingError, match="the target's namespace") as error:
        files({"eu": [obj("Service", "api"), moved]})
    assert path in str(error.value) and "'ci'" in str(error.value) and "'models'" in str(error.value)


@pytest.mark.parametrize(
    "kept",
    [
        binding_to("builder", "RoleBinding"),
        of_the_cluster("Namespace", "models", {}),
        of_the_cluster("APIService", "v1.a.org", {"service": {"namespace": "models"}}),
    ],
)
def test_what_kustomize_leaves_is_written(kept):
    found = files({"eu": [obj("Service", "api"), kept]})["base/objects.yaml"]
    assert found[1].get("spec") == kept.get("spec") and found[1].get("subjects") == kept.get("subjects")


@pytest.mark.parametrize(
    "name", ["config.kubernetes.io/local-config", "internal.config.kubernetes.io/needsHashSuffix", "config.k8s.io/id"]
)
def test_an_annotation_that_kustomize_takes_for_its_own_is_refused(name):
    mine = obj("ConfigMap", "a")
    mine["metadata"]["annotations"] = {name: "true"}
    with pytest.raises(ServingError, match="for its own"):
        files({"eu": [mine]})
