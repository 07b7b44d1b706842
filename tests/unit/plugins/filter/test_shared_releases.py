# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets of an inventory that are one release are named, and no others."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleError
from jinja2.exceptions import UndefinedError

from ansible_collections.modelops.serving.plugins.filter.shared_releases import shared_releases

LOCAL = {"ansible_connection": "local"}
HOST = {"model_serving_kubernetes": {"host": "https://api.example.org"}}


class Unreadable(dict):
    def __init__(self, error: type[Exception]):
        super().__init__()
        self.error = error

    def get(self, name, default=None):
        raise self.error("an expression that cannot be read")


class UnreadableWhenUsed(dict):
    """As ansible-core 2.19 has them: what cannot be read is found out when it is used."""

    def get(self, name, default=None):
        return {"host": Unreadable(UndefinedError), "text": Unused()}


class Unused(str):
    __slots__ = ()

    def __str__(self):
        raise UndefinedError("not defined")


def found(*targets: dict) -> list[list[str]]:
    hostvars = {f"t{number}": variables for number, variables in enumerate(targets, start=1)}
    sentences = shared_releases(list(hostvars), hostvars)
    return [sentence.partition(" are one release")[0].split(", ") for sentence in sentences]


@pytest.mark.parametrize(
    "targets",
    [
        (LOCAL, LOCAL),
        (LOCAL, {**LOCAL, "model_serving_name": "model-api", "model_serving_namespace": "ml-serving"}),
        (LOCAL, {**LOCAL, "model_serving_name": "", "model_serving_kubernetes": None}),
        # The address says which cluster it is, wherever the modules run and whoever asks.
        (HOST, {"model_serving_kubernetes": {**HOST["model_serving_kubernetes"], "api_key": "another"}}),
        ({**LOCAL, **HOST}, {**LOCAL, "model_serving_kubernetes": {"host": "HTTPS://API.example.org:443/"}}),
        (LOCAL, {**LOCAL, "model_serving_kubernetes": {"host": None, "context": "", "validate_certs": True}}),
    ],
)
def test_one_release(targets):
    assert found(*targets) == [["t1", "t2"]]


@pytest.mark.parametrize(
    "other",
    [
        {"model_serving_name": "churn"},
        {"model_serving_namespace": "eu"},
        {"model_serving_kubernetes": {"context": "eu"}},
        HOST,
        # Undefined in ansible-core before 2.19.
        {"model_serving_name": "{{ nowhere }}"},
    ],
)
def test_releases_of_their_own(other):
    assert found(LOCAL, {**LOCAL, **other}) == []
    assert found(LOCAL, {**LOCAL, **other}, {**LOCAL, "model_serving_name": "third"}) == []


def test_hosts_of_their_own_may_mean_clusters_of_their_own():
    assert found({}, {}) == []


@pytest.mark.parametrize(
    "unreadable", [Unreadable(AnsibleError), Unreadable(UndefinedError), Unreadable(TypeError), UnreadableWhenUsed()]
)
def test_what_cannot_be_read_is_left_out(unreadable):
    assert found(LOCAL, unreadable, LOCAL) == [["t1", "t3"]]


def test_no_secret_is_shown():
    secret = {"model_serving_kubernetes": {"api_key": "planted"}, **LOCAL}
    assert "planted" not in shared_releases(["a", "b"], {"a": secret, "b": secret})[0]
