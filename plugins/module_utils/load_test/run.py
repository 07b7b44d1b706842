# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs k6 and watches the autoscaler, its pods and the latency meanwhile."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import time

from ansible_collections.modelops.serving.plugins.module_utils.client.http import NoAnswer, ask
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import container_statuses
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import Reader
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Observed, Point, back

EVERY = 2.0
EVERY_FALLING = 5.0
STOP_PATIENCE = 30.0
PASSED_AND_CROSSED = (0, 99)


class Meter:
    """Turns the totals that k6's own API tells while it runs into what happened since the call before."""

    def __init__(self):
        self._seen = (time.monotonic(), 0.0, 0.0, 0)

    def since_before(self, told: dict) -> tuple[float | None, float | None, int]:
        """Requests a second, mean latency in milliseconds, failed requests. ``told``: see ``samples``."""
        now = time.monotonic()
        count = told.get("http_reqs", {}).get("count", self._seen[1])
        spent = told.get("http_req_duration", {}).get("avg", 0.0) * count
        failed = round(told.get("http_req_failed", {}).get("rate", 0.0) * count)
        then, counted, passed, lost = self._seen
        self._seen = (now, count, spent, failed)
        if count <= counted:
            return None, None, 0
        return (count - counted) / (now - then), (spent - passed) / (count - counted), max(failed - lost, 0)


def samples(text: str | bytes) -> dict:
    """What k6's API says of its metrics, by their names; {} for what is no answer of it."""
    try:
        return {entry["id"]: entry["attributes"]["sample"] for entry in json.loads(text)["data"]}
    except (ValueError, KeyError, TypeError):
        return {}


class K6:
    """One run of k6 as a child process, and what its own API tells of it while it runs."""

    def __init__(self, program: str, script: str, environment: dict):
        self.folder = tempfile.TemporaryDirectory(prefix="modelops-load-")
        self.summary = os.path.join(self.folder.name, "summary.json")
        self.errors = os.path.join(self.folder.name, "errors")
        self.port = free_port()
        self.meter = Meter()
        arguments = command(program, f"127.0.0.1:{self.port}", {**environment, "SUMMARY": self.summary}, script)
        said = os.open(self.errors, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            self.process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        except OSError as error:
            raise ServingError(f"k6 cannot be run: {program}: {error.strerror}") from error
        finally:
            os.close(said)

    def since_before(self) -> tuple[float | None, float | None, int]:
        """Requests a second, mean latency in milliseconds, failed requests, since the last call."""
        try:
            answer = ask("GET", f"http://127.0.0.1:{self.port}/v1/metrics", {}, None, 2.0)
        except NoAnswer:
            return self.meter.since_before({})
        return self.meter.since_before(samples(answer.text))

    def ended(self) -> bool:
        return self.process.poll() is not None

    def result(self) -> tuple[int, dict, str]:
        """Exit status, the numbers, and what it said last. Raises ServingError when it came to no numbers."""
        status = self.process.wait(STOP_PATIENCE)
        with open(self.errors, encoding="utf-8", errors="replace") as stream:
            words = stream.read().strip()[-800:]
        if not os.path.exists(self.summary) or status not in PASSED_AND_CROSSED:
            raise ServingError(f"k6 ended with status {status}: {words or 'without a word'}")
        with open(self.summary, encoding="utf-8") as stream:
            return status, json.load(stream), words

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(STOP_PATIENCE)
        self.folder.cleanup()


def command(program: str, address: str, environment: dict, script: str) -> list[str]:
    """How k6 is run; ``address``: where its API answers while it runs."""
    fixed = [program, "run", "--quiet", "--no-usage-report", "--no-color", "--address", address]
    given = [part for key, value in environment.items() for part in ("-e", f"{key}={value}")]
    return [*fixed, *given, script]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def observe(reader: Reader, k6, fall_timeout: float, progress: Progress) -> Observed:
    """Until k6 has ended, and then until the replicas are back, at most ``fall_timeout`` seconds (0: not at all).

    ``k6`` is a K6 or a load_test_job.K6Job.
    """
    began = time.monotonic()
    snapshot = reader.read()
    restarts = restarts_of(snapshot)
    seen = Observed(before=snapshot.desired)
    while not k6.ended():
        snapshot = take(reader, snapshot, seen, began, k6.since_before(), progress)
        time.sleep(EVERY)
    seen.loaded = round(time.monotonic() - began, 1)
    seen.status, seen.metrics, seen.words = k6.result()
    while time.monotonic() - began < seen.loaded + fall_timeout and not back(seen):
        snapshot = take(reader, snapshot, seen, began, (None, None, 0), progress)
        time.sleep(EVERY_FALLING)
    seen.restarts = restarts_of(snapshot) - restarts
    return seen


def take(reader: Reader, snapshot: ScalingSnapshot, seen: Observed, began: float, load, progress: Progress):
    """One point more; returns the snapshot that it is from."""
    snapshot = reader.read_changing(snapshot)
    values = [metric.current for metric in snapshot.metrics if metric.unit == "%" and metric.current is not None]
    rate, latency, failed = load
    point = Point(
        round(time.monotonic() - began, 1),
        snapshot.desired,
        len(snapshot.ready_pods),
        values[0] if values else None,
        None if rate is None else round(rate, 1),
        None if latency is None else round(latency, 2),
        failed,
    )
    seen.points.append(point)
    load_text = f"{point.rate:.0f} requests a second, {point.latency:.1f} ms" if point.rate else "no load"
    progress.say(f"{point.ready}/{point.desired} ready; {load_text}")
    return snapshot


def restarts_of(snapshot: ScalingSnapshot) -> int:
    return sum(status.get("restartCount", 0) for pod in snapshot.owned_pods for status in container_statuses(pod))
