# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The methods of the Open Inference Protocol besides ModelInfer: health, metadata, the index of the models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import __version__
from ..api.auth import ApiKeys
from ..api.errors import RequestError
from ..api.messages import Request, Response
from ..models.model import Model
from ..models.registry import Registry
from ..process.lifecycle import Lifecycle
from ..protocols import open_inference_v2
from ..protocols.inference_messages import message
from ..protocols.open_inference_grpc import CONTENT_TYPE, parsed

# Those of probes, which need no key.
OPEN = ("ServerLive", "ServerReady")
# What of a tensor's description the protocol has a field for.
TENSOR = ("name", "datatype", "shape")


class Documents:
    """Answers them. Its methods with a capital letter are those of the protocol, and return their answer's fields.

    :param keys: checked for every method but OPEN.
    """

    NAMES = ("ServerLive", "ServerReady", "ModelReady", "ServerMetadata", "ModelMetadata", "RepositoryIndex")

    def __init__(self, registry: Registry, lifecycle: Lifecycle, keys: ApiKeys):
        self.registry = registry
        self.lifecycle = lifecycle
        self.keys = keys

    def answerer(self, name: str) -> Callable[[Request], Response]:
        """The function that answers the method of this name."""
        fields: Callable[[Any], dict] = getattr(self, name)
        asked, answered = message(f"{name}Request"), message(f"{name}Response")

        def answer(request: Request) -> Response:
            if name not in OPEN:
                self.keys.check(request.headers.get("AUTHORIZATION"), request.headers.get("X_API_KEY"))
            return Response(200, answered(**fields(parsed(request.body, asked))).SerializeToString(), CONTENT_TYPE)

        return answer

    def ServerLive(self, _asked: Any) -> dict:
        return {"live": True}

    def ServerReady(self, _asked: Any) -> dict:
        return {"ready": self.lifecycle.ready}

    def ModelReady(self, asked: Any) -> dict:
        self._find(asked)
        return {"ready": self.lifecycle.ready}

    def ServerMetadata(self, _asked: Any) -> dict:
        return {"name": "model-server", "version": __version__}

    def ModelMetadata(self, asked: Any) -> dict:
        model = self._find(asked)
        found = open_inference_v2.metadata(model, list(self.registry.models[model.name]))
        for part in ("inputs", "outputs"):
            found[part] = [{field: tensor[field] for field in TENSOR} for tensor in found[part]]
        return found

    def RepositoryIndex(self, _asked: Any) -> dict:
        return {"models": open_inference_v2.index(self.registry.all(), self.lifecycle.ready)}

    def _find(self, asked: Any) -> Model:
        model = self.registry.get(asked.name, asked.version)
        if model is None:
            raise RequestError(404, "no such model or version")
        return model
