# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time on a release: a Lease with a holder and an expiry, so that a killed run blocks others briefly."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError, is_namespace_going
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import epoch

DURATION = 30
# Several API servers behind one address have clocks of their own.
SERVERS_APART = 5.0
# A run that hangs does not hold its release for ever. No rollout and restore together may last that long.
LONGEST = 4 * 3600.0
RENEW_EVERY = 8.0
POLL_SECONDS = 1.0
# Seconds that what is overdue waits for a renewal that is under way.
GUARD_PATIENCE = 1.0
# Seconds beyond its duration that a run waits for an API server which does not answer, such as one that starts anew. It
# writes nothing meanwhile.
OUTAGE_PATIENCE = 120.0


class Locked(ServingError):
    """Another run holds the lock and did not release it in time."""


class LockLost(ServingError):
    """This run no longer has the lock: it could not be renewed in time."""


class Overtaken(LockLost):
    """Another run took it, or its namespace goes: what becomes of the release is no matter of this run any more. The
    message says all of it."""


def expired(lease: dict, now: float | None) -> bool:
    """Whether a lease has expired. Both times are the API server's: ``now`` (epoch seconds, None where it is not known)
    and when it took the last renewal. The clocks of two machines are never compared."""
    spec = lease.get("spec") or {}
    if not spec.get("holderIdentity"):
        return True
    written = [epoch(entry.get("time")) for entry in lease["metadata"].get("managedFields") or []]
    renewed = max((stamp for stamp in written if stamp), default=None)
    if now is None or renewed is None:
        return False
    return now > renewed + spec.get("leaseDurationSeconds", DURATION) + SERVERS_APART


def died_here(holder: str, place: str, alive: Callable[[int], bool]) -> bool:
    """Whether the holder was a process of this place (see place()) that has ended."""
    where, _slash, rest = (holder or "").rpartition("/")
    pid = rest.partition("-")[0]
    return where == place and pid.isdigit() and not alive(int(pid))


def holder_identity() -> str:
    """``place/pid-random``: names the run for people, and shows a re-run on this machine that a killed one is gone."""
    return f"{place()}/{os.getpid()}-{secrets.token_hex(4)}"


def place() -> str:
    """This host, this boot and this PID namespace: where process ids are comparable."""
    try:
        with open("/proc/stat", encoding="ascii") as stream:
            boot = next((line.split()[1] for line in stream if line.startswith("btime ")), "0")
        space = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        # Without /proc two boots cannot be distinguished: a random place, so that only the expiry counts.
        boot, space = secrets.token_hex(4), 0
    return f"{socket.gethostname()}/{boot}.{space}"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _now_awake_or_not() -> float:
    """Seconds by a clock that goes on while the machine sleeps, where there is one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Lock:
    """A context manager around the work: nothing is written in it that this run may not write any more. Calls
    ``say(line)`` when it has to wait for another run, or when somebody has removed the lease. Where that happened,
    ``others_worked()`` says whether another run has used the gap."""

    def __init__(
        self,
        kube: Kube,
        namespace: str,
        release: str,
        say: Callable[[str], None],
        others_worked: Callable[[], bool],
    ):
        self.kube, self.namespace, self.say, self.others_worked = kube, namespace, say, others_worked
        self.name = f"modelops.serving.{release}"
        self.holder = holder_identity()
        self._unlocked = kube.before_write
        self.lease: dict = {}
        # Why it is lost; "" while it is held.
        self.lost = ""
        self.overtaken = False
        self._was_removed = False
        self._renewed = _now_awake_or_not()
        self._stop = threading.Event()
        self._guard = threading.Lock()

    def __enter__(self) -> Lock:
        try:
            self._acquire()
            self.kube.before_write = self._before_write
            threading.Thread(target=self._renew, name="renew lease", daemon=True).start()
        except KeyboardInterrupt:  # SIGTERM too: the lease may have been created before its answer was read
            self._stop.set()
            self.let_go_of_what_was_taken()
            raise
        return self

    def let_go_of_what_was_taken(self) -> None:
        """Removes the lease if it is this run's, though the run may not know that it has it."""
        with contextlib.suppress(ServingError):
            found = self._read()
            if found is not None and (found.get("spec") or {}).get("holderIdentity") == self.holder:
                self.kube.delete_unchanged(found, self.namespace)

    def __exit__(self, *_exception) -> None:
        self._stop.set()
        self.kube.before_write = self._unlocked
        with self._guard:
            if self.lost:
                self.kube.deadline = time.monotonic()  # once: the API server may be what was missing
                self.let_go_of_what_was_taken()
            else:
                try:
                    # As it was renewed last: a lease that another run has taken meanwhile is its own.
                    self.kube.delete_unchanged(self.lease, self.namespace)
                except KubeError:
                    self.let_go_of_what_was_taken()  # somebody may have written it; else it expires by itself
                except KeyboardInterrupt:  # SIGTERM too, just when the work was done
                    self.let_go_of_what_was_taken()
                    raise

    def check(self) -> None:
        """Raises LockLost when the work must stop."""
        if not self.lost and self._is_overdue(DURATION):
            self._renew_late()
        if not self.lost and self._is_overdue(DURATION):
            self.lost = (
                f"the lock Lease/{self.name} could not be renewed for {DURATION + OUTAGE_PATIENCE:.0f} s. This run has "
                "stopped: run it again when the API server answers."
            )
        if not self.lost and self._was_removed:
            self._was_removed = False
            self.say(f"Lease/{self.name} was gone: this run has taken it again")
            if self.others_worked():
                self.overtaken = True
                self.lost = (
                    f"the lock Lease/{self.name} was gone: it had expired while this run stood still, or somebody "
                    "removed it. Another run has worked on the release since. This run has stopped: see what stands "
                    "(playbooks/status.yml)."
                )
        if self.lost:
            raise (Overtaken if self.overtaken else LockLost)(self.lost)

    def refuse_overtaken(self) -> None:
        """Raises Overtaken where another run has gone on, by the last that is known."""
        try:
            self.check()
        except LockLost:
            if self.overtaken:
                raise

    def _before_write(self, path: str) -> None:
        """The lock itself is written to keep it."""
        if not path.endswith(("/leases", f"/leases/{self.name}")):
            self.check()

    def _is_overdue(self, seconds: float) -> bool:
        return _now_awake_or_not() - self._renewed > seconds

    def _renew_late(self) -> None:
        """After a while in which this process stood still, or the API server did not answer: the lease may be its own
        all the same."""
        said = False
        while True:
            if self._guard.acquire(timeout=GUARD_PATIENCE):
                try:
                    self._try_to_hold()
                finally:
                    self._guard.release()
            if self.lost or not self._is_overdue(DURATION) or self._is_overdue(DURATION + OUTAGE_PATIENCE):
                return
            if not said:
                self.say("the API server does not answer: nothing is written until it does")
                said = True
            time.sleep(POLL_SECONDS)

    def confirm(self) -> None:
        """Asks before what cannot be undone, for check() knows only what the last renewal found. Raises LockLost."""
        if not self.lost:
            with self._guard:
                self._try_to_hold()
        self.check()

    def _acquire(self) -> None:
        unchanged_since, version, announced = time.monotonic(), None, False
        while True:
            self._renewed = _now_awake_or_not()
            try:
                self.lease = self.kube.create(self._document(), self.namespace)
                return
            except KubeError as error:
                if error.reason != "AlreadyExists":
                    raise
            found = self._read()
            if found is None:
                continue
            if found["metadata"]["resourceVersion"] != version:
                version, unchanged_since = found["metadata"]["resourceVersion"], time.monotonic()
            spec = found.get("spec") or {}
            silent = time.monotonic() - unchanged_since > spec.get("leaseDurationSeconds", DURATION)
            holder = spec.get("holderIdentity") or ""
            gone = (
                silent
                or expired(found, self.kube.server_time())
                or died_here(holder, place(), _alive)
                or holder == self.holder
            )
            if gone and self._take(found):
                return
            if self.kube.deadline is not None and time.monotonic() > self.kube.deadline:
                since = f" since {spec['acquireTime']}" if spec.get("acquireTime") else ""
                seconds = spec.get("leaseDurationSeconds", DURATION)
                whose = holder or "nobody knows whose"
                raise Locked(
                    f"another run ({whose}) has held the lock on this release{since}. Wait for it, or stop it: "
                    f"Lease/{self.name} expires {seconds} s after it ends. Delete the Lease only where you know that "
                    "no run goes on."
                )
            if not announced:
                self.say(f"waiting for another run: {holder}")
                announced = True
            time.sleep(POLL_SECONDS)

    def _read(self) -> dict | None:
        return self.kube.get(self.kube.kind("coordination.k8s.io/v1", "Lease"), self.namespace, self.name)

    def _document(self) -> dict:
        now = _now()
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {
                "holderIdentity": self.holder,
                "leaseDurationSeconds": DURATION,
                "acquireTime": now,
                "renewTime": now,
            },
        }

    def _take(self, found: dict) -> bool:
        taken = self._document()
        taken["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
        taken["spec"]["leaseTransitions"] = (found.get("spec") or {}).get("leaseTransitions", 0) + 1
        try:
            self.lease = self.kube.replace(taken, self.namespace)
        except KubeError as error:
            if error.status in (404, 409):
                return False
            raise
        return True

    def _renew(self) -> None:
        ends = time.monotonic() + LONGEST
        while not self.lost and not self._stop.wait(RENEW_EVERY) and time.monotonic() < ends:
            with self._guard:
                if self._stop.is_set():
                    return
                self._try_to_hold()

    def _try_to_hold(self) -> None:
        """What does not succeed is tried again, until the lease would have expired."""
        began = _now_awake_or_not()
        with contextlib.suppress(KubeError):
            self._hold()
            self._renewed = began

    def _hold(self) -> None:
        """Renews the lease. Where somebody has removed it, this run takes it again; where somebody has written it and
        left it ours, it goes on from there. Raises KubeError."""
        try:
            self._write_renewal()
        except KubeError as error:
            if error.status not in (404, 409):
                raise
            self._hold_again()

    def _write_renewal(self) -> None:
        self.lease["spec"]["renewTime"] = _now()
        self.lease = self.kube.replace(self.lease, self.namespace)

    def _create_again(self) -> None:
        try:
            self.lease = self.kube.create(self._document(), self.namespace)
        except KubeError as error:
            if is_namespace_going(error):
                self.overtaken = True
                self.lost = (
                    f"namespace {self.namespace} is being deleted, and this release with it. This run has stopped."
                )
            raise
        self._was_removed = True

    def _hold_again(self) -> None:
        found = self._read()
        if found is None:
            self._create_again()
            return
        holder = (found.get("spec") or {}).get("holderIdentity")
        if holder == self.holder:
            self.lease = found
            self._write_renewal()
            return
        self.overtaken = True
        self.lost = (
            f"another run ({holder or 'unknown'}) took the lock Lease/{self.name}, because this one could not renew it "
            "in time or somebody removed it. This run has stopped; the other one finishes the release."
        )
