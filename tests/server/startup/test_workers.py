# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Several processes on one socket."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from support import Server, until


def test_workers_share_the_socket_and_one_that_dies_is_replaced(iris_store: Path) -> None:
    row = {"instances": [[5.1, 3.5, 1.4, 0.2]]}
    server = Server(iris_store, SERVER_PROCESSES="2")
    try:
        fields = wait_for(server, "all workers ready")
        server.port, server.operations_port = fields["port"], fields["operations_port"]
        assert server.get("/ready", port=server.operations_port).status == 200
        for _unused in range(40):
            assert server.post("/predict", row).status == 200
        label = '{code="200",model="iris",route="/predict",version="1"}'
        until(lambda: server.metrics().get(f"model_server_requests_total{label}") == 40)
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        assert len(children) == 2
        counted = server.metrics()
        assert counted["model_server_memory_bytes"] > counted["process_resident_memory_bytes"]  # not the parent alone
        os.kill(int(children[0]), signal.SIGKILL)
        wait_for(server, "worker ended, starting another")
        assert server.post("/predict", row).status == 200
        until(lambda: server.get("/ready", port=server.operations_port).status == 200)
        until(lambda: server.metrics().get(f"model_server_requests_total{label}") == 41)
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_exit(30) == 0
    finally:
        if server.process.poll() is None:
            server.process.kill()


def wait_for(server: Server, message: str) -> dict:
    until(lambda: server.lines(message))
    return server.lines(message)[0]
