# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs load generators as Jobs in a cluster: they start together, at a time of the cluster's own clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.load_test.heard import Heard, check_asked
from ansible_collections.modelops.serving.plugins.module_utils.load_test.interruption import undisturbed
from ansible_collections.modelops.serving.plugins.module_utils.load_test.job_objects import START_ANNOTATION, objects
from ansible_collections.modelops.serving.plugins.module_utils.load_test.pods import (
    ended,
    patience,
    start_at,
    why_ended,
    why_not_running,
)

POD = find("Pod")
# For what a run before has left.
LEFT_PATIENCE = 60.0
POLL_SECONDS = 1.0
STOP_PATIENCE = 30.0
# Read again, for a line that came in the second of the last reading.
OVERLAP = 2.0
AGAIN = 60.0


class ClusterGenerators:
    """Generators in a cluster that have been given their start. ``program``: their path in ``image``.

    Raises ServingError when one of them cannot run, or was refused: no load is sent then.
    """

    def __init__(
        self, kube: Kube, namespace: str, name: str, image: str, program: str, plans: list[dict], progress: Progress
    ):
        self.kube, self.namespace, self.progress = kube, namespace, progress
        self.url = plans[0]["url"]
        self.objects = objects(name, image, program, plans)
        self.jobs = [obj["metadata"]["name"] for obj in self.objects if obj["kind"] == "Job"]
        self.heard = {job: Heard() for job in self.jobs}
        self.uids: dict[str, str] = {}
        self.pods: dict[str, dict] = {}
        self.read_until = 0.0
        # The API may be out of reach for a moment: then nothing new is heard, and nothing waits for it.
        self.fail_fast = Kube(kube.connection)
        try:
            self._make()
            self._wait_for_all()
            self._start = self._give_start()
        except BaseException:
            self.close()
            raise

    def _make(self) -> None:
        for obj in self.objects:
            self.kube.delete(obj, self.namespace)
        until = time.monotonic() + LEFT_PATIENCE
        for obj in self.objects:
            self._create(obj, until)

    def _create(self, obj: dict, until: float) -> None:
        """What is left of a run before may still be terminating."""
        while True:
            try:
                self.uids[obj["metadata"]["name"]] = self.kube.create(obj, self.namespace)["metadata"]["uid"]
                return
            except KubeError as error:
                if error.reason != "AlreadyExists" or time.monotonic() > until:
                    raise
            time.sleep(POLL_SECONDS)

    def _wait_for_all(self) -> None:
        began = time.monotonic()
        while True:
            self.poll()
            missing = [job for job in self.jobs if self.heard[job].waiting is None]
            for job in self.jobs:
                check_asked(self.heard[job], self.url)
            for job in missing:
                self._check(job, time.monotonic() - began)
            if not missing:
                return
            ready = len(self.jobs) - len(missing)
            self.progress.say(f"{ready} of {len(self.jobs)} load generators are ready to start")
            time.sleep(POLL_SECONDS)

    def _check(self, job: str, waited: float) -> None:
        if ended(self.pods.get(job)):
            raise ServingError(self._ended_early(job))
        if waited > patience(self.pods.get(job)):
            raise ServingError(f"No load was sent. Job/{job} does not start in {self.namespace}: {self._why(job)}")

    def _give_start(self) -> float:
        """The start, seconds since 1970 by our clock."""
        start, ours = start_at(list(self.heard.values()), time.time())
        for pod in self.pods.values():
            self.kube.patch(pod, self.namespace, {"metadata": {"annotations": {START_ANNOTATION: f"{start:.3f}"}}})
        return ours

    def began(self) -> float:
        """Seconds since 1970."""
        return self._start

    def poll(self) -> list[Heard]:
        """Reads what is new in every generator's log."""
        now = time.time()
        self.fail_fast.deadline = time.monotonic()
        try:
            self._read_pods()
            for job, pod in self.pods.items():
                if (pod.get("status") or {}).get("phase") != "Pending":
                    self._read_log(job, pod)
        except KubeError:
            return list(self.heard.values())
        self.read_until = now
        return list(self.heard.values())

    def _read_pods(self) -> None:
        label = self.objects[0]["metadata"]["labels"]["modelops.serving/load-test"]
        found = self.fail_fast.list(POD, self.namespace, f"modelops.serving/load-test={label}")["items"]
        alive = [pod for pod in found if not pod["metadata"].get("deletionTimestamp")]
        self.pods = {
            job: pod
            for job in self.jobs
            for pod in alive
            if (pod["metadata"].get("labels") or {}).get("job-name") == job
        }

    def _read_log(self, job: str, pod: dict) -> None:
        since = datetime.fromtimestamp(max(self.read_until - OVERLAP, 0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        path = f"{POD.path(self.namespace, pod['metadata']['name'])}/log"
        for line in self.fail_fast.text(path, {"sinceTime": since} if self.read_until > 0 else None).splitlines():
            self.heard[job].take(line)

    def ended(self) -> bool:
        return all(
            self.heard[job].total is not None or job not in self.pods or ended(self.pods[job]) for job in self.jobs
        )

    def result(self) -> list[Heard]:
        """Once all have ended. Raises ServingError when one did not end by itself."""
        self.read_until -= AGAIN
        self.poll()
        for job in self.jobs:
            if self.heard[job].total is None or self.heard[job].stopped:
                raise ServingError(self._ended_early(job))
        return [self.heard[job] for job in self.jobs]

    def _ended_early(self, job: str) -> str:
        if job not in self.pods:
            return f"the pod of Job/{job} in {self.namespace} was removed while it ran: {self._why(job)}"
        words = self.heard[job].words or why_ended(self.pods[job]) or "without a word"
        return f"the load generator of Job/{job} in {self.namespace} ended before its time: {words}"

    def _why(self, job: str) -> str:
        # A Job of that name from a run before has left its events.
        fields = f"involvedObject.uid={self.uids[job]},type=Warning"
        events = self.kube.list(find("Event"), self.namespace, fields=fields)["items"]
        return why_not_running(self.pods.get(job), events)

    def close(self) -> None:
        """Stops the load at once, and removes everything. The pods are not left to the garbage collector."""
        config, *jobs = self.objects
        self.kube.deadline = time.monotonic() + STOP_PATIENCE
        with undisturbed():
            for obj in (*jobs, *self.pods.values(), config):
                self.kube.delete(obj, self.namespace)
