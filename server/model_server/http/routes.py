# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The routes of the API port besides predictions: health, models, documents. A bottle application."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import bottle

from .. import __version__
from ..api.auth import ApiKeys
from ..api.errors import RequestError
from ..models.model import Model
from ..models.registry import Registry
from ..process.lifecycle import Lifecycle
from ..protocols import open_inference_v2, openapi
from .responses import error_body, header, json_response, refusal

PAGE = Path(__file__).with_name("page.html").read_bytes()
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"
# The paths of probes, which need no key.
OPEN_PATHS = ("/health", "/v2/health/live", "/v2/health/ready")


def build(registry: Registry, lifecycle: Lifecycle, keys: ApiKeys, settings: SimpleNamespace) -> bottle.Bottle:
    """The application. What raises in it is not caught here: guarded.py answers it.

    :param registry: the models.
    :param lifecycle: its state is what /health answers.
    :param keys: checked for every path but OPEN_PATHS.
    """
    app = bottle.Bottle(autojson=False, catchall=False)
    app.default_error_handler = error_body
    require_key(app, keys)
    add_health(app, registry, lifecycle)
    add_kserve_v1(app, registry, lifecycle)
    add_open_inference_v2(app, registry, lifecycle)
    add_mlflow(app, lifecycle)
    add_documents(app, registry, settings)
    return app


def require_key(app: bottle.Bottle, keys: ApiKeys) -> None:
    @app.hook("before_request")
    def check_key():
        if bottle.request.path not in OPEN_PATHS:
            try:
                keys.check(header("Authorization"), header("X-Api-Key"))
            except RequestError as error:
                response = refusal(error.status, error.message)
                response.headers.update(dict(error.headers))
                raise response from None


def add_health(app: bottle.Bottle, registry: Registry, lifecycle: Lifecycle) -> None:
    @app.get("/health")
    def health():
        if not lifecycle.ready:
            return refusal(503, lifecycle.state)
        return json_response({"status": "ready", "models": [title(m) for m in registry.all()]})


def add_kserve_v1(app: bottle.Bottle, registry: Registry, lifecycle: Lifecycle) -> None:
    @app.get("/v1/models")
    def models():
        return json_response({"models": list(registry.models)})

    @app.get("/v1/models/<name>")
    def model_state(name):
        model = registry.get(name)
        if model is None:
            return refusal(404, "no such model")
        return json_response({"name": model.name, "ready": lifecycle.ready})


def add_open_inference_v2(app: bottle.Bottle, registry: Registry, lifecycle: Lifecycle) -> None:
    @app.get("/v2")
    @app.get("/v2/")
    def server_metadata():
        return json_response({"name": "model-server", "version": __version__, "extensions": ["binary_tensor_data"]})

    @app.get("/v2/health/live")
    def server_live():
        return json_response({"live": True})

    @app.get("/v2/health/ready")
    def server_ready():
        return json_response({"ready": True}) if lifecycle.ready else refusal(503, lifecycle.state)

    @app.post("/v2/repository/index")
    def repository_index():
        return json_response(open_inference_v2.index(registry.all(), lifecycle.ready))

    def find(name: str, version: str) -> Model:
        model = registry.get(name, version)
        if model is None:
            raise refusal(404, "no such model or version")
        return model

    @app.get("/v2/models/<name>")
    @app.get("/v2/models/<name>/versions/<version>")
    def model_metadata(name, version=""):
        return json_response(open_inference_v2.metadata(find(name, version), list(registry.models[name])))

    @app.get("/v2/models/<name>/ready")
    @app.get("/v2/models/<name>/versions/<version>/ready")
    def model_ready(name, version=""):
        model = find(name, version)
        if not lifecycle.ready:
            return refusal(503, lifecycle.state)
        return json_response({"name": model.name, "ready": True})


def add_mlflow(app: bottle.Bottle, lifecycle: Lifecycle) -> None:
    """What MLflow's client asks before it sends rows."""

    @app.get("/ping")
    def ping():
        return json_response({"ready": True}) if lifecycle.ready else refusal(503, lifecycle.state)

    @app.get("/version")
    def version():
        return json_response({"version": __version__})


def add_documents(app: bottle.Bottle, registry: Registry, settings: SimpleNamespace) -> None:
    """The OpenAPI document, and the page for people."""

    @app.get("/openapi.json")
    def openapi_document():
        return json_response(openapi.document(registry, settings))

    @app.get("/")
    def index():
        if "text/html" in header("Accept"):
            headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": PAGE_POLICY}
            return bottle.HTTPResponse(PAGE, 200, headers)
        models = [summary(model) for model in registry.all()]
        return json_response({"name": "model-server", "version": __version__, "models": models})


def title(model: Model) -> dict:
    return {"name": model.name, "version": model.version}


def summary(model: Model) -> dict:
    """What a person or a client needs to know of a model."""
    return {
        **title(model),
        "estimator": type(model.estimator).__name__,
        "sklearn_version": model.sklearn_version,
        "sha256": model.sha256,
        "methods": model.methods,
        "features": model.features,
        "feature_names": model.names,
        "schema": model.schema and [column.public() for column in model.schema],
        "classes": model.classes,
        "example": model.example[:3],
        "expected": model.expected and model.expected[:3],
        "engine": model.plan_names,
    }
