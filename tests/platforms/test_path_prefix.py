# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A prefix before the paths, with the local cluster's controller of the dialect ``ingress-nginx``. The dialect
``gateway`` is tried in test_gateway.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import small
from cluster import Cluster

from ansible_collections.modelops.serving.plugins.module_utils.client.http import ask_unverified

HOST, NAMESPACE, ADDRESS = "models.prefix.example", "t-prefix", "http://10.213.0.11"
PREFIX = "/team/churn.v2"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with small.namespace(NAMESPACE) as own:
        yield own


def deploy(**others) -> str:
    """The release asks for a prediction from outside, behind the prefix, before it is promoted."""
    variables = {
        "model_serving_ingress_host": HOST,
        "model_serving_ingress_prefix": PREFIX,
        "model_serving_verify_url": ADDRESS + PREFIX,
        **others,
    }
    return " ".join(small.deploy(NAMESPACE, **variables).output.split())


def statuses(*paths: str) -> dict[str, int]:
    return {path: ask_unverified("GET", ADDRESS + PREFIX + path, {"Host": HOST}, None, 10).status for path in paths}


@pytest.mark.timeout(300)
def test_the_server_is_asked_without_the_prefix(cluster: Cluster):
    assert f"{ADDRESS}{PREFIX}/predict with Host: {HOST}" in deploy()
    assert statuses("/health", "/v2/health/ready", "/none") == {"/health": 200, "/v2/health/ready": 200, "/none": 404}

    deploy(model_serving_ingress_paths=["/predict", "/health"])
    cluster.wait_for(lambda: statuses("/openapi.json") == {"/openapi.json": 404}, 30)
    assert statuses("/health", "/healthy", "/v2/health/ready") == {
        "/health": 200,
        "/healthy": 404,
        "/v2/health/ready": 404,
    }
