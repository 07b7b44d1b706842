# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Send requests at a fixed rate, like independent users: the rate does not depend on the answers.

    python openloop.py HOST:PORT/PATH BODIES RATE SECONDS CONNECTIONS

BODIES is a file with a body a line; they are sent in turn, each behind a head of its own as an ingress makes it.

A latency counts from the moment when a request was due, not from when a connection was free, so a slow answer also
shows in the requests that wait for it. Prints one JSON object; times are milliseconds. `behind` is the share of
requests that were sent more than a millisecond late although a connection was free: the sender was too slow.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections import deque
from pathlib import Path

LATE_SECONDS = 0.001
DIFFERENT = 4096


class Connection:
    """A connection and the request in flight on it."""

    def __init__(self, address: tuple[str, int]):
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = self.free = 0.0
        self.data = b""

    def read(self) -> int:
        """The status of a complete answer; 0 for an incomplete one, -1 when the connection is closed."""
        part = self.socket.recv(65536)
        self.data += part
        head, found, body = self.data.partition(b"\r\n\r\n")
        if found and len(body) >= int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]):
            self.data = b""
            return int(head[9:12])
        return 0 if part else -1


def run(address: tuple[str, int], requests: list[bytes], rate: float, seconds: float, connections: int) -> dict:
    """Send for so many seconds, then wait for the answers in flight. A missing answer counts as bad."""
    idle = deque(Connection(address) for _unused in range(connections))
    epoll, busy = select.epoll(), {}
    for connection in idle:
        epoll.register(connection.socket, select.EPOLLIN)
    total, sent, behind, bad = int(rate * seconds), 0, 0, 0
    latencies: list[float] = []
    clock = time.perf_counter
    start = clock()
    while sent < total or busy:
        now = clock()
        if now - start > seconds * 2 + 5:
            bad += len(busy) + total - sent
            break
        while sent < total and idle and start + sent / rate <= now:
            connection = idle.popleft()
            connection.due = start + sent / rate
            behind += now - max(connection.due, connection.free) > LATE_SECONDS
            connection.socket.sendall(requests[sent % len(requests)])
            busy[connection.socket.fileno()] = connection
            sent += 1
        pause = max(start + sent / rate - clock(), 0.0) if sent < total and idle else 0.05
        for fileno, _events in epoll.poll(min(pause, 0.05)):
            connection = busy.get(fileno)
            status = connection.read() if connection else -1
            if status == 0:
                continue
            if connection is None:  # the server closed it while idle: the next request on it fails and counts
                epoll.unregister(fileno)
                continue
            del busy[fileno]
            bad += status != 200
            connection.free = clock()
            latencies.append(connection.free - connection.due)
            if status < 0:
                epoll.unregister(fileno)
                connection = Connection(address)
                epoll.register(connection.socket, select.EPOLLIN)
            idle.append(connection)
    return {"rate": len(latencies) / (clock() - start), "bad": bad, "behind": behind / total, **percentiles(latencies)}


def percentiles(latencies: list[float]) -> dict[str, float]:
    ordered = sorted(latencies) or [float("nan")]
    return {
        name: round(ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000, 3)
        for name, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))
    }


def request(path: str, host: str, body: bytes, number: int) -> bytes:
    """A request with a head of its own."""
    return b"\r\n".join(
        [
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json".encode(),
            f"Traceparent: 00-{number * 7919 + 1:032x}-{number + 1:016x}-01".encode(),
            f"X-Forwarded-For: 10.1.{number // 256 % 256}.{number % 256}\r\nX-Forwarded-Proto: https".encode(),
            f"X-Request-Id: {number * 104729 + 7:032x}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body,
        ]
    )


def main(url: str, bodies: str, rate: str, seconds: str, connections: str) -> None:
    place, _slash, path = url.partition("/")
    host, _colon, port = place.partition(":")
    lines = Path(bodies).read_bytes().splitlines()
    requests = [request(f"/{path}", place, lines[i % len(lines)], i) for i in range(DIFFERENT)]
    print(json.dumps(run((host, int(port)), requests, float(rate), float(seconds), int(connections))))


if __name__ == "__main__":
    main(*sys.argv[1:])
