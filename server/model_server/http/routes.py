# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the API port answers besides predictions: health, models, documents. A bottle application."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import bottle
import orjson

from .. import __version__
from ..api import errors
from ..api.auth import Gate
from ..api.errors import RequestError
from ..models.model import Model
from ..models.store import Registry
from ..process.lifecycle import Lifecycle
from ..protocols import open_inference_v2, openapi


def json_answer(value, status: int = 200) -> bottle.HTTPResponse:
    """A JSON answer."""
    return bottle.HTTPResponse(orjson.dumps(value), status, {"Content-Type": "application/json"})


def refuse(status: int, message: str) -> bottle.HTTPResponse:
    """A refusal in the one shape; may be returned or raised."""
    request_id = bottle.request.get_header("X-Request-Id", "")[:128]
    return bottle.HTTPResponse(errors.body(status, message, request_id), status, {"Content-Type": "application/json"})


PAGE = Path(__file__).with_name("page.html").read_bytes()
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"
# What probes ask for needs no key.
OPEN_PATHS = ("/health", "/v2/health/live", "/v2/health/ready")


def build(registry: Registry, lifecycle: Lifecycle, gate: Gate, settings: SimpleNamespace) -> bottle.Bottle:
    """The application.

    :param registry: the models.
    :param lifecycle: decides what /health says.
    :param gate: decides who may ask.
    """
    app = bottle.Bottle(autojson=False)
    app.default_error_handler = error_body

    @app.hook("before_request")
    def check_key():
        if bottle.request.path not in OPEN_PATHS:
            try:
                gate.check(bottle.request.get_header("Authorization"), bottle.request.get_header("X-Api-Key"))
            except RequestError as error:
                answer = refuse(error.status, error.message)
                answer.headers.update(dict(error.headers))
                raise answer from None

    @app.get("/health")
    def health():
        if not lifecycle.ready:
            return refuse(503, lifecycle.word)
        return json_answer({"status": "ready", "models": [title(m) for m in registry.all()]})

    @app.get("/v1/models/<name>")
    def v1_model(name):
        model = registry.get(name)
        if model is None:
            return refuse(404, "no such model")
        return json_answer({"name": model.name, "ready": lifecycle.ready})

    @app.get("/v2")
    def v2_server():
        return json_answer({"name": "model-server", "version": __version__, "extensions": ["binary_tensor_data"]})

    @app.get("/v2/health/live")
    def v2_live():
        return json_answer({"live": True})

    @app.get("/v2/health/ready")
    def v2_ready():
        return json_answer({"ready": True}) if lifecycle.ready else refuse(503, lifecycle.word)

    def find(name: str, version: str) -> Model:
        model = registry.get(name, version)
        if model is None:
            raise refuse(404, "no such model or version")
        return model

    @app.get("/v2/models/<name>")
    @app.get("/v2/models/<name>/versions/<version>")
    def v2_model(name, version=""):
        return json_answer(open_inference_v2.metadata(find(name, version), list(registry.models[name])))

    @app.get("/v2/models/<name>/ready")
    @app.get("/v2/models/<name>/versions/<version>/ready")
    def v2_model_ready(name, version=""):
        model = find(name, version)
        return json_answer({"name": model.name, "ready": True}) if lifecycle.ready else refuse(503, lifecycle.word)

    @app.get("/openapi.json")
    def openapi_document():
        return json_answer(openapi.document(registry, settings))

    @app.get("/")
    def index():
        if "text/html" in bottle.request.get_header("Accept", ""):
            headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": PAGE_POLICY}
            return bottle.HTTPResponse(PAGE, 200, headers)
        models = [summary(model) for model in registry.all()]
        return json_answer({"name": "model-server", "version": __version__, "models": models})

    return app


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
        "classes": model.classes,
        "example": model.example[:3],
        "engine": model.engine,
    }


def error_body(error: bottle.HTTPError) -> bytes:
    """What bottle itself refuses, in the one shape."""
    bottle.response.content_type = "application/json"
    request_id = bottle.request.get_header("X-Request-Id", "")[:128]
    messages = {404: "no such path", 405: "this path does not take this method"}
    return errors.body(error.status_code, messages.get(error.status_code, str(error.body)[:300]), request_id)
