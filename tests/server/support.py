# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A really started server process, and clients for it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 60
# One row of the bundled model's: as a body, and as a whole request for a raw socket.
ROW = {"instances": [[5.1, 3.5, 1.4, 0.2]]}
BODY = json.dumps(ROW).encode()
REQUEST = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


class Answer:
    """Status, headers and body of one HTTP answer."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Server:
    """`python -m model_server` on ephemeral loopback ports.

    :param store: the model store.
    :param command: Python's arguments, to start it in another way.
    :param settings: environment variables of the server.
    :raises AssertionError: it did not become ready; the message is its log.
    """

    def __init__(self, store: Path, command: tuple[str, ...] = ("-m", "model_server"), **settings: str):
        self.log: list[str] = []
        # What the last line of a start says.
        self.is_ready = "all workers ready" if settings.get("SERVER_PROCESSES", "1") != "1" else "ready"
        self._ready = threading.Event()
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, *command],
            env={
                **{key: value for key, value in os.environ.items() if not key.startswith(("MODEL_", "SERVER_"))},
                "PYTHONPATH": str(REPOSITORY / "server"),
                "MODEL_STORE": str(store),
                "SERVER_HOST": "127.0.0.1",
                "SERVER_PORT": "0",
                "SERVER_OPERATIONS_PORT": "0",
                **settings,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = self.operations_port = 0

    def _read(self) -> None:
        for line in self.process.stdout:
            self.log.append(line)
            if f'"message":"{self.is_ready}"' in line:
                self._ready.set()
        self._ready.set()

    def wait_ready(self) -> Server:
        assert self._ready.wait(START_SECONDS), "".join(self.log)
        fields = self.lines(self.is_ready)
        assert fields, "".join(self.log)
        self.port, self.operations_port = fields[0]["port"], fields[0]["operations_port"]
        return self

    def wait_exit(self, seconds: float = START_SECONDS) -> int:
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Holds the process still: what is sent to it meanwhile is there at once when it goes on."""
        self.process.send_signal(signal.SIGSTOP)
        until(lambda: stopped(self.process.pid))
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def lines(self, message: str = "") -> list[dict]:
        """Log lines, parsed; those of one message if it is given."""
        parsed = [json.loads(line) for line in list(self.log) if line.startswith("{")]
        return [line for line in parsed if not message or line.get("message") == message]

    def line_of(self, request_id: str) -> dict:
        """The access log's line of a request; it is read from the process by a thread, and may be a moment late."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for line in self.lines():
                if line.get("request_id") == request_id:
                    return line
            time.sleep(0.02)
        raise AssertionError(f"no line of request {request_id} within 10 s")

    def __enter__(self) -> Server:
        return self.wait_ready()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._reader.join(5)

    def request(self, method: str, path: str, body=None, headers: dict | None = None, port: int = 0) -> Answer:
        """One request on a connection of its own; a body that is no bytes is sent as JSON."""
        connection = HTTPConnection("127.0.0.1", port or self.port, timeout=30)
        try:
            return send(connection, method, path, body, headers)
        finally:
            connection.close()

    def get(self, path: str, **more) -> Answer:
        return self.request("GET", path, **more)

    def post(self, path: str, body, **more) -> Answer:
        return self.request("POST", path, body, **more)

    def metrics(self) -> dict[str, float]:
        """Samples of the operations port, by name and labels as in the text format."""
        text = self.get("/metrics", port=self.operations_port).body.decode()
        return {
            name: float(value) for name, value in (line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")
        }


def send(connection: HTTPConnection, method: str, path: str, body=None, headers: dict | None = None) -> Answer:
    """One request on an open connection."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
    response = connection.getresponse()
    return Answer(response.status, dict(response.getheaders()), response.read())


def fetch(store: Path, environment: dict[str, str] | None = None, **settings: str) -> subprocess.CompletedProcess:
    """Run `python -m model_server.fetch` to its end.

    :param environment: what it inherits; the test's own by default.
    """
    inherited = os.environ if environment is None else environment
    return subprocess.run(
        [sys.executable, "-m", "model_server.fetch"],
        env={**inherited, "PYTHONPATH": str(REPOSITORY / "server"), "MODEL_STORE": str(store), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def read_to_end(connection: socket.socket) -> bytes:
    """What the server sends until it closes the connection."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def stopped(pid: int) -> bool:
    """Whether the signal has arrived: sending it does not wait for that."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "T"


def until(true, seconds: float = 60) -> None:
    """Wait until the function returns something true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)
