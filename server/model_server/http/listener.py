# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The API port's listening socket and its connections: waitress's server, with a queue in place of its threads."""

from __future__ import annotations

import socket
import time
from collections import deque
from types import SimpleNamespace

from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from ..observe.access_log import AccessLog
from ..observe.metrics import Metrics
from ..process.lifecycle import Lifecycle
from .admission import Clients, longest_idle
from .certificate import Certificate
from .connection import Connection
from .routes import OPEN_PATHS
from .tls import TlsConnection

# Most connections accepted in one turn; few where workers share the socket, so that none takes most of a burst.
ACCEPTS, SHARED_ACCEPTS = 256, 4


def adjustments(settings: SimpleNamespace) -> Adjustments:
    """waitress's own settings."""
    whole_body = settings.server_max_body_bytes + 1  # waitress refuses what reaches the limit, not what exceeds it
    return Adjustments(
        ident="model-server",
        backlog=4096,
        connection_limit=settings.server_connection_limit,
        channel_timeout=int(settings.server_keepalive_seconds),
        cleanup_interval=1,
        max_request_body_size=whole_body,
        max_request_header_size=settings.server_max_header_bytes,
        # Bodies stay in memory (their size is limited): the root file system may be read-only.
        inbuf_overflow=whole_body + 1,
        outbuf_overflow=2**31 - 1,
        outbuf_high_watermark=2**31 - 1,
        recv_bytes=65536,
        clear_untrusted_proxy_headers=True,
        url_scheme="https" if settings.server_tls_key_file else "http",
    )


class RequestQueue:
    """Stands where waitress has a pool of threads: only collects connections, which the event loop serves.

    :ivar waiting: connections with a complete request, the oldest first.
    :ivar probes: connections with a probe's request; it does not wait behind predictions, so that a server with much to
        do is not taken for one that is not ready.
    """

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.lifecycle = lifecycle
        self.waiting: deque[Connection] = deque()
        self.probes: deque[Connection] = deque()

    def add_task(self, connection: Connection) -> None:
        self.lifecycle.arrived()
        connection.waiting_since = self.lifecycle.last_arrival
        request = connection.requests[0]
        probe = request.error is None and request.path in OPEN_PATHS
        (self.probes if probe else self.waiting).append(connection)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        return False


class ApiServer(TcpWSGIServer):
    """The listening socket and its connections.

    :param certificate: for TLS; None for plain HTTP.
    """

    def __init__(
        self,
        listener: socket.socket,
        application,
        queue: RequestQueue,
        metrics: Metrics,
        settings: SimpleNamespace,
        certificate: Certificate | None,
        access: AccessLog,
    ):
        self.access = access
        self.certificate = certificate
        self.channel_class = Connection if certificate is None else TlsConnection
        self.lifecycle = queue.lifecycle
        self.metrics = metrics
        self.arrivals = 0
        self.clients = Clients(settings.server_client_connection_limit)
        self.max_age = settings.server_connection_max_age_seconds
        self.accepts = ACCEPTS if settings.server_processes == 1 else SHARED_ACCEPTS
        self.read_timeout = settings.server_read_timeout_seconds
        sockinfo = (listener.family, listener.type, listener.proto, listener.getsockname())
        self.touch = self.forget = lambda fileno: None  # until the event loop has a poller
        super().__init__(
            application,
            {},
            _sock=listener,
            dispatcher=queue,
            adj=adjustments(settings),
            sockinfo=sockinfo,
            bind_socket=False,
        )

    def pull_trigger(self) -> None:
        """Does nothing: responses are written on the event loop's own thread, which needs no waking."""

    def handle_accept(self) -> None:
        """Accept all that wait, so that a new connection does not have to wait for many turns."""
        for _unused in range(self.accepts):
            before = self.arrivals
            super().handle_accept()
            if self.arrivals == before or len(self._map) >= self.adj.connection_limit:
                return

    def readable(self) -> bool:
        """Whether connections are accepted; when all are taken, those that have been idle longest give way."""
        if len(self._map) >= self.adj.connection_limit:
            for connection in longest_idle(self.active_channels.values(), time.time()):
                self.metrics.count("model_server_connections_evicted")
                connection.handle_close()
        return super().readable()

    def admit(self, connection: Connection) -> None:
        """Close a new connection at once if its client has too many: a proxy then tries another pod."""
        self.arrivals += 1
        self.lifecycle.arrived()
        self.metrics.count("model_server_connections_accepted")
        if not self.clients.admit(connection.addr[0]):
            self.metrics.count("model_server_rejected", "connections")
            connection.handle_close()

    def count(self, route: str, code: str) -> None:
        """Count a response that the data plane did not make."""
        self.metrics.count("model_server_requests", "", "", route, code)

    def busy(self) -> bool:
        """Whether a request was received, in full or in part, and its response is not sent to the last byte."""
        return any(c.requests or c.request or c.total_outbufs_len for c in self.active_channels.values())

    def maintenance(self, now: float) -> None:
        """Close idle connections, and those that take too long to send a request or to read a response."""
        super().maintenance(now)
        if self.certificate is not None:
            self.certificate.refresh()
        cutoff = now - self.read_timeout
        for connection in list(self.active_channels.values()):
            if connection.too_slow(cutoff):
                # At once: the socket of a client that stopped reading never becomes writable again.
                connection.handle_close()
            elif connection.will_close:
                self.touch(connection._fileno)
        self.metrics.gauges["model_server_connections"] = len(self.active_channels)
