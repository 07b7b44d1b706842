# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The data plane: requests in, answers out, many at a time. It knows no transport."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace

from ..api import errors
from ..api.auth import Gate
from ..api.errors import RequestError
from ..api.messages import Request, Response
from ..inference.batching import Call, Engine
from ..models.model import Model
from ..models.store import Registry
from ..observe import tracing
from ..observe.metrics import Metrics
from ..protocols import kserve_v1, open_inference_v2, predict
from .drift import Inputs

LOGGER = logging.getLogger("model_server")
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True)
class Route:
    """An inference path that was resolved: what reads it, what answers it, and for which model."""

    template: str
    model: Model
    decode: Callable[[Request, Model, SimpleNamespace], list[Call]]
    encode: Callable[[list[Call]], Response]


# Paths are matched in this order; {model} and {version} are the only variable parts.
TEMPLATES = (
    ("/predict", predict),
    ("/v1/models/{model}:predict", kserve_v1),
    ("/v2/models/{model}/infer", open_inference_v2),
    ("/v2/models/{model}/versions/{version}/infer", open_inference_v2),
)


class DataPlane:
    """Answers inference requests.

    :param registry: the models.
    :param settings: the limits.
    """

    def __init__(self, registry: Registry, settings: SimpleNamespace, metrics: Metrics):
        self.registry = registry
        self.settings = settings
        self.metrics = metrics
        self.engine = Engine(metrics, settings.server_max_batch_rows, settings.server_request_timeout_seconds)
        self._patterns = [
            (template, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/:]+)", re.escape(template))), protocol)
            for template, protocol in TEMPLATES
        ]
        self._routes: dict[str, Route] = {}
        self._series: dict[tuple[str, int], tuple] = {}
        self._phase = {
            name: metrics.histogram("model_server_phase_duration_seconds", name)
            for name in ("queue", "decode", "predict", "encode")
        }
        self._ids = count()
        self._id_prefix = os.urandom(6).hex()
        self.inputs = Inputs(metrics, settings)
        self.gate = Gate(settings.server_api_keys_file)
        self._name_models()

    def replace(self, registry: Registry) -> None:
        """Serve other models from the next turn on. What was opened keeps the model it was opened with."""
        self.registry.replace(registry)
        self._routes.clear()
        self._series.clear()
        self._name_models()

    def _name_models(self) -> None:
        self.metrics.models = {(m.name, m.version): m.info for m in self.registry.all()}

    def identify(self, request: Request) -> None:
        """Give the request its id: the client's own where it is well-formed, else a new one."""
        headers = request.headers
        given = headers.get("X_REQUEST_ID")
        if given is not None and REQUEST_ID.fullmatch(given):
            request.request_id = given
        else:
            request.request_id = f"{self._id_prefix}-{next(self._ids):x}"
        if "TRACEPARENT" in headers:
            request.traceparent, request.tracestate = tracing.context(headers)

    def template(self, path: str) -> str | None:
        """The route template of an inference path, or None if the path is none."""
        route = self._routes.get(path)
        if route is not None:
            return route.template
        for template, pattern, _unused in self._patterns:
            if pattern.fullmatch(path):
                return template
        return None

    def handle(self, requests: Iterator[Request]) -> list[tuple[Request, Response]]:
        """Answer requests, with one predict for each model and method among them.

        :param requests: read until a batch is full; what is left is not taken.
        """
        clock = time.monotonic
        answers: list[tuple[Request, Response]] = []
        opened: list[tuple[Request, Route, list[Call]]] = []
        every: list[Call] = []
        rows = 0
        queue, decode = self._phase["queue"], self._phase["decode"]
        for request in requests:
            start = clock()
            queue.observe(start - request.received)
            try:
                route = self._routes.get(request.path) or self._resolve(request.path)
                calls = self._open(request, route)
                opened.append((request, route, calls))
                every += calls
                rows += len(calls[0].rows)
            except RequestError as error:
                answers.append((request, self.refuse(request, error)))
            decode.observe(clock() - start)
            if rows >= self.settings.server_max_batch_rows:
                break
        if opened:
            start = clock()
            self.engine.run(every)
            predicted = clock()
            answers += [(request, self._close(request, route, calls)) for request, route, calls in opened]
            self._phase["predict"].observe(predicted - start)
            self._phase["encode"].observe(clock() - predicted)
            if every[0].error is None:
                self.inputs.look(every[0], predicted)
        return answers

    def _close(self, request: Request, route: Route, calls: list[Call]) -> Response:
        for call in calls:
            if call.error is not None:
                return self.refuse(request, call.error)
        return route.encode(calls)

    def refuse(self, request: Request, error: RequestError) -> Response:
        return Response(
            error.status, errors.body(error.status, error.message, request.request_id), headers=error.headers
        )

    def record(self, request: Request, response: Response, seconds: float) -> None:
        """Count an answered request under its route and model; unknown paths share one label."""
        key = (request.path, response.status)
        series = self._series.get(key)
        if series is None:
            route = self._routes.get(request.path)
            template = route.template if route else self.template(request.path) or "other"
            model, version = (route.model.name, route.model.version) if route else ("", "")
            series = (
                (model, version, template, str(response.status)),
                self.metrics.histogram("model_server_request_duration_seconds", model, version, template),
            )
            if route:  # only resolved paths are kept, so that clients cannot fill the table
                self._series[key] = series
        self.metrics.counters["model_server_requests"][series[0]] += 1
        series[1].observe(seconds)

    def _resolve(self, path: str) -> Route:
        for template, pattern, protocol in self._patterns:
            match = pattern.fullmatch(path)
            if not match:
                continue
            parts = match.groupdict()
            name, version = parts.get("model", ""), parts.get("version", "")
            model = self.registry.get(name, version)
            if model is None:
                raise RequestError(404, self._no_such_model(name, version))
            route = Route(template, model, protocol.decode, protocol.encode)
            self._routes[path] = route
            return route
        raise RequestError(404, "no such path")

    def _no_such_model(self, name: str, version: str) -> str:
        served = ", ".join(f"{m.name}/{m.version}" for m in self.registry.all())
        if not name:
            return (
                f"several models are served and MODEL_NAME names no default; use /v1/models/<name>:predict ({served})"
            )
        return f"no model {name!r}{f' version {version!r}' if version else ''}; served are: {served}"[:500]

    def _open(self, request: Request, route: Route) -> list[Call]:
        if request.method != "POST":
            raise RequestError(405, f"{route.template} takes POST", (("Allow", "POST"),))
        self.gate.check(request.headers.get("AUTHORIZATION"), request.headers.get("X_API_KEY"))
        if request.headers.get("CONTENT_ENCODING", "identity") != "identity":
            raise RequestError(415, "Content-Encoding: bodies must not be compressed")
        if not request.body:
            raise RequestError(400, "the body is empty; expected JSON")
        calls = route.decode(request, route.model, self.settings)
        for call in calls:
            call.received = request.received
        return calls
