# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URLs of Services that speak TLS and of Services that do not."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import proxied
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.load.source import example, url
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.routing import scheme


class OneService:
    """A cluster that has this Service and nothing else."""

    def __init__(self, spec: dict):
        self.spec = spec

    def need(self, _kind, _namespace, _name, _remedy) -> dict:
        return {"spec": self.spec}


class Refusing(OneService):
    """Its Service answers 401."""

    def another(self) -> Refusing:
        return self

    def proxy(self, *_asked) -> dict:
        return {"status": 401, "content": "{}"}


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, r"Service/api in namespace shop asks for an API key .*: give it in model_serving_verify_headers\.$"),
        (
            {"X-Api-Key": "k"},
            r"Service/api in namespace shop .*verify_headers is not accepted: correct it",
        ),
    ],
)
def test_a_key_that_is_wrong_is_not_said_to_be_missing(headers, said):
    with pytest.raises(ServingError, match=said):
        example(Refusing({"ports": [{"port": 80}]}), "shop", "api", headers)


@pytest.mark.parametrize(
    ("port", "spoken"),
    [
        ({"name": "http", "port": 80}, "http"),
        ({"port": 443}, "http"),
        ({"name": "https", "port": 80}, "https"),
        ({"name": "https-api", "port": 80}, "https"),
        ({"name": "api", "appProtocol": "HTTPS", "port": 80}, "https"),
        ({"name": "https", "appProtocol": "http", "port": 80}, "http"),
        ({"name": "httpsomething", "port": 80}, "http"),
    ],
)
def test_what_a_port_speaks(port, spoken):
    assert scheme(port) == spoken


def test_the_proxy_path_of_a_port_with_tls():
    assert proxied("http", "model-api", "http") == "model-api:http"
    assert proxied("https", "model-api", 5000) == "https:model-api:5000"


@pytest.mark.parametrize(
    ("address", "port", "wanted"),
    [
        ("10.96.0.7", {"name": "http", "port": 80}, "http://10.96.0.7:80/predict"),
        ("10.96.0.7", {"name": "https", "appProtocol": "https", "port": 443}, "https://10.96.0.7:443/predict"),
        ("fd00::7", {"name": "http", "port": 80}, "http://[fd00::7]:80/predict"),
        ("None", {"name": "http", "port": 80}, "http://model-api.ml.svc:80/predict"),
    ],
)
def test_where_pods_reach_a_service(address, port, wanted):
    assert url(OneService({"clusterIP": address, "ports": [port]}), "ml", "model-api", "/predict") == wanted
