# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials in every place of an object that takes one."""

from __future__ import annotations

import json

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.hidden import hide, without_credentials

PASSWORD = "hunter2hunter2"


def pod(**container):
    return {"spec": {"containers": [{"name": "api", **container}]}}


PLACES = {
    "a Secret": {"kind": "Secret", "data": {"a": PASSWORD}, "stringData": {"b": PASSWORD}},
    "a mistyped field of a Secret": {"kind": "Secret", "stringdata": {"a": PASSWORD}, "dta": [PASSWORD]},
    "an annotation of a Secret": {"kind": "Secret", "metadata": {"name": "a", "annotations": {"note": PASSWORD}}},
    "a ConfigMap's key": {"kind": "ConfigMap", "data": {"DB_PASSWORD": PASSWORD}},
    "a URL in a ConfigMap": {"kind": "ConfigMap", "data": {"STORE": f"postgres://app:{PASSWORD}@db/x"}},
    "env of a Deployment": {
        "kind": "Deployment",
        "spec": {"template": pod(env=[{"name": "API_KEY", "value": PASSWORD}])},
    },
    "env of a CronJob": {
        "kind": "CronJob",
        "spec": {"jobTemplate": {"spec": {"template": pod(env=[{"name": "TOKEN", "value": PASSWORD}])}}},
    },
    "a URL in env": {
        "kind": "Deployment",
        "spec": {"template": pod(env=[{"name": "BROKER", "value": f"amqp://u:{PASSWORD}@mq"}])},
    },
    "an argument": {"kind": "Job", "spec": {"template": pod(args=[f"--password={PASSWORD}"])}},
    "the argument after a flag": {"kind": "Job", "spec": {"template": pod(args=["--password", PASSWORD])}},
    "a field of a custom resource": {"kind": "Pool", "spec": {"auth": {"clientSecret": PASSWORD}}},
    "a name by its parts": {
        "kind": "Deployment",
        "spec": {"template": pod(env=[{"name": "AZURE_STORAGE_KEY", "value": PASSWORD}])},
    },
    "a shell's command": {"kind": "Job", "spec": {"template": pod(args=["sh", "-c", f"run --password {PASSWORD} x"])}},
    "an annotation": {"kind": "Ingress", "metadata": {"annotations": {"x/auth-token": PASSWORD}}},
}


@pytest.mark.parametrize("obj", PLACES.values(), ids=PLACES)
def test_it_is_not_shown(obj):
    assert PASSWORD not in json.dumps(hide({}, obj)) + json.dumps(hide(obj, {}))


@pytest.mark.parametrize("obj", PLACES.values(), ids=PLACES)
def test_that_it_changed_is(obj):
    changed = json.loads(json.dumps(obj).replace(PASSWORD, "0" + PASSWORD))
    before, after = hide(obj, changed)
    assert before != after
    assert PASSWORD not in json.dumps([before, after])
    assert hide(obj, obj)[0] == hide(obj, obj)[1]


SHOWN = {
    "kind": "Deployment",
    "metadata": {"name": "api-token", "labels": {"app": "api"}},
    "spec": {
        "automountServiceAccountToken": False,
        "secretName": "tls",
        "imagePullSecrets": [{"name": "regcred"}],
        "env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}],
        "args": ["--token-file", "/run/token", "--level", "info"],
    },
}


def test_what_is_no_credential_stays_readable():
    assert hide({}, SHOWN)[1] == SHOWN


def test_items_are_compared_by_name():
    one = {"env": [{"name": "A", "value": "1"}, {"name": "PASSWORD", "value": "x"}]}
    other = {"env": [{"name": "PASSWORD", "value": "x"}]}
    before, after = hide(one, other)
    assert before["env"][1] == after["env"][0] == {"name": "PASSWORD", "value": "********"}


def test_the_arguments_of_a_module():
    given = {
        "name": "api",
        "objects": [PLACES["a Secret"], PLACES["env of a CronJob"]],
        "verify": {"headers": {"Authorization": f"Bearer {PASSWORD}", "X-Api-Key": PASSWORD}, "path": "/predict"},
        "api_key": PASSWORD,
    }
    shown = without_credentials(given)
    assert PASSWORD not in json.dumps(shown)
    assert (shown["name"], shown["verify"]["path"], len(shown["objects"])) == ("api", "/predict", 2)


def test_an_unquoted_number_is_hidden_and_a_switch_is_not():
    shown = hide({}, {"kind": "ConfigMap", "data": {"DB_PASSWORD": 83726151, "USE_TOKEN": True}})[1]
    assert shown["data"] == {"DB_PASSWORD": "********", "USE_TOKEN": True}
