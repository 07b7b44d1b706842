# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials in text, by the shapes in which they come."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact
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
    ],
)
def test_it_is_not_shown(text):
    assert PASSWORD not in redact(text)


@pytest.mark.parametrize(
    "text",
    ["signal=9", "design=new", "config=/etc/x", "https://host:8080/path", "user@example.org", "12 tokens a second"],
)
def test_what_is_none_stays(text):
    assert redact(text) == text


@pytest.mark.parametrize("reason", sorted({rule.reason for rule in RULES}))
def test_the_object_of_a_finding_is_shown(reason):
    assert redact(f"failed: {reason}: Pod/api-1, container api") == f"failed: {reason}: Pod/api-1, container api"


def test_a_variable_that_is_called_like_a_finding_is_not():
    assert PASSWORD not in redact(f"secretmissing: {PASSWORD}")
