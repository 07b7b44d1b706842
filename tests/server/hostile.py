# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Malformed and hostile requests against a server that may have no more than 512 MiB of memory.

    PYTHONPATH=server:tests/server python tests/server/hostile.py --malformed 100000 --hostile 20000 --seed 1

Every request is made from the seed. The server runs on loopback under RLIMIT_DATA; it has to live, to answer nothing
but what is declared, and to give its memory back.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import socket
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from support import ROW, Server

MEMORY = 512 * 2**20
# Statuses that a server may answer to whatever it is sent: a 5xx only if it says that it is not for the client to mend.
DECLARED = {100, 200, 400, 401, 404, 405, 408, 411, 413, 415, 417, 422, 431, 501, 503, 504, 505}
CLIENTS = 8
# Seconds that a client waits: a busy machine may be slow, and what is never answered is to be seen.
PATIENCE = 300
PATHS = (
    *(b"/predict", b"/v1/models/iris:predict", b"/v2/models/iris/infer", b"/v2/models/iris/versions/1/infer"),
    *(b"/v2/models/%2e%2e/infer", b"/v2/models//infer", b"/health", b"/", b"/openapi.json", b"/x", b"//predict"),
)
BODIES = (
    b'{"instances": [[5.1, 3.5, 1.4, 0.2]]}',
    b'{"instances": [[1,2,3,4],[5,6,7,8]], "method": "predict_proba"}',
    b'{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[1,2,3,4]}]}',
    b'{"instances": [{"sepal length (cm)":1,"sepal width (cm)":2,"petal length (cm)":3,"petal width (cm)":4}]}',
)
PIECES = (
    *(b"", b"{", b"]", b"}", b"[", b'"', b",", b":", b"null", b"true", b"-", b"1e9", b"1e999", b"NaN", b"Infinity"),
    *(b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00", b"\\u0000", b"\\ud800", b"\xef\xbb\xbf", b"9" * 400, b"\r\n", b" "),
)


def request(body: bytes, path: bytes = b"/predict", more: Iterable[bytes] = ()) -> bytes:
    lines = [b"POST " + path + b" HTTP/1.1", b"Host: x", *more, b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*lines, b"", body])


def mutated(source: random.Random, data: bytes, most: int) -> bytes:
    """Bytes with some of them replaced, removed or added."""
    out = bytearray(data)
    for _unused in range(source.randint(1, most)):
        i = source.randrange(len(out) + 1)
        out[i : i + source.randint(0, 3)] = source.choice((*PIECES, bytes([source.randrange(256)])))
    return bytes(out)


def malformed(source: random.Random, count: int) -> bytes:
    """Some requests for one connection: the bodies of all are bent, and the whole of the last."""
    requests = [request(mutated(source, source.choice(BODIES), 4), source.choice(PATHS)) for _unused in range(count)]
    requests[-1] = mutated(source, requests[-1], 6)
    return b"".join(requests)


def number(source: random.Random) -> bytes:
    return source.choice((b"1", b"-0", b"1e400", b"1e-400", b"9" * source.randint(1, 5000), b"0.1e", b"NaN", b"null"))


def texts(source: random.Random) -> bytes:
    """One long text among numbers, or what is no text at all."""
    text = source.choice((b"a", b"\\u0000", b"\\ud83d", b"\xf0\x9f\x98\x80", b"\xff")) * source.choice((1, 100, 20_000))
    rows = [b"[1,2,3,4]"] * source.choice((0, 10, 2000)) + [b'[1,2,3,"%b"]' % text]
    return request(b'{"instances":[%b]}' % b",".join(rows), source.choice(PATHS[:2]))


def bytes_tensors(source: random.Random) -> bytes:
    text = "x" * source.choice((1, 1000, 100_000))
    data = ["1"] * source.choice((3, 4000)) + [text]
    inputs = [{"name": "x", "shape": [len(data) // 4, 4], "datatype": "BYTES", "data": data}]
    return request(json.dumps({"inputs": inputs}).encode(), PATHS[2])


def depths(source: random.Random) -> bytes:
    depth = source.choice((10, 500, 1023, 1024, 1025, 20_000, 200_000))
    opening, closing = source.choice(((b"[", b"]"), (b'{"a":', b"}")))
    middle = opening * depth + b"1" + closing * source.choice((0, depth))
    return request(b'{"instances":' + middle + b"}", source.choice(PATHS[:4]))


def sizes(source: random.Random) -> bytes:
    """Bodies of millions of bytes that are parsed to many times as much, or refused by their length."""
    unit = source.choice((b"{}", b"[]", b"0", b"1.5", b'""', b'{"a":[]}', b"[[]]", b" ", b'"ab"'))
    size = source.choice((1000, 100_000, 1_000_000)) if source.random() < 0.98 else 10_000_000
    return request(b'{"instances":[' + (unit + b",") * (size // (len(unit) + 1)) + unit + b"]}")


def widths(source: random.Random) -> bytes:
    rows, columns = source.choice(((1, 100_000), (10_001, 1), (10_000, 4), (0, 0), (3, 0), (100, 5), (2000, 3)))
    row = b"[" + b",".join([number(source)] * columns) + b"]" if columns < 10 else b"[" + b"1," * columns + b"1]"
    data = [row] * rows
    if rows > 1 and source.random() < 0.5:
        data[source.randrange(rows)] = source.choice(
            (b"[]", b"1", b"null", b"{}", b'"x"', b"[[1]]", b"[true,false,1,2]")
        )
    return request(b'{"instances":[%b]}' % b",".join(data), source.choice(PATHS[:2]))


def tensors(source: random.Random) -> bytes:
    """Shapes and sizes that their data contradicts."""
    shape = [
        source.choice((0, 1, -1, 4, 2**31, 2**63, 10**30, 1.5, "4", None)) for _unused in range(source.randint(0, 4))
    ]
    kind = source.choice(("FP64", "FP32", "FP16", "INT8", "INT64", "UINT64", "BOOL", "BYTES", "X", "", None))
    data = source.choice(([1, 2, 3, 4], [], [[1, 2], [3, 4]], [10**20] * 4, [None], "x", {}, [1e308] * 4, [True] * 4))
    inputs = [{"name": source.choice(("x", "", "y" * 1000, None)), "shape": shape, "datatype": kind, "data": data}]
    return request(json.dumps({"inputs": inputs * source.choice((1, 1, 1, 500))}).encode(), PATHS[2])


def binary(source: random.Random) -> bytes:
    size = source.choice((0, 7, 32, 2**31, -1, 10**20))
    described = {"name": "x", "shape": [1, 4], "datatype": "FP64", "parameters": {"binary_data_size": size}}
    head = json.dumps({"inputs": [described]}).encode()
    length = source.choice((len(head), len(head) - 1, 0, -5, 10**9))
    more = [b"Inference-Header-Content-Length: %d" % length]
    return request(head + source.randbytes(source.choice((0, 31, 32, 33))), PATHS[2], more)


def encodings(source: random.Random) -> bytes:
    body = source.choice(
        (
            BODIES[0].decode().encode("utf-16"),
            b"\xef\xbb\xbf" + BODIES[0],
            gzip.compress(b"[" * 10_000_000) if source.random() < 0.02 else gzip.compress(BODIES[0]),
            gzip.compress(BODIES[0])[:-4],
            source.randbytes(2000),
        )
    )
    more = source.choice(
        ((), (b"Content-Encoding: gzip",), (b"Content-Encoding: br",), (b"Content-Encoding: gzip, gzip",))
    )
    return request(body, source.choice(PATHS), more)


def chunks(source: random.Random) -> bytes:
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + source.choice(
        (
            b"1\r\n[\r\n" * 3000,
            b"5;" + b"a" * 200_000,
            b"f" * source.choice((1, 15, 16, 17, 5000)) + b"\r\n",
            b"0\r\n" + b"X: %b\r\n" % (b"a" * 900) * 300,
            mutated(source, b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODIES[0]), BODIES[0]), 5),
        )
    )


def heads(source: random.Random) -> bytes:
    return source.choice(
        (
            b"GET /" + b"a" * source.choice((100, 16_000, 100_000)) + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * source.choice((100, 5000)) + b"\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: " + source.randbytes(50) + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nAccept: text/" + source.randbytes(5).hex().encode() + b"\xfc\r\n\r\n",
            b"GET /v2 HTTP/1.1\r\nHost: x\r\nX-Api-Key: \xff\r\nAuthorization: Bearer \xc3\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nTraceparent: 00-" + b"f" * source.choice((10, 32, 8000)) + b"\r\n\r\n",
            b"GET /predict HTTP/1.1\r\nHost: x\r\n\r\n" * source.choice((1, 1500)),
            b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * source.choice((1, 1500)),
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n{" % source.choice((5, 10**7, 10**12)),
            source.randbytes(source.choice((1, 100, 70_000))),
            b"\r\n" * 30_000,
        )
    )


KINDS = (texts, bytes_tensors, depths, sizes, widths, tensors, binary, encodings, chunks, heads)


class Attack:
    """Sends requests and counts what is answered."""

    def __init__(self, port: int, seed: int):
        self.port = port
        self.seed = seed
        self.patience = PATIENCE
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []
        self.lock = threading.Lock()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=self.patience)

    def malformed(self, connection: int, count: int) -> None:
        source = random.Random(f"malformed {self.seed} {connection}")
        self.send(malformed(source, count))

    def hostile(self, number: int) -> None:
        source = random.Random(f"hostile {self.seed} {number}")
        data = source.choice(KINDS)(source)
        behaviour = source.choices((self.send, self.reset, self.leave, self.drip), (90, 4, 4, 2))[0]
        behaviour(data)

    def send(self, data: bytes) -> None:
        """Send all, say that no more comes, and read to the end."""
        received = bytearray()
        with self.connect() as connection, suppress(ConnectionError):
            # What is refused early is not read, and resets the connection; what came before is an answer all the same.
            sender = threading.Thread(target=self.push, args=(connection, data)) if len(data) > 60_000 else None
            if sender:
                sender.start()
            else:
                self.push(connection, data)
            self.receive(connection, received, data)
            if sender:
                sender.join()
        self.read(bytes(received), data)

    def receive(self, connection: socket.socket, received: bytearray, sent: bytes) -> None:
        """Read to the end, and note it if the server does not end the connection."""
        try:
            while part := connection.recv(2**20):
                received += part
        except TimeoutError:
            self.note(f"nothing more within {self.patience} s, after {len(received)} bytes", sent)

    @staticmethod
    def push(connection: socket.socket, data: bytes) -> None:
        with suppress(OSError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)

    def reset(self, data: bytes) -> None:
        """Go away with a reset in the middle."""
        with self.connect() as connection, suppress(OSError):
            connection.sendall(data[: len(data) // 2 + 1][:60_000])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def leave(self, data: bytes) -> None:
        """Send all that the kernel takes, and go away without reading."""
        with self.connect() as connection, suppress(OSError):
            connection.settimeout(0.2)
            connection.sendall(data)

    def drip(self, data: bytes) -> None:
        """Send byte by byte, half of it only, and wait for the server to lose its patience.

        Empty lines begin no request: such a connection is idle, and left alone.
        """
        received, part = bytearray(), data[: min(len(data) // 2, 60)]
        with self.connect() as connection, suppress(OSError):
            for byte in part:
                connection.sendall(bytes([byte]))
                time.sleep(0.001)
            if part.strip():
                self.receive(connection, received, data)
        self.read(bytes(received), data)

    def read(self, received: bytes, sent: bytes) -> None:
        """Count the answers; each must be whole but the last, and each refusal has the one shape."""
        position = 0
        while position < len(received):
            end = received.find(b"\r\n\r\n", position) + 4
            found = re.match(rb"HTTP/1\.[01] (\d{3}) ", received[position : position + 13])
            if end < 4 or not found:
                self.note(f"no answer: {received[position : position + 80]!r}", sent)
                return
            status = int(found[1])
            length = re.search(rb"Content-Length: (\d+)", received[position:end])
            body = received[end : end + int(length[1])] if length else b""
            with self.lock:
                self.statuses[status] += 1
            if status not in DECLARED:
                self.note(f"{status}: {body[:200]!r}", sent)
            elif status >= 400 and body and json.loads(body).keys() != {"error", "code", "status", "request_id"}:
                self.note(f"shape of {status}: {body[:200]!r}", sent)
            position = end + len(body)

    def note(self, what: str, sent: bytes) -> None:
        line = f"{what} to {sent[:300]!r}"
        print(line, file=sys.stderr, flush=True)
        with self.lock:
            self.wrong.append(line)


class Memory:
    """Samples of the server's memory, in bytes."""

    def __init__(self, pid: int):
        self.status = Path(f"/proc/{pid}/status")

    def now(self) -> int:
        return self._field("VmRSS")

    def peak(self) -> int:
        return self._field("VmHWM")

    def _field(self, name: str) -> int:
        return int(re.search(rf"{name}:\s+(\d+) kB", self.status.read_text(encoding="utf-8"))[1]) * 1024


def run(server: Server, count_malformed: int, count_hostile: int, seed: int, rounds: int = 10) -> dict:
    """Both kinds in turn, in so many rounds; returns what was seen."""
    attack, memory = Attack(server.port, seed), Memory(server.process.pid)
    per_connection = 25
    begin = time.monotonic()
    after: list[int] = []
    with ThreadPoolExecutor(CLIENTS) as clients:
        for turn in range(rounds):
            connections = share(count_malformed // per_connection, rounds, turn)
            work: list[Callable[[], None]] = [
                *(lambda i=i: attack.malformed(i, per_connection) for i in connections),
                *(lambda i=i: attack.hostile(i) for i in share(count_hostile, rounds, turn)),
            ]
            list(clients.map(lambda task: task(), work))
            assert server.process.poll() is None, "".join(server.log[-20:])
            after.append(memory.now())
            print(f"round {turn + 1}: {after[-1] >> 20} MiB, wrong: {len(attack.wrong)}", file=sys.stderr, flush=True)
    answer = server.post("/predict", ROW)
    metrics = server.metrics()
    return {
        "answers": dict(sorted(attack.statuses.items())),
        "wrong": attack.wrong,
        "last": (answer.status, answer.json.get("predictions")),
        "failures": {name: value for name, value in metrics.items() if "_failures_total" in name and value},
        "rejected": {name: value for name, value in metrics.items() if "_rejected_total" in name},
        "memory_after_each_round": after,
        "peak": memory.peak(),
        "connections": metrics["model_server_connections"],
        "seconds": round(time.monotonic() - begin, 1),
    }


def share(count: int, rounds: int, turn: int) -> range:
    """The part of so many that belongs to a round."""
    return range(count * turn // rounds, count * (turn + 1) // rounds)


def limited(store: Path, **settings: str) -> Server:
    """A server under the limit of memory, that soon gives slow clients up."""
    server = Server(store, **{"SERVER_ACCESS_LOG": "false", "SERVER_READ_TIMEOUT_SECONDS": "2", **settings})
    resource.prlimit(server.process.pid, resource.RLIMIT_DATA, (MEMORY, MEMORY))
    return server


def main() -> int:
    import train

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--malformed", type=int, default=100_000)
    parser.add_argument("--hostile", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        train.write(*train.train(), Path(folder) / "iris" / "1")
        with limited(Path(folder)) as server:
            seen = run(server, given.malformed, given.hostile, given.seed)
    print(json.dumps({**seen, "wrong": seen["wrong"][:20]}, indent=1))
    return 1 if seen["wrong"] or seen["failures"] or seen["last"][0] != 200 else 0


if __name__ == "__main__":
    sys.exit(main())
