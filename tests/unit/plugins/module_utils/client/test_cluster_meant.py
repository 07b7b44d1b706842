# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that are written differently and mean one cluster, and those that mean two."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from ansible_collections.modelops.serving.plugins.module_utils.client import auth
from ansible_collections.modelops.serving.plugins.module_utils.client.cluster_meant import address, identity

CONTEXTS = {"eu": "eu", "eu-admin": "eu", "us": "us"}


@pytest.fixture
def kubeconfig(tmp_path, monkeypatch) -> str:
    """A file with several contexts, of which eu is the current one."""
    monkeypatch.setattr(auth, "IN_CLUSTER_TOKEN", str(tmp_path / "none"))
    document = {
        "current-context": "eu",
        # One address for all clusters, as programs have it that stand before them.
        "clusters": [{"name": name, "cluster": {"server": "https://entry.example.org"}} for name in ("eu", "us")],
        "contexts": [
            {"name": name, "context": {"cluster": cluster, "user": name}} for name, cluster in CONTEXTS.items()
        ],
        "users": [{"name": name, "user": {"token": "planted"}} for name in CONTEXTS],
    }
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(document))
    (tmp_path / "link").symlink_to(path)
    return str(path)


def same(one: dict, other: dict, **environ: str) -> bool:
    return identity(one, environ) == identity(other, environ)


@pytest.mark.parametrize(
    "other",
    [
        {"context": "eu"},
        {"context": "eu-admin"},
        {"context": ""},
        {"host": None},
        {"host": ""},
        {"validate_certs": True},
        {"impersonate_user": "a"},
        {"api_key": "planted"},
    ],
)
def test_one_cluster_of_a_kubeconfig(kubeconfig, other):
    assert same({"kubeconfig": kubeconfig}, {"kubeconfig": kubeconfig, **other})


def test_one_file_under_several_names(kubeconfig):
    folder, name = os.path.split(kubeconfig)
    for path in (f"{folder}/../{os.path.basename(folder)}/{name}", f"{folder}/link"):
        assert same({"kubeconfig": kubeconfig}, {"kubeconfig": path})
    assert same({}, {"kubeconfig": kubeconfig}, KUBECONFIG=kubeconfig)
    assert same({}, {"kubeconfig": kubeconfig}, K8S_AUTH_KUBECONFIG=kubeconfig)


def test_clusters_of_their_own(kubeconfig, tmp_path):
    there = {"kubeconfig": str(tmp_path / "another")}
    assert not same({"kubeconfig": kubeconfig}, {"kubeconfig": kubeconfig, "context": "us"})
    assert not same({"kubeconfig": kubeconfig, "host": ""}, {**there, "host": None})
    assert not same({**there, "context": "eu"}, {**there, "context": "us"})
    assert not same({"kubeconfig": kubeconfig}, {"kubeconfig": kubeconfig, "host": "https://a"})


def test_a_kubeconfig_that_is_given_as_a_dictionary(kubeconfig):
    document = yaml.safe_load(Path(kubeconfig).read_text())
    assert same({"kubeconfig": document}, {"kubeconfig": document, "context": "eu-admin"})
    assert not same({"kubeconfig": document}, {"kubeconfig": document, "context": "us"})


@pytest.mark.parametrize("text", ["not: [a kubeconfig", "[]", "contexts: 3", "contexts: [3]", ""])
def test_what_is_no_kubeconfig_is_compared_by_what_is_named(tmp_path, text):
    (tmp_path / "broken").write_text(text)
    broken = {"kubeconfig": str(tmp_path / "broken"), "context": "eu"}
    assert same(broken, broken) and not same(broken, {**broken, "context": "us"})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://api.example.org", "https://api.example.org/"),
        ("https://api.example.org", "HTTPS://API.example.org:443"),
        ("https://api.example.org:6443", "https://api.example.org:6443/"),
        ("gke://p/l/n", "gke://p/l/n/"),
        ("https://[2001:DB8::1]:443", "https://[2001:db8::1]"),
        ("https://rancher.example.org/k8s/clusters/a", "https://rancher.example.org/k8s/clusters/a/"),
    ],
)
def test_one_address(one, other):
    assert address(one) == address(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://api.example.org", "https://api.example.org:6443"),
        ("https://api.example.org", "http://api.example.org"),
        ("https://rancher.example.org/k8s/clusters/a", "https://rancher.example.org/k8s/clusters/b"),
        ("gke://p/l/n", "gke://p/l/m"),
        ("https://api:port", "https://api:other"),
    ],
)
def test_two_addresses(one, other):
    assert address(one) != address(other)
