# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose lock is dead."""

from __future__ import annotations

import contextlib

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.release import lock

PLACE = "host/1700000000.42"


RENEWED = 1767225600.0


def lease(holder: str = "x", time: str | None = "2026-01-01T00:00:00Z") -> dict:
    entries = [{"manager": "modelops.serving", "time": time}] if time else []
    spec = {"holderIdentity": holder, "renewTime": "2031-01-01T00:00:00.000000Z", "leaseDurationSeconds": 30}
    return {"metadata": {"managedFields": entries}, "spec": spec}


@pytest.mark.parametrize(
    ("found", "now", "dead"),
    [
        pytest.param(lease(), RENEWED + 60, True, id="not renewed for long"),
        pytest.param(lease(), RENEWED + 20, False, id="renewed a moment ago"),
        pytest.param(lease(), RENEWED + 33, False, id="API servers may differ by some seconds"),
        pytest.param(lease(), RENEWED - 3600, False, id="a clock that went back"),
        pytest.param(lease(), None, False, id="the server's time is not known"),
        pytest.param(lease(time=None), RENEWED + 60, False, id="nor when it was renewed"),
        pytest.param(lease(holder=""), RENEWED, True, id="nobody holds it"),
    ],
)
def test_a_lease_expires_by_the_server_s_clock_alone(found, now, dead):
    """The holder's own clock, which renewTime is by, may be hours off."""
    assert lock.expired(found, now) is dead


@pytest.mark.parametrize(
    ("holder", "alive", "dead"),
    [
        (f"{PLACE}/77-abcd", False, True),
        (f"{PLACE}/77-abcd", True, False),
        ("other/1700000000.42/77-abcd", False, False),
        ("host/1600000000.42/77-abcd", False, False),
        ("host/1700000000.43/77-abcd", False, False),
        ("somebody else", False, False),
    ],
)
def test_only_a_process_of_this_very_place_is_known_to_be_gone(holder, alive, dead):
    assert lock.died_here(holder, PLACE, lambda pid: alive) is dead


def test_our_own_identity_is_recognised():
    assert lock.died_here(lock.holder_identity(), lock.place(), lambda pid: False)


class Api:
    """Leases alone. ``interrupted``: the run is ended when the lease was created, before it hears of it."""

    deadline = None
    before_write = None

    def __init__(self):
        self.lease: dict | None = None

    def kind(self, _api_version, _kind):
        return None

    def create(self, document, _namespace):
        self.lease = {**document, "metadata": {**document["metadata"], "resourceVersion": "1", "uid": "u"}}
        raise KeyboardInterrupt

    def get(self, _kind, _namespace, _name):
        return self.lease

    def delete_unchanged(self, lease, _namespace):
        assert lease == self.lease
        self.lease = None


def test_a_run_that_is_stopped_while_it_takes_the_lock_leaves_none():
    api = Api()
    with pytest.raises(KeyboardInterrupt), lock.Lock(api, "ns", "api", print, lambda: False):
        pass
    assert api.lease is None


def test_nor_does_it_remove_another_run_s():
    api = Api()
    taken = lock.Lock(api, "ns", "api", print, lambda: False)
    taken.holder, mine = "another", taken.holder
    with pytest.raises(KeyboardInterrupt):
        api.create(taken._document(), "ns")
    taken.holder = mine
    taken.let_go_of_what_was_taken()
    assert api.lease is not None


class StoppedAtItsEnd(Api):
    """The run is ended just when it removes the lease."""

    def create(self, document, _namespace):
        with contextlib.suppress(KeyboardInterrupt):
            super().create(document, _namespace)
        return self.lease

    def delete_unchanged(self, lease, namespace):
        if not self.ended:
            self.ended = True
            raise KeyboardInterrupt
        super().delete_unchanged(lease, namespace)

    ended = False


@pytest.mark.parametrize("failed", [False, True])
def test_a_run_that_is_stopped_while_it_gives_the_lock_back_leaves_none(failed):
    api = StoppedAtItsEnd()
    with pytest.raises(KeyboardInterrupt), lock.Lock(api, "ns", "api", print, lambda: False):
        if failed:
            raise ServingError("there is nothing to roll back to")
    assert api.lease is None


class Unreachable(Api):
    """Answers until the lease is made."""

    def create(self, document, _namespace):
        self.lease = {**document, "metadata": {**document["metadata"], "resourceVersion": "1", "uid": "u"}}
        return self.lease

    def replace(self, _lease, _namespace):
        raise KubeError("connection refused")

    def delete_unchanged(self, _lease, _namespace):
        raise KubeError("connection refused")


class TakenBy(Unreachable):
    """Another run has taken the lease."""

    def replace(self, _lease, _namespace):
        raise KubeError("modified", 409)

    def get(self, _kind, _namespace, _name):
        return {"spec": {"holderIdentity": "another"}}


@pytest.mark.parametrize(("api", "is_overtaken"), [(Unreachable(), False), (TakenBy(), True)])
def test_a_lock_that_is_not_renewed_and_one_that_another_run_took_are_two_things(monkeypatch, api, is_overtaken):
    monkeypatch.setattr(lock, "DURATION", 0)
    monkeypatch.setattr(lock, "OUTAGE_PATIENCE", 0)
    with pytest.raises(lock.LockLost) as raised, lock.Lock(api, "ns", "api", print, lambda: False) as held:
        held.confirm()
    assert isinstance(raised.value, lock.Overtaken) == is_overtaken
