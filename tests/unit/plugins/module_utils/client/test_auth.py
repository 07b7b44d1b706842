# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials: which of the options, the environment and the kubeconfig win, and the errors when they do not fit."""

from __future__ import annotations

import base64

import pytest
import yaml

from ansible_collections.modelops.serving.plugins.module_utils.client import auth
from ansible_collections.modelops.serving.plugins.module_utils.client.auth import AuthError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def kubeconfig(folder, user=None, **cluster):
    document = {
        "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://c:6443/", **cluster}}],
        "users": [{"name": "u", "user": user if user is not None else {"token": "t0ken"}}],
    }
    path = folder / "config"
    path.write_text(yaml.safe_dump(document))
    return str(path)


def connect(environ=None, **params):
    return auth.connect(params, environ or {})


def test_a_plain_kubeconfig(tmp_path):
    path = kubeconfig(tmp_path, **{"certificate-authority-data": encoded("CA")})
    made = connect(kubeconfig=path)
    assert made.host == "https://c:6443"
    assert made.headers == {"authorization": "Bearer t0ken"}
    assert made.ca_data == "CA"
    assert made.verify is True
    assert made.source == f"kubeconfig {path}, context one"
    assert not made.in_cluster


def test_paths_in_a_kubeconfig_are_relative_to_it(tmp_path):
    user = {"client-certificate": "me.crt", "client-key": "keys/me.key"}
    made = connect(kubeconfig=kubeconfig(tmp_path, user, **{"certificate-authority": "/etc/ca.crt"}))
    assert made.cert_file == str(tmp_path / "me.crt")
    assert made.key_file == str(tmp_path / "keys/me.key")
    assert made.ca_file == "/etc/ca.crt"


def test_options_win_over_the_environment_and_the_kubeconfig(tmp_path):
    path = kubeconfig(tmp_path)
    environ = {"K8S_AUTH_KUBECONFIG": path, "K8S_AUTH_API_KEY": "from-environment", "K8S_AUTH_VERIFY_SSL": "no"}
    made = connect(environ)
    assert made.headers["authorization"] == "Bearer from-environment"
    assert made.verify is False
    made = connect(environ, api_key="from-option", validate_certs=True, host="https://other/")
    assert made.headers["authorization"] == "Bearer from-option"
    assert made.verify is True
    assert made.host == "https://other"


def test_a_host_and_a_token_need_no_kubeconfig():
    made = connect(host="https://h:1", api_key="k", impersonate_user="me", impersonate_groups=["a", "b"])
    assert made.source == "options"
    assert made.headers == {"authorization": "Bearer k", "impersonate-user": "me", "impersonate-group": ["a", "b"]}


def test_a_kubeconfig_as_a_dictionary(tmp_path):
    with open(kubeconfig(tmp_path), encoding="utf-8") as stream:
        assert connect(kubeconfig=yaml.safe_load(stream)).host == "https://c:6443"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"kubeconfig": "/none/such"}, "kubeconfig /none/such does not exist"),
        ({"context": "two"}, "has no context 'two'. It has: one"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, params, expected):
    with pytest.raises(AuthError) as caught:
        connect(**{"kubeconfig": kubeconfig(tmp_path), **params})
    assert expected in str(caught.value)


def test_something_that_is_no_kubeconfig(tmp_path):
    path = tmp_path / "config"
    path.write_text("- a list\n")
    with pytest.raises(AuthError, match="is not a kubeconfig: it has no clusters"):
        connect(kubeconfig=str(path))


def test_a_user_that_needs_a_plugin_is_left_to_the_library(tmp_path):
    script = tmp_path / "login"
    status = '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "fresh"}}'
    script.write_text(f"#!/bin/sh\necho '{status}'\n")
    script.chmod(0o755)
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(script), "interactiveMode": "Never"}
    made = connect(kubeconfig=kubeconfig(tmp_path, {"exec": plugin}))
    assert made.headers == {"authorization": "Bearer fresh"}
    assert made.host == "https://c:6443"


AS = {"token": "t", "as": "dev", "as-groups": ["one", "two"], "as-uid": "7", "as-user-extra": {"Scopes/A": ["x"]}}
ACTED = {
    "impersonate-user": "dev",
    "impersonate-group": ["one", "two"],
    "impersonate-uid": "7",
    "impersonate-extra-scopes%2Fa": ["x"],
}


def test_a_user_that_acts_as_another_is_asked_as_that_one(tmp_path):
    made = connect(kubeconfig=kubeconfig(tmp_path, AS))
    assert {name: value for name, value in made.headers.items() if name.startswith("impersonate")} == ACTED


def test_also_where_the_library_reads_the_credentials(tmp_path):
    script = tmp_path / "login"
    status = '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "fresh"}}'
    script.write_text(f"#!/bin/sh\necho '{status}'\n")
    script.chmod(0o755)
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(script), "interactiveMode": "Never"}
    user = {"exec": plugin, **{name: value for name, value in AS.items() if name != "token"}}
    made = connect(kubeconfig=kubeconfig(tmp_path, user))
    assert made.headers == {"authorization": "Bearer fresh", **ACTED}


@pytest.mark.parametrize(
    ("environment", "options", "expected"),
    [
        ({}, {}, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, {}, "http://proxy:3128"),
        ({"https_proxy": "http://proxy:3128", "no_proxy": "c,other"}, {}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "*"}, {}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "elsewhere"}, {}, "http://proxy:3128"),
        ({"HTTPS_PROXY": "http://proxy:3128"}, {"proxy": "http://mine:1"}, "http://mine:1"),
        ({"HTTPS_PROXY": "http://proxy:3128"}, {"host": "https://127.0.0.1:6443"}, None),
        ({}, {"proxy": "http://mine:1", "no_proxy": "c"}, None),
    ],
)
def test_which_proxy_stands_between(tmp_path, monkeypatch, environment, options, expected):
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert connect(kubeconfig=kubeconfig(tmp_path), **options).proxy == expected


def test_a_token_with_a_line_break_is_neither_sent_nor_shown():
    assert connect(host="https://h:1", api_key="secret\n").headers["authorization"] == "Bearer secret"
    with pytest.raises(AuthError, match="the header authorization hold a line break") as caught:
        connect(host="https://h:1", api_key="sec\nret")
    assert "ret" not in str(caught.value)


SECRETS = ("S3CRET", "REFRESH")
OIDC = {
    "auth-provider": {"name": "oidc", "config": {"client-secret": "OIDCS3CRETVALUE", "refresh-token": "REFRESHVALUE"}}
}


def test_what_a_library_says_of_a_user_is_never_shown(tmp_path):
    with pytest.raises(AuthError, match="its auth-provider oidc, which has client-secret, refresh-token,") as caught:
        connect(kubeconfig=kubeconfig(tmp_path, OIDC))
    assert not any(secret in str(caught.value) for secret in SECRETS)
    with open(kubeconfig(tmp_path, OIDC), encoding="utf-8") as stream, pytest.raises(AuthError) as caught:
        connect(kubeconfig=yaml.safe_load(stream))
    assert not any(secret in str(caught.value) for secret in SECRETS)
    assert redact(str(caught.value)) == str(caught.value)


@pytest.mark.parametrize(
    "text", ["users: [{user: {token: *S3CRET}}]", "token: 'S3CRET", "a: !S3CRET b", "a: \x07S3CRET"]
)
def test_a_kubeconfig_that_is_no_yaml_shows_nothing_of_it(tmp_path, text):
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(AuthError, match=f"kubeconfig {path} is no YAML") as caught:
        connect(kubeconfig=str(path))
    assert "S3CRET" not in str(caught.value)


def test_the_token_of_a_file_counts_before_the_one_beside_it_as_with_kubectl(tmp_path):
    (tmp_path / "token").write_text("of-the-file\n")
    both = {"token": "old", "tokenFile": "token"}
    assert connect(kubeconfig=kubeconfig(tmp_path, both)).headers == {"authorization": "Bearer of-the-file"}
    (tmp_path / "token").write_text("")
    assert connect(kubeconfig=kubeconfig(tmp_path, both)).headers == {"authorization": "Bearer old"}
    (tmp_path / "token").unlink()
    assert connect(kubeconfig=kubeconfig(tmp_path, both)).headers == {"authorization": "Bearer old"}
    with pytest.raises(AuthError, match=r"the token file .* cannot be read: No such file"):
        connect(kubeconfig=kubeconfig(tmp_path, {"tokenFile": "token"}))


def test_of_several_files_the_first_that_has_a_name_counts_and_paths_are_relative_to_its_own(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    first = {"users": [{"name": "u", "user": {"tokenFile": "token"}}], "current-context": "one"}
    (tmp_path / "one/config").write_text(yaml.safe_dump(first))
    (tmp_path / "one/token").write_text("t1")
    kubeconfig(tmp_path / "two", {"token": "t2"}, **{"certificate-authority": "ca.crt"})
    made = connect(kubeconfig=f"{tmp_path}/one/config:{tmp_path}/two/config:{tmp_path}/none")
    assert made.headers == {"authorization": "Bearer t1"}
    assert made.ca_file == str(tmp_path / "two/ca.crt")
