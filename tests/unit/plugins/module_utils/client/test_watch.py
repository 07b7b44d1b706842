# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kind that may be listed and not watched is listed again and again."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client import watch as watch_module
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.watch import Store, Watch
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find


class NoWatch:
    """May list, and not watch. ``lists``: the names that each list gives; a 403 where it is None."""

    def __init__(self, lists: list):
        self.lists, self.listed = lists, 0

    def list(self, *_unused) -> dict:
        names = self.lists[min(self.listed, len(self.lists) - 1)]
        self.listed += 1
        if names is None:
            raise KubeError("events is forbidden", 403, "Forbidden")
        return {
            "items": [{"metadata": {"uid": name, "name": name}} for name in names],
            "metadata": {"resourceVersion": str(self.listed)},
        }

    def stream(self, *_unused):
        yield from self.refused()

    @staticmethod
    def refused():
        raise KubeError("events is forbidden: cannot watch", 403, "Forbidden")


@pytest.fixture
def run(monkeypatch):
    """Runs a watch of these lists until it has listed ``rounds`` times; returns the store."""
    monkeypatch.setattr(watch_module, "POLL_PAUSE", 0.001)
    monkeypatch.setattr(watch_module, "RELIST_PAUSE", 0.001)

    def _run(lists: list, rounds: int) -> Store:
        store = Store()
        kube = NoWatch(lists)
        watch = Watch(kube, store, find("Event"), "ns")
        recover = watch._recover

        def counted(error: KubeError) -> None:
            if kube.listed >= rounds:
                watch.stop()
            recover(error)

        monkeypatch.setattr(watch, "_recover", counted)
        watch._run()
        return store

    return _run


def test_new_objects_are_seen_and_nothing_is_reported(run):
    store = run([["a"], ["a"], ["a", "b"]], 3)
    assert [item["metadata"]["name"] for item in store.all("Event")] == ["a", "b"]
    assert store.trouble == ""


def test_a_permission_that_is_taken_away_is_reported(run):
    store = run([["a"], None], 2)
    assert [item["metadata"]["name"] for item in store.all("Event")] == ["a"]
    assert "forbidden" in store.trouble
