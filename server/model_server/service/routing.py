# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which protocol and which model an inference path means."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from types import ModuleType, SimpleNamespace

from ..api import json_memory
from ..api.errors import RequestError
from ..api.messages import Request, Response
from ..inference.call import Call
from ..models.model import Model
from ..models.registry import Registry
from ..protocols import kserve_v1, mlflow, open_inference_v2, predict

# JSON up to this size takes so little memory when it is parsed that it is not counted.
SMALL_BODY = 65536
# Paths are matched in this order; {model} and {version} are the only variable parts.
TEMPLATES = (
    ("/predict", predict),
    ("/invocations", mlflow),
    ("/v1/models/{model}:predict", kserve_v1),
    ("/v2/models/{model}/infer", open_inference_v2),
    ("/v2/models/{model}/versions/{version}/infer", open_inference_v2),
)


class Route:
    """An inference path that was resolved: the protocol's functions, and the model.

    :ivar small: bodies up to this size take so little memory when they are parsed that it is not counted.
    :ivar parsed_bytes: how much memory a body takes at most when it is parsed; may raise a RequestError.
    """

    __slots__ = ("decode", "encode", "model", "parsed_bytes", "small", "template")

    def __init__(
        self,
        template: str,
        model: Model,
        decode: Callable[[Request, Model, SimpleNamespace], list[Call]],
        encode: Callable[[list[Call]], Response],
        small: int = SMALL_BODY,
        parsed_bytes: Callable[[bytes], int] = json_memory.most,
    ):
        self.small = small
        self.parsed_bytes = parsed_bytes
        self.template = template
        self.model = model
        self.decode = decode
        self.encode = encode


class Router:
    """Resolves inference paths.

    :ivar resolved: the route of each target that was resolved. Only those of models that are served get in, so that
        clients cannot fill the table.
    :ivar called: the protocols whose messages name the model, by path. No path of HTTP leads there.
    """

    def __init__(self, registry: Registry):
        self.registry = registry
        self.resolved: dict[Hashable, Route] = {}
        self.called: dict[str, ModuleType] = {}
        self._patterns = [
            (template, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/:]+)", re.escape(template))), protocol)
            for template, protocol in TEMPLATES
        ]

    def route(self, request: Request) -> Route:
        """The request's route.

        :raises RequestError: 400 for a message that cannot be read, 404.
        """
        protocol = self.called.get(request.path)
        if protocol is None:
            return self.resolve(request.path)
        name, version = protocol.model_of(request.body)
        request.target = (request.path, name, version)
        known = self.resolved.get(request.target)
        if known is not None:
            return known
        model = self._model(name, version)
        route = Route(request.path, model, protocol.decode, protocol.encode, protocol.SMALL, protocol.parsed_bytes)
        self.resolved[request.target] = route
        return route

    def label(self, request: Request) -> str:
        """The template that a request is counted under."""
        return request.path if request.path in self.called else self.template(request.path) or "other"

    def template(self, path: str) -> str | None:
        """The route template of an inference path, or None for any other path."""
        route = self.resolved.get(path)
        if route is not None:
            return route.template
        for template, pattern, _unused in self._patterns:
            if pattern.fullmatch(path):
                return template
        return None

    def resolve(self, path: str) -> Route:
        """The route of an inference path.

        :raises RequestError: 404.
        """
        for template, pattern, protocol in self._patterns:
            match = pattern.fullmatch(path)
            if not match:
                continue
            parts = match.groupdict()
            name, version = parts.get("model", ""), parts.get("version", "")
            route = Route(template, self._model(name, version), protocol.decode, protocol.encode)
            self.resolved[path] = route
            return route
        raise RequestError(404, "no such path")

    def _model(self, name: str, version: str) -> Model:
        model = self.registry.get(name, version)
        if model is None:
            raise RequestError(404, self._no_such_model(name, version))
        return model

    def _no_such_model(self, name: str, version: str) -> str:
        served = ", ".join(f"{m.name}/{m.version}" for m in self.registry.all())
        if not name:
            return (
                f"several models are served and MODEL_NAME names no default; use /v1/models/<name>:predict ({served})"
            )
        return f"no model {name!r}{f' version {version!r}' if version else ''}; served are: {served}"[:500]
