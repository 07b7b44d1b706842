# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Before numpy is imported: threads that wait for each other on a busy machine cost minutes.
os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})

import train
from support import Server


@pytest.fixture(scope="session")
def iris_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the bundled model."""
    store = tmp_path_factory.mktemp("store")
    train.write(*train.train(), store / "iris" / "1")
    return store


@pytest.fixture(scope="session")
def iris(iris_store: Path) -> Iterator[Server]:
    """A server of the bundled model that tests may share, since none of them changes it."""
    with Server(iris_store) as server:
        yield server


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """Starts servers that end with the test."""
    servers: list[Server] = []

    def starter(store: Path, **settings: str) -> Server:
        server = Server(store, **settings)
        servers.append(server)
        return server

    yield starter
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.wait_exit()
