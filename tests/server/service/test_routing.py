# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inference paths, resolved."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from model_server.api.errors import RequestError
from model_server.models.registry import Registry
from model_server.protocols import kserve_v1, open_inference_v2, predict
from model_server.service.routing import Router

MODELS = [SimpleNamespace(name=name, version=version) for name, version in (("a", "1"), ("a", "2"), ("b.c", "1"))]


def router(default: str = "a") -> Router:
    return Router(Registry(MODELS, default))


@pytest.mark.parametrize(
    ("path", "template", "protocol", "version"),
    [
        ("/predict", "/predict", predict, "2"),
        ("/v1/models/a:predict", "/v1/models/{model}:predict", kserve_v1, "2"),
        ("/v1/models/b.c:predict", "/v1/models/{model}:predict", kserve_v1, "1"),
        ("/v2/models/a/infer", "/v2/models/{model}/infer", open_inference_v2, "2"),
        ("/v2/models/a/versions/1/infer", "/v2/models/{model}/versions/{version}/infer", open_inference_v2, "1"),
    ],
)
def test_paths(path: str, template: str, protocol, version: str) -> None:
    routes = router()
    assert routes.template(path) == template
    route = routes.resolve(path)
    assert (route.template, route.decode, route.encode) == (template, protocol.decode, protocol.encode)
    assert route.model.version == version
    assert routes.resolved == {path: route}
    assert routes.template(path) == template


@pytest.mark.parametrize(
    "path", ["/", "/predict/", "/v1/models/a", "/v2/models/a/b/infer", "/v1/models/a:predict/x", ""]
)
def test_other_paths(path: str) -> None:
    assert router().template(path) is None
    with pytest.raises(RequestError, match="no such path"):
        router().resolve(path)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/v1/models/c:predict", "no model 'c'; served are: a/1, a/2, b.c/1"),
        ("/v2/models/a/versions/3/infer", "no model 'a' version '3'; served are"),
        ("/predict", "several models are served and MODEL_NAME names no default"),
    ],
)
def test_models_that_are_not_served_are_not_kept(path: str, message: str) -> None:
    routes = router(default="")
    with pytest.raises(RequestError, match=message) as refused:
        routes.resolve(path)
    assert refused.value.status == 404
    assert routes.resolved == {}
