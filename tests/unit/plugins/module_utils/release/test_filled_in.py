# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from copy import deepcopy

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.release import filled_in, takeover

NUMBERS = {"maxSurge": "25%", "maxUnavailable": "25%"}
OF_NUMBERS = {"f:spec": {"f:strategy": {"f:rollingUpdate": {"f:maxSurge": {}, "f:maxUnavailable": {}}}}}


def of_requests(*names: str) -> dict:
    container = {"f:resources": {"f:requests": {f"f:{name}": {} for name in names}}}
    return {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"api"}': container}}}}}


def workload(strategy: dict | None, kind: str = "Deployment", field: str = "strategy", **resources) -> dict:
    container = {"name": "api", "image": "i", "resources": resources}
    spec = {"template": {"spec": {"containers": [container]}}, **({field: strategy} if strategy else {})}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "d"}, "spec": spec}


def test_the_numbers_of_a_rolling_update_are_in_the_way_of_another_strategy():
    live = workload({"type": "RollingUpdate", "rollingUpdate": NUMBERS})
    assert filled_in.fields(live, workload({"type": "Recreate"})) == OF_NUMBERS
    stateful = workload({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}, "StatefulSet", "updateStrategy")
    found = filled_in.fields(stateful, workload({"type": "OnDelete"}, "StatefulSet", "updateStrategy"))
    assert found == {"f:spec": {"f:updateStrategy": {"f:rollingUpdate": {"f:partition": {}}}}}


def test_requests_that_are_the_limit_of_before_are_in_the_way_of_another_limit():
    live = workload(None, limits={"memory": "64Mi", "cpu": "1"}, requests={"memory": "64Mi", "cpu": "1"})
    wanted = workload(None, limits={"memory": "32Mi", "cpu": "1"})
    assert filled_in.fields(live, wanted) == of_requests("memory")


@pytest.mark.parametrize(
    "wanted",
    [
        workload(None),
        workload({"type": "RollingUpdate"}),
        workload({"rollingUpdate": {"maxSurge": 1}}),
        # What the API server says of that is the user's.
        workload({"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}),
        workload(None, limits={"memory": "32Mi"}, requests={"memory": "16Mi"}),
        workload(None, requests={"memory": "16Mi"}),
        {"kind": "ConfigMap", "metadata": {"name": "d"}},
    ],
)
def test_nothing_else_is(wanted):
    live = workload(
        {"type": "RollingUpdate", "rollingUpdate": NUMBERS}, limits={"memory": "64Mi"}, requests={"memory": "64Mi"}
    )
    assert filled_in.fields(live, wanted) == {}


def policy(*, egress: bool, filled: bool) -> dict:
    spec: dict = {"podSelector": {}, "ingress": [{}]}
    spec |= {"egress": [{}]} if egress else {}
    spec |= {"policyTypes": ["Ingress", "Egress"]} if filled else {}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p"}, "spec": spec}


def ours(live: dict, fields: dict) -> dict:
    live["metadata"]["managedFields"] = [
        {"manager": "modelops.serving", "operation": "Apply", "apiVersion": live["apiVersion"], "fieldsV1": fields}
    ]
    return live


def test_what_was_filled_in_goes_where_the_set_names_other_fields():
    owned = {"f:spec": {"f:podSelector": {}, "f:ingress": {}, "f:egress": {}}}
    live = ours(policy(egress=True, filled=True), owned)
    assert filled_in.fields(live, policy(egress=True, filled=False)) == {}
    assert filled_in.fields(live, policy(egress=False, filled=False)) == {"f:spec": {"f:policyTypes": {}}}


VOLUME = 'k:{"name":"d"}'


def with_volume(**source: dict) -> dict:
    found = workload(None)
    found["spec"]["template"]["spec"]["volumes"] = [{"name": "d", **source}]
    return found


def test_a_volume_has_one_source():
    of_container = {'k:{"name":"api"}': {".": {}, "f:name": {}, "f:image": {}, "f:resources": {}}}
    of_volume = {VOLUME: {".": {}, "f:name": {}}}
    pod = {"f:spec": {"f:containers": of_container, "f:volumes": of_volume}}
    live = ours(with_volume(emptyDir={}), {"f:spec": {"f:template": pod}})
    assert filled_in.fields(live, with_volume()) == {}
    emptied = {"f:spec": {"f:template": {"f:spec": {"f:volumes": {VOLUME: {"f:emptyDir": {}}}}}}}
    assert filled_in.fields(live, with_volume(configMap={"name": "c"})) == emptied


def test_an_item_more_or_less_of_a_list_counts():
    of_volume = {VOLUME: {".": {}, "f:name": {}}}
    live = ours(with_volume(emptyDir={}), {"f:spec": {"f:template": {"f:spec": {"f:volumes": of_volume}}}})
    found = filled_in.fields(live, workload(None))
    assert "f:emptyDir" in found["f:spec"]["f:template"]["f:spec"]["f:volumes"][VOLUME]


def test_a_set_that_names_the_same_leaves_it_though_a_key_has_a_default():
    key = 'k:{"containerPort":5000,"protocol":"TCP"}'
    of_container = {".": {}, "f:name": {}, "f:image": {}, "f:resources": {}, "f:ports": {key: {".": {}, "f:name": {}}}}
    of_container["f:ports"][key]["f:containerPort"] = {}
    pod = {"f:spec": {"f:containers": {'k:{"name":"api"}': of_container}}}
    live, wanted = workload(None), workload(None)
    port = {"name": "http", "containerPort": 5000}
    wanted["spec"]["template"]["spec"]["containers"][0]["ports"] = [port]
    live["spec"]["template"]["spec"]["containers"][0]["ports"] = [{**port, "protocol": "TCP"}]
    live["spec"]["progressDeadlineSeconds"] = 600
    assert filled_in.fields(ours(live, {"f:spec": {"f:template": pod}}), wanted) == {}


def test_what_somebody_owns_is_theirs():
    live = workload({"type": "RollingUpdate", "rollingUpdate": NUMBERS})
    live["metadata"]["managedFields"] = [{"manager": "ui", "operation": "Update", "fieldsV1": deepcopy(OF_NUMBERS)}]
    assert filled_in.fields(live, workload({"type": "Recreate"})) == {}


def test_what_is_in_the_way_becomes_ours_beside_what_is():
    live = workload({"type": "RollingUpdate", "rollingUpdate": NUMBERS})
    ours = {"manager": "modelops.serving", "operation": "Apply", "apiVersion": "apps/v1", "fieldsV1": {"f:spec": {}}}
    theirs = {"manager": "ui", "operation": "Update", "fieldsV1": {"f:data": {}}}
    live["metadata"]["managedFields"] = [ours, theirs]
    assert takeover.with_fields(None, live, {}) is None
    entries = takeover.with_fields(None, live, OF_NUMBERS)
    assert entries == [theirs, {**ours, "fieldsType": "FieldsV1", "fieldsV1": OF_NUMBERS}]


def owned_by_us(live: dict, *containers: str, env: tuple = ()) -> dict:
    """The live object with managedFields of ours for these containers, and for these variables of the first."""
    trees = {f'k:{{"name":"{name}"}}': {".": {}, "f:name": {}, "f:image": {}, "f:resources": {}} for name in containers}
    trees['k:{"name":"api"}']["f:env"] = {
        f'k:{{"name":"{name}"}}': {".": {}, "f:name": {}, "f:value": {}} for name in env
    }
    fields = {"f:spec": {"f:template": {"f:spec": {"f:containers": trees}}}}
    entry = {"manager": "modelops.serving", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": fields}
    return {**live, "metadata": {**live["metadata"], "managedFields": [entry]}}


def test_items_that_nobody_owns_are_in_the_way():
    """An admission policy has added them, and is gone."""
    live = workload(None)
    spec = live["spec"]["template"]["spec"]
    spec["containers"][0]["env"] = [{"name": "A", "value": "1"}, {"name": "ADDED", "value": "2"}]
    spec["containers"].append({"name": "side", "image": "side:1"})
    live = owned_by_us(live, "api", env=("A",))
    below = filled_in.fields(live, live)["f:spec"]["f:template"]["f:spec"]["f:containers"]
    assert below == {
        'k:{"name":"api"}': {"f:env": {'k:{"name":"ADDED"}': {".": {}, "f:name": {}, "f:value": {}}}},
        'k:{"name":"side"}': {".": {}, "f:name": {}, "f:image": {}},
    }


def test_items_of_somebody_stay():
    live = workload(None)
    live["spec"]["template"]["spec"]["containers"].append({"name": "side", "image": "side:1"})
    assert filled_in.fields(owned_by_us(live, "api", "side"), live) == {}
