# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials in text, by the shapes in which they come."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.redact import (
    names_credential,
    redact,
    without_values,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.rules import RULES

PASSWORD = "hunter2hunter2"


@pytest.mark.parametrize(
    "text",
    [
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=hunter2hunter2;EndpointSuffix=core",
        "https://a.blob.core.windows.net/m/churn.skops?sv=2024&sig=hunter2hunter2&se=2027",
        "https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=hunter2hunter2",
        "Server=db;Uid=app;Pwd=hunter2hunter2;",
        "redis://:hunter2hunter2@cache:6379/0",
        "postgres://app:hunter2hunter2@db/x",
        "machine example.org login me password hunter2hunter2",
        "Authorization: Bearer hunter2hunter2",
        "--db-password=hunter2hunter2",
        "db_pwd=hunter2hunter2",
        'sh -c "mysql --password hunter2hunter2 -h db"',
        '["--password", "hunter2hunter2"]',
        "PASSWORD hunter2hunter2",
        "model_serving_settings.SERVER_API_KEYS (['hunter2hunter2']) must be text: put it in quotes.",
        "model_serving_extra_objects ('kind: Secret, stringData: {k: hunter2hunter2}') must be a list.",
        "{'kind': 'Secret', 'stringData': {'k': 'hunter2hunter2'}}",
        'spec.template: Invalid value: core.PodTemplateSpec{Env:[]core.EnvVar{{Value:"hunter2hunter2"}}}: fixed',
        "ENV DB_PASSWORD hunter2hunter2",
        "AUTH hunter2hunter2",
        "MYSQL_PWD: hunter2hunter2",
        "STORAGE_KEY=hunter2hunter2",
        '{"auth": "hunter2hunter2"}',
        "{'GITHUB_PAT': 'hunter2hunter2'}",
        "https://maps.example/x?key=hunter2hunter2",
    ],
)
def test_it_is_not_shown(text):
    assert PASSWORD not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "signal=9",
        "design=new",
        "config=/etc/x",
        "https://host:8080/path",
        "user@example.org",
        "12 tokens a second",
        "PASSWORD is missing",
        "TOKEN expired",
        "auth: failed",
        "Pod/auth-7f: no such pod",
        "key=value:NoSchedule",
        "needs DB_PASSWORD of Secret/x",
        "mkdir /etc/passwd: not a directory",
        "KEY_PREFIX=a",
        "--token-file /run/x",
        "Secret/db-password: not there",
        "Kind=Secret: error decoding from json",
        "data.token: field not declared in schema",
        ".data.password: expected string, got something else",
        "failed to fetch oauth token: unexpected status from GET request to http://r.example: 401 Unauthorized",
        "SERVER_API_KEYS_FILE: [Errno 2] No such file or directory: '/keys/none'",
    ],
)
def test_what_is_none_stays(text):
    assert redact(text) == text


@pytest.mark.parametrize("reason", sorted({rule.reason for rule in RULES}))
def test_the_object_of_a_finding_is_shown(reason):
    assert redact(f"failed: {reason}: Pod/api-1, container api") == f"failed: {reason}: Pod/api-1, container api"


def test_a_variable_that_is_called_like_a_finding_is_not():
    assert PASSWORD not in redact(f"secretmissing: {PASSWORD}")


MISMATCH = """failed to create typed patch object (ns/keys; /v1, Kind=Secret): errors:
  .data.password: expected string, got &value.valueUnstructured{Value:83726151}
  .data.pins: expected string, got &value.valueUnstructured{Value:map[a:83726151]}"""


@pytest.mark.parametrize("shown", [redact, without_values])
@pytest.mark.parametrize(
    "text",
    [
        MISMATCH,
        '.spec.containers[name="api"].env[name="DB_PASSWORD"].value: expected string, got '
        "&value.valueUnstructured{Value:83726151}",
        "spec.password: Invalid value: 83726151: spec.password in body must be of type string",
        'Job.batch "m" is invalid: spec.template: Invalid value: {"Spec":{"Containers":[{"Env":[{"Name":"DB_PASSWORD",'
        '"Value":"83726151"},{"Name":"X","Value":"a: string"}]}]}}: field is immutable, as a string',
        'found 8, error found in #10 byte of ...|ssword":83726151}|..., bigger context ...|83726151|...',
    ],
)
def test_the_api_server_s_words_are_shown_without_the_value(text, shown):
    said = shown(text)
    assert "83726151" not in said
    assert "string" in said or "found 8" in said


@pytest.mark.parametrize(
    "name",
    ["AZURE_STORAGE_KEY", "MYSQL_PWD", "ENCRYPTION_KEY", "PASSKEY", "GITHUB_PAT", "COOKIE_SALT", "AUTH",
     "encryptionKey", "x/auth-token", "DB_PASS", "STORAGEKEY"],
)  # fmt: skip
def test_names_of_credentials(name):
    assert names_credential(name)


@pytest.mark.parametrize(
    "name",
    ["KEY_PREFIX", "SERVER_TLS_KEY_FILE", "SERVER_API_KEYS_FILE", "MAX_TOKENS", "topologyKey", "key", "OPEN_PATHS",
     "PATTERN", "COMPASS", "KEEPALIVE", "AUTHOR", "MONKEY", "authMode"],
)  # fmt: skip
def test_names_of_none(name):
    assert not names_credential(name)


@pytest.mark.timeout(30)
def test_a_word_as_long_as_a_file_is_no_trouble():
    """Such as an image in base64 that somebody has logged: it took minutes when every place could begin an address."""
    word = "A1b_" * 100_000
    assert (
        redact(f"{word} https://user:hunter2@models.example.org") == f"{word} https://user:********@models.example.org"
    )


def test_an_entry_that_is_no_credential_is_shown():
    said = "model_serving_settings.SERVER_MAX_ROWS ('many') must be a whole number from 1 to 100000000."
    assert redact(said) == said
