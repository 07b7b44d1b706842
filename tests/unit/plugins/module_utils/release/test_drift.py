# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration that somebody else added to a release's objects."""

from __future__ import annotations

import pytest
from release_objects import CONTROLLER, deployment

from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import key
from ansible_collections.modelops.serving.plugins.module_utils.release.drift import drift, drifted
from ansible_collections.modelops.serving.plugins.module_utils.release.managed_fields import (
    difference,
    paths,
    removed,
    union,
)

API = 'k:{"name":"api"}'
DEBUG = 'k:{"name":"DEBUG"}'


def pod(fields: dict) -> dict:
    return {"f:spec": {"f:template": {"f:spec": fields}}}


def container(fields: dict) -> dict:
    return pod({"f:containers": {API: fields}})


OURS = {
    "manager": "modelops.serving",
    "operation": "Apply",
    "fieldsV1": container({".": {}, "f:name": {}, "f:image": {}}),
}


def standing(*entries: dict) -> dict:
    obj = deployment(3)
    obj["metadata"]["managedFields"] = [OURS, *entries]
    return {key(obj): obj}


def found(*entries: dict, tolerated=frozenset()) -> list[str]:
    return [entry.text for entry in drift([deployment(3)], standing(*entries), tolerated)]


def edited(manager: str, fields: dict, **more) -> dict:
    return {"manager": manager, "operation": "Update", "fieldsV1": fields, **more}


ENV = container({"f:env": {".": {}, DEBUG: {".": {}, "f:name": {}, "f:value": {}}}})


def test_an_object_that_is_about_to_be_adopted_has_not_drifted():
    """All of it is its owner's; nothing of it was ever ours."""
    live = deployment(3)
    live["metadata"]["managedFields"] = [edited("helm", ENV)]
    assert drift([deployment(3)], {key(live): live}) == []


def test_an_env_entry_that_a_ui_added():
    path = "spec.template.spec.containers[name=api].env[name=DEBUG]"
    assert found(edited("dashboard", ENV)) == [f"Deployment/api: {path} (by dashboard)"]


def test_an_env_entry_that_another_tool_applies():
    path = "spec.template.spec.containers[name=api].env[name=DEBUG]"
    assert found({**edited("argocd", ENV), "operation": "Apply"}) == [f"Deployment/api: {path} (by argocd)"]


def test_what_autopilot_adjusts_while_we_apply_is_no_drift():
    """Its webhook changes the request itself: what it adds is ours or nobody's, beside a note in the metadata."""
    live = deployment(3)
    live["metadata"]["annotations"] = {"autopilot.gke.io/resource-adjustment": '{"input":{},"modified":true}'}
    live["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "500m", "memory": "2Gi"}}
    requests = {"f:resources": {"f:requests": {"f:cpu": {}, "f:memory": {}, "f:ephemeral-storage": {}}}}
    ours = {**OURS, "fieldsV1": union(OURS["fieldsV1"], container(requests))}
    for entries in ([OURS], [ours]):
        live["metadata"]["managedFields"] = entries
        assert drift([deployment(3)], {key(live): live}) == []


def test_a_manager_that_is_tolerated():
    assert found(edited("dashboard", ENV), tolerated=frozenset({"dashboard"})) == []


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(CONTROLLER, id="replicas by the scale subresource"),
        pytest.param(edited("kube-controller-manager", {"f:spec": {"f:paused": {}}}), id="the control plane"),
        pytest.param(edited("cert-manager", {"f:metadata": {"f:annotations": {"f:a": {}}}}), id="a note in metadata"),
        pytest.param(edited("kubelet", {"f:status": {"f:phase": {}}}, subresource="status"), id="status"),
        pytest.param(edited("kubectl-edit", {"f:spec": {"f:replicas": {}}}), id="replicas"),
        pytest.param(edited("kubectl", container({"f:image": {}})), id="a field that is ours with the same value"),
        pytest.param(
            edited(
                "kubectl-rollout",
                {
                    "f:spec": {
                        "f:template": {
                            "f:metadata": {"f:annotations": {".": {}, "f:kubectl.kubernetes.io/restartedAt": {}}}
                        }
                    }
                },
            ),
            id="kubectl rollout restart",
        ),
    ],
)
def test_what_is_no_drift(entry):
    assert found(entry) == []


def test_every_field_of_several_managers():
    one = edited("lens", pod({"f:hostNetwork": {}}))
    other = edited("rancher", pod({"f:nodeSelector": {".": {}, "f:disk": {}}}))
    assert found(other, one) == [
        "Deployment/api: spec.template.spec.hostNetwork (by lens)",
        "Deployment/api: spec.template.spec.nodeSelector.disk (by rancher)",
    ]


def test_a_long_list_is_cut():
    names = {f"f:{name}": {} for name in "abcdef"}
    assert found(edited("ui", {"f:data": names})) == [
        "Deployment/api: data.a, data.b, data.c, data.d and 2 more (by ui)"
    ]


def test_sets_of_fields():
    one, other = {"f:a": {"f:b": {}, "f:c": {}}}, {"f:a": {"f:c": {}}, "f:d": {}}
    assert union(one, other) == {"f:a": {"f:b": {}, "f:c": {}}, "f:d": {}}
    assert difference(one, other) == {"f:a": {"f:b": {}}}
    assert difference(one, one) == {}
    assert paths({"f:ports": {'k:{"port":80,"protocol":"TCP"}': {"f:targetPort": {}}}, "f:args": {'v:"x"': {}}}) == [
        "ports[port=80,protocol=TCP].targetPort",
        "args[x]",
    ]


def test_an_object_without_what_was_added():
    env = [{"name": "DEBUG", "value": "1"}, {"name": "MODE", "value": "a"}]
    obj = {"spec": {"containers": [{"name": "api", "image": "i", "env": env}], "args": ["x", "y"], "nodeName": "n"}}
    fields = {
        "f:spec": {
            "f:containers": {API: {"f:env": {DEBUG: {".": {}, "f:name": {}, "f:value": {}}}}},
            "f:args": {'v:"x"': {}},
            "f:nodeName": {},
        }
    }
    left = {"containers": [{"name": "api", "image": "i", "env": env[1:]}], "args": ["y"]}
    assert removed(obj, fields) == {"spec": left}
    both = {"f:spec": {"f:containers": {API: {"f:env": {".": {}, DEBUG: {".": {}}}}}}}
    assert removed({"spec": {"containers": [{"name": "api", "env": env[:1]}]}}, both) == {
        "spec": {"containers": [{"name": "api"}]}
    }


@pytest.mark.parametrize("manager", ["kube-vip", "kube-green", "kubectl-edit"])
def test_a_manager_is_not_of_the_control_plane_by_its_name_s_beginning(manager):
    at = standing(OURS, edited(manager, {"f:spec": {"f:paused": {}}}))
    assert [entry.manager for entry in drift([deployment(3)], at)] == [manager]


def test_the_objects_that_others_have_changed():
    changed = standing(OURS, edited("kubectl-edit", {"f:spec": {"f:paused": {}}}))
    assert drifted([deployment(3)], changed, frozenset()) == list(changed.values())
    assert drifted([deployment(3)], changed, frozenset({"kubectl-edit"})) == []
    assert drifted([deployment(3)], standing(OURS), frozenset()) == []
    assert drifted([deployment(3)], {}, frozenset()) == []
