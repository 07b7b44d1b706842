# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gRPC port: reads messages on a thread of its own, and hands them to the event loop.

The thread only waits, and moves bytes. Messages are parsed and predicted by the event loop, in its turns, so that
requests of both ports become one batch.

A draining server goes on answering calls. Its connections end by their age, each with a GOAWAY, and clients connect to
other pods. gRPC's own shutdown would cancel the calls that are on their way.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import SimpleNamespace
from urllib.parse import unquote

import grpc
from grpc import aio

from ..api.errors import RequestError
from ..api.messages import Request, Response
from ..http.certificate import Certificate
from ..http.inbox import Caller, Inbox
from ..protocols.open_inference_grpc import INFER, SERVICE
from . import status
from .documents import Documents

# What a client may send in the head of a call that the data plane reads.
HEADERS = ("authorization", "x-api-key", "x-request-id", "traceparent", "tracestate")
# Most messages in memory, whatever the limits of bytes are.
MOST_MESSAGES = 64
# Time for the last answers to be sent, once the event loop has ended.
CLOSE_SECONDS = 1.0


class GrpcPort:
    """The port, from its start to its end. All but the constructor runs on its own thread.

    :param inbox: of the event loop.
    :raises OSError: the port cannot be opened.
    """

    def __init__(
        self,
        settings: SimpleNamespace,
        inbox: Inbox,
        documents: Documents,
        certificate: Certificate | None,
    ):
        self.settings = settings
        self.inbox = inbox
        self.certificate = certificate
        self.documents = {name: documents.answerer(name) for name in documents.NAMES}
        self.loop = asyncio.new_event_loop()
        self.room = asyncio.Semaphore(most_messages(settings))
        self.thread = threading.Thread(target=self.loop.run_forever, name="grpc", daemon=True)
        self.thread.start()
        try:
            self.server = self._on_loop(self._start()).result()
        except RuntimeError as error:
            raise OSError(f"port {settings.server_grpc_port} (SERVER_GRPC_PORT): {error}") from error

    def close(self) -> None:
        """Wait until the answers are sent, and end the thread."""
        with suppress(TimeoutError):
            self._on_loop(self.server.stop(CLOSE_SECONDS)).result(2 * CLOSE_SECONDS)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(CLOSE_SECONDS)

    def _on_loop(self, work: Awaitable):
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    async def _start(self) -> aio.Server:
        server = aio.server(options=options(self.settings), maximum_concurrent_rpcs=self.settings.server_queue_limit)
        handlers = {name: self._handler(SERVICE + name, document) for name, document in self.documents.items()}
        handlers["ModelInfer"] = self._handler(INFER, None)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE.strip("/"), handlers),))
        host = self.settings.server_host
        address = (
            f"[{host}]:{self.settings.server_grpc_port}" if ":" in host else f"{host}:{self.settings.server_grpc_port}"
        )
        if self.certificate is None:
            server.add_insecure_port(address)
        else:
            server.add_secure_port(address, credentials(self.certificate))
        await server.start()
        return server

    def _handler(self, path: str, document: Callable[[Request], Response] | None) -> grpc.RpcMethodHandler:
        """Reads the one message of a call itself, to bound how long that may take and how many are in memory."""

        async def handle(_messages: object, context: aio.ServicerContext) -> bytes:
            self.inbox.open += 1
            try:
                if document is not None:
                    return await self._answer(path, document, context)
                async with self.room:
                    return await self._answer(path, None, context)
            finally:
                self.inbox.open -= 1

        return grpc.stream_unary_rpc_method_handler(handle)

    async def _answer(
        self, path: str, document: Callable[[Request], Response] | None, context: aio.ServicerContext
    ) -> bytes:
        given = context.invocation_metadata() or ()
        headers = {key.upper().replace("-", "_"): value for key, value in given if key in HEADERS}
        body, error = await self._read(context)
        if error is None and not body and document is None:
            error = RequestError(400, "the message is empty; expected a ModelInferRequest")
        request = Request("POST", path, "", headers, body, address_of(context.peer()))
        response = await self._ask(request, document if error is None else refusing(error))
        await context.send_initial_metadata((("x-request-id", request.request_id),))
        if response is None:
            await context.abort(grpc.StatusCode.INTERNAL, "the server failed on this request")
        if response.status != 200:
            await context.abort(*status.refusal(response))
        return response.body

    async def _read(self, context: aio.ServicerContext) -> tuple[bytes, RequestError | None]:
        """The call's message, or why there is none."""
        seconds = self.settings.server_read_timeout_seconds
        try:
            body = await asyncio.wait_for(context.read(), seconds)
        except TimeoutError:
            return b"", RequestError(408, f"the message did not come within {seconds:g} s")
        return (b"", None) if body is aio.EOF else (body, None)

    async def _ask(self, request: Request, document: Callable[[Request], Response] | None) -> Response | None:
        """The event loop's answer."""
        answer: asyncio.Future[Response | None] = self.loop.create_future()

        def take(response: Response | None) -> None:
            if not answer.done():
                answer.set_result(response)

        caller = Caller(lambda response: self.loop.call_soon_threadsafe(take, response), document)
        request.carrier = caller
        request.received = time.monotonic()
        self.inbox.put(request)
        try:
            return await answer
        finally:
            caller.gone = True


def refusing(error: RequestError) -> Callable[[Request], Response]:
    """A document that refuses, so that the event loop counts and logs the refusal."""

    def refuse(_request: Request) -> Response:
        raise error

    return refuse


def most_messages(settings: SimpleNamespace) -> int:
    """How many messages of the largest size SERVER_MAX_BUFFERED_BYTES has room for."""
    limit = settings.server_max_buffered_bytes // settings.server_max_body_bytes
    return max(1, min(limit, MOST_MESSAGES)) if settings.server_max_buffered_bytes else MOST_MESSAGES


def options(settings: SimpleNamespace) -> list[tuple[str, int]]:
    """gRPC's own settings: the limits of the HTTP port, as far as gRPC has them.

    A connection is so old at most that it ends by its age while the server drains.
    """
    age = min(settings.server_connection_max_age_seconds, max(settings.server_drain_seconds / 2, 1))
    return [
        ("grpc.so_reuseport", 1),
        ("grpc.max_receive_message_length", settings.server_max_body_bytes),
        ("grpc.max_metadata_size", settings.server_max_header_bytes),
        ("grpc.absolute_max_metadata_size", settings.server_max_header_bytes),
        ("grpc.max_connection_idle_ms", int(1000 * settings.server_keepalive_seconds)),
        ("grpc.max_connection_age_ms", int(1000 * age)),
        ("grpc.max_connection_age_grace_ms", int(1000 * settings.server_request_timeout_seconds)),
        ("grpc.max_allowed_incoming_connections", settings.server_connection_limit),
    ]


def credentials(certificate: Certificate) -> grpc.ServerCredentials:
    """TLS with the certificate, and with the next one once it was reloaded."""

    def configuration() -> grpc.ServerCertificateConfiguration:
        chain, key = certificate.pem
        return grpc.ssl_server_certificate_configuration([(key, chain)])

    given = [certificate.pem]

    def changed() -> grpc.ServerCertificateConfiguration | None:
        if certificate.pem is given[0]:
            return None
        given[0] = certificate.pem
        return configuration()

    return grpc.dynamic_ssl_server_credentials(configuration(), changed, require_client_authentication=False)


def address_of(peer: str) -> str:
    """The address in gRPC's name of a peer, such as ipv4:10.0.0.1:4711 or ipv6:%5B::1%5D:4711."""
    host = unquote(peer).partition(":")[2].rpartition(":")[0]
    return host.strip("[]")
