# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The servers that are compared: how each is installed, started and called."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVER = HERE.parent / "server"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "modelops-serving" / "bench"
TRUSTED = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor,sklearn.tree._tree.Tree"
# CPU seconds that an idle server may use in a fifth of a second.
SETTLED = 0.03
# The certificate is made for one run and not trusted by anyone, so it is not checked.
UNKNOWN = ssl.create_default_context()
UNKNOWN.check_hostname = False
UNKNOWN.verify_mode = ssl.CERT_NONE
TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def descendants(pid: int) -> list[int]:
    """The process and all its descendants."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return found


@dataclass
class Peer:
    """One server.

    :ivar name: as in the table, and of its environment below CACHE.
    :ivar command: arguments after the environment's bin folder; {port}, {folder} and {model} are filled in.
    :ivar path: path of predictions.
    :ivar ready: path that answers 200 once it is ready.
    :ivar scheme: http or https.
    :ivar settings: of MLServer, by file: what it has beside the usual.
    """

    name: str
    command: list[str]
    path: str
    ready: str
    environment: dict[str, str] = field(default_factory=dict)
    environment_of: str = ""
    scheme: str = "http"
    settings: dict[str, dict] = field(default_factory=dict)
    process: subprocess.Popen | None = None
    port: int = 0
    start_seconds: float = 0.0

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def home(self) -> Path:
        return CACHE / (self.environment_of or self.name)

    def body(self, rows: list) -> dict:
        if self.home.name != "mlserver":
            return {"instances": rows}
        shape = [len(rows), len(rows[0])]
        return {"inputs": [{"name": "x", "shape": shape, "datatype": "FP64", "data": rows}]}

    def fill(self, text: str, folder: Path, model: str) -> str:
        for name, value in (("port", str(self.port)), ("folder", str(folder)), ("model", model), ("here", str(HERE))):
            text = text.replace("{" + name + "}", value)
        return text

    def start(self, folder: Path, model: str, core: str) -> None:
        """Start it on one core and wait until it is ready."""
        self.port = free_port()
        work = folder / f"run-{self.name}"
        work.mkdir(exist_ok=True)
        if self.home.name == "mlserver":
            self._write_mlserver(work, folder / f"{model}.joblib")
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MODEL_FILE": f"{folder}/{model}.joblib"}
        extra = {key: self.fill(value, folder, model) for key, value in self.environment.items()}
        begin = time.monotonic()
        command = [self.fill(part, folder, model) for part in self.command]
        self.process = subprocess.Popen(
            ["taskset", "-c", core, str(self.home / "bin" / command[0]), *command[1:]],
            cwd=work,
            env={**os.environ, **threads, "PORT": str(self.port), **extra},
            stdout=(work / "log").open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while not self._answers(self.fill(self.ready, folder, model)):
            if self.process.poll() is not None or time.monotonic() - begin > 120:
                raise RuntimeError(f"{self.name} did not start: {(work / 'log').read_text()[-2000:]}")
            time.sleep(0.01)
        self.start_seconds = time.monotonic() - begin

    def _write_mlserver(self, work: Path, file: Path) -> None:
        other = {"metrics_port": free_port(), "grpc_port": free_port(), "parallel_workers": 0, "debug": False}
        server = {"host": "127.0.0.1", "http_port": self.port, **other, **self.settings.get("settings", {})}
        model = {"name": "m", "implementation": "mlserver_sklearn.SKLearnModel", "parameters": {"uri": str(file)}}
        (work / "settings.json").write_text(json.dumps(server))
        (work / "model-settings.json").write_text(json.dumps(model | self.settings.get("model-settings", {})))

    def _answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=5, context=UNKNOWN) as response:
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """Stop it and every process that it started."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def cpu_seconds(self) -> float:
        total = 0
        for pid in descendants(self.process.pid):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICK

    def settle(self) -> None:
        """Wait, at most 10 s, until it has finished the requests of clients that have disconnected."""
        until = time.monotonic() + 10
        seen = -1.0
        while time.monotonic() < until and (now := self.cpu_seconds()) - seen > SETTLED:
            seen = now
            time.sleep(0.2)

    def memory_mib(self) -> float:
        """Proportional set size of all its processes: shared pages count once."""
        total = 0
        for pid in descendants(self.process.pid):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024


OWN_ENVIRONMENT = {
    "PYTHONPATH": str(SERVER),
    "MODEL_STORE": "{folder}/one/{model}",
    "MODEL_TRUSTED_TYPES": TRUSTED,
    "SERVER_HOST": "127.0.0.1",
    "SERVER_PORT": "{port}",
    "SERVER_OPERATIONS_PORT": "0",
}


def own(name: str, model: str = "{model}", **more: str) -> Peer:
    environment = {**OWN_ENVIRONMENT, "MODEL_STORE": "{folder}/one/" + model, **more}
    return Peer(name, ["python", "-m", "model_server"], "/predict", "/health", environment, "ours")


def mlserver(name: str, **settings: dict) -> Peer:
    command = ["mlserver", "start", "."]
    return Peer(name, command, "/v2/models/m/infer", "/v2/models/m/ready", {}, "mlserver", settings=settings)


def fastapi(name: str, app: str, environment: dict[str, str] | None = None) -> Peer:
    return Peer(name, ["python", f"{{here}}/apps/{app}.py"], "/predict", "/ready", environment or {}, "fastapi")


def bentoml(name: str, app: str) -> Peer:
    command = ["bentoml", "serve", f"{app}:Sklearn", "--host", "127.0.0.1", "--port", "{port}"]
    environment = {"PYTHONPATH": "{here}/apps", "BENTOML_DO_NOT_TRACK": "1"}
    environment["PATH"] = f"{CACHE}/bentoml/bin:{os.environ['PATH']}"
    return Peer(name, command, "/predict", "/readyz", environment, "bentoml")


# Requests that came within these seconds are one batch.
BATCHES = {"max_batch_size": 64, "max_batch_time": 0.002}


def peers() -> list[Peer]:
    """This server, this server with a constant answer, and the peers: as they come, and tuned."""
    app = "{here}/apps"
    return [
        own("ours"),
        own("ours-constant", "{model}-constant"),
        Peer("kserve", ["python", f"{app}/kserve_app.py"], "/v1/models/m:predict", "/v1/models/m"),
        mlserver("mlserver"),
        mlserver("mlserver-batching", **{"model-settings": BATCHES}),
        mlserver(
            "mlserver-workers",
            **{"settings": {"parallel_workers": 2, "parallel_workers_timeout": 60}, "model-settings": BATCHES},
        ),
        fastapi("fastapi", "fastapi_app"),
        fastapi("fastapi-orjson", "fastapi_orjson_app"),
        fastapi("fastapi-fast", "fastapi_fast_app", OWN_ENVIRONMENT),
        Peer("litserve", ["python", f"{app}/litserve_app.py"], "/predict", "/health"),
        bentoml("bentoml", "bentoml_app"),
        bentoml("bentoml-batching", "bentoml_batching_app"),
    ]
