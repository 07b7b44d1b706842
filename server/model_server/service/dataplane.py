# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The data plane: requests in, responses out, many at a time. It knows no transport."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator
from types import SimpleNamespace

from ..api import compression, errors
from ..api.auth import ApiKeys
from ..api.errors import RequestError
from ..api.messages import Request, Response
from ..api.request_ids import RequestIds
from ..inference.batching import Batcher
from ..inference.call import Call
from ..models.registry import Registry
from ..observe import tracing
from ..observe.failures import Failures
from ..observe.metrics import Metrics
from ..process.buffered import BufferedBytes, NoRoom, TooLarge
from .drift import InputMonitor
from .routing import Route, Router


class DataPlane:
    """Answers inference requests.

    :param registry: the models.
    :param settings: the limits.
    """

    def __init__(self, registry: Registry, settings: SimpleNamespace, metrics: Metrics, keys: ApiKeys):
        self.registry = registry
        self.settings = settings
        self.metrics = metrics
        self.failures = Failures(metrics)
        self.router = Router(registry)
        self.batcher = Batcher(metrics, settings.server_max_batch_rows, settings.server_request_timeout_seconds)
        self._series: dict[tuple[Hashable, int], tuple] = {}
        self._phase = {
            name: metrics.histogram("model_server_phase_duration_seconds", name)
            for name in ("queue", "decode", "predict", "encode")
        }
        self.ids = RequestIds()
        self.inputs = InputMonitor(metrics, settings)
        self.keys = keys
        self.buffered = BufferedBytes(settings.server_max_buffered_bytes, settings.server_max_body_bytes)
        self._name_models()

    def replace(self, registry: Registry) -> None:
        """Serve other models from the next turn on. A request that was decoded keeps its model."""
        self.registry.replace(registry)
        self.router.resolved.clear()
        self._series.clear()
        self._name_models()

    def _name_models(self) -> None:
        self.metrics.models = {(m.name, m.version): m.info for m in self.registry.all()}

    def identify(self, request: Request) -> None:
        """Give the request its id and the context of its trace."""
        headers = request.headers
        request.request_id = self.ids.of(headers)
        if "TRACEPARENT" in headers:
            request.traceparent, request.tracestate = tracing.context(headers)

    def handle(self, requests: Iterator[Request]) -> list[tuple[Request, Response]]:
        """Answer requests, with one predict for each model and method among them.

        :param requests: read until a batch is full; the rest is left in it.
        """
        clock = time.monotonic
        answers: list[tuple[Request, Response]] = []
        decoded: list[tuple[Request, Route, list[Call]]] = []
        every: list[Call] = []
        rows = 0
        queue, decode = self._phase["queue"], self._phase["decode"]
        resolved = self.router.resolved
        for request in requests:
            start = clock()
            queue.observe(start - request.received)
            try:
                self._authorize(request)  # before a refusal names what is served
                route = resolved.get(request.path) or self.router.route(request)
                calls = self._decode(request, route)
                decoded.append((request, route, calls))
                every += calls
                rows += len(calls[0].rows)
            except RequestError as error:
                answers.append((request, self.refuse(request, error)))
            except BaseException as error:
                answers.append((request, self.fail("decode", request, error)))
            decode.observe(clock() - start)
            if rows >= self.settings.server_max_batch_rows:
                break
        if decoded:
            start = clock()
            self._predict(every)
            predicted = clock()
            answers += [(request, self._encode(request, route, calls)) for request, route, calls in decoded]
            self._phase["predict"].observe(predicted - start)
            self._phase["encode"].observe(clock() - predicted)
            self._observe(every[0], predicted)
        return answers

    def _predict(self, calls: list[Call]) -> None:
        try:
            self.batcher.run(calls)
        except BaseException as error:
            for call in calls:
                if call.error is None and call.result is None:
                    call.error = error

    def _observe(self, call: Call, now: float) -> None:
        if call.error is None:
            try:
                self.inputs.observe(call, now)
            except BaseException as error:
                self.failures.note("inputs", error)

    def _authorize(self, request: Request) -> None:
        if self.keys.digests:
            self.keys.check(request.headers.get("AUTHORIZATION"), request.headers.get("X_API_KEY"))

    def _decode(self, request: Request, route: Route) -> list[Call]:
        if request.method != "POST":
            raise RequestError(405, f"{route.template} takes POST", (("Allow", "POST"),))
        decode = self._decode_packed if "CONTENT_ENCODING" in request.headers else self._decode_body
        calls = decode(request, route)
        for call in calls:
            call.received = request.received
        return calls

    def _decode_packed(self, request: Request, route: Route) -> list[Call]:
        """Decode a body behind its Content-Encoding. It is not kept unpacked: only as it came it is counted."""
        packed = request.body
        request.body = compression.unpacked(request, self.settings.server_max_body_bytes)
        try:
            return self._decode_body(request, route)
        finally:
            request.body = packed

    def _decode_body(self, request: Request, route: Route) -> list[Call]:
        if not request.body:
            raise RequestError(400, "the body is empty; expected JSON")
        if len(request.body) <= route.small:
            return route.decode(request, route.model, self.settings)
        return self._decode_large(request, route)

    def _decode_large(self, request: Request, route: Route) -> list[Call]:
        """Decode a body if there is room for what it is parsed to."""
        needed = route.parsed_bytes(request.body)
        try:
            with self.buffered.parsing(needed):
                return route.decode(request, route.model, self.settings)
        except TooLarge:
            message = f"the body may take {needed:,} bytes of memory when it is parsed: send fewer rows in a request"
            raise RequestError(413, message) from None
        except NoRoom:
            self.metrics.count("model_server_rejected", "memory")
            message = "too many bytes of requests are in memory; try again"
            raise RequestError(503, message, (("Retry-After", "1"),)) from None

    def _encode(self, request: Request, route: Route, calls: list[Call]) -> Response:
        for call in calls:
            if isinstance(call.error, RequestError):
                return self.refuse(request, call.error)
            if call.error is not None:
                return self.fail("predict", request, call.error)
        try:
            response = route.encode(calls)
            return compression.packed(request, response) if "ACCEPT_ENCODING" in request.headers else response
        except BaseException as error:
            return self.fail("encode", request, error)

    def fail(self, where: str, request: Request, error: BaseException) -> Response:
        """The answer to a request that the server or a model failed on."""
        self.failures.note(where, error, request.request_id)
        return self.refuse(request, RequestError(500, errors.FAILED))

    def refuse(self, request: Request, error: RequestError) -> Response:
        return Response(
            error.status, errors.body(error.status, error.message, request.request_id), headers=error.headers
        )

    def record(self, request: Request, response: Response, seconds: float) -> None:
        """Count an answered request under its route and model; unknown paths share one label."""
        key = (request.target, response.status)
        series = self._series.get(key)
        if series is None:
            route = self.router.resolved.get(request.target)
            template = self.router.label(request)
            model, version = (route.model.name, route.model.version) if route else ("", "")
            series = (
                (model, version, template, str(response.status)),
                self.metrics.histogram("model_server_request_duration_seconds", model, version, template),
            )
            if route:  # only resolved paths are kept, so that clients cannot fill the table
                self._series[key] = series
        self.metrics.counters["model_server_requests"][series[0]] += 1
        series[1].observe(seconds)
