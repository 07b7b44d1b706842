# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the objects of a namespace up to date: lists once, then watches, one thread for each kind.

A kind that may be listed and not watched is listed again and again.
"""

from __future__ import annotations

import threading

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import Kind

WATCH_SECONDS = 30
RELIST_PAUSE = 1.0
RELIST_PAUSE_MAX = 10.0
# Between two lists of a kind that may be listed and not watched.
POLL_PAUSE = 2.0


class Store:
    """The current objects of several kinds, by uid. Readers wait on it for a change."""

    def __init__(self):
        self.objects: dict[str, dict[str, dict]] = {}
        self.changed = threading.Condition()
        self.version = 0
        self.trouble = ""

    def replace(self, kind: str, items: list) -> None:
        with self.changed:
            self.objects[kind] = {item["metadata"]["uid"]: item for item in items}
            self._notify()

    def update(self, kind: str, event: str, item: dict) -> None:
        with self.changed:
            known = self.objects.setdefault(kind, {})
            if event == "DELETED":
                known.pop(item["metadata"]["uid"], None)
            else:
                known[item["metadata"]["uid"]] = item
            self._notify()

    def report(self, trouble: str) -> None:
        with self.changed:
            if trouble != self.trouble:
                self.trouble = trouble
                self._notify()

    def _notify(self) -> None:
        self.version += 1
        self.changed.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        """Waits at most ``seconds`` for a version newer than ``seen``; returns the current version."""
        with self.changed:
            if self.version == seen:
                self.changed.wait(seconds)
            return self.version

    def all(self, kind: str) -> list:
        with self.changed:
            return list(self.objects.get(kind, {}).values())


class Watch:
    """Keeps one kind in a store up to date: resumes a dropped watch where it was; lists again only after a 410."""

    def __init__(
        self,
        kube: Kube,
        store: Store,
        kind: Kind,
        namespace: str,
        labels: str | None = None,
        fields: str | None = None,
    ):
        self.kube, self.store, self.kind, self.namespace = kube, store, kind, namespace
        self.labels, self.fields = labels, fields
        self.resource_version = ""
        self._stopped = threading.Event()
        self._pause = RELIST_PAUSE

    def list(self) -> None:
        answer = self.kube.list(self.kind, self.namespace, self.labels, self.fields)
        self.resource_version = answer["metadata"].get("resourceVersion", "")
        self.store.replace(self.kind.kind, answer["items"])

    def start(self) -> None:
        threading.Thread(target=self._run, name=f"watch {self.kind.kind}", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                if not self.resource_version:
                    self.list()
                self._follow()
            except KubeError as error:
                self._recover(error)

    def _follow(self) -> None:
        query = {
            "resourceVersion": self.resource_version,
            "labelSelector": self.labels,
            "fieldSelector": self.fields,
        }
        for event in self.kube.stream(self.kind.path(self.namespace), query, WATCH_SECONDS):
            if self._stopped.is_set():
                return
            item = event.get("object") or {}
            if event.get("type") == "CONNECTED":
                self.store.report("")
                self._pause = RELIST_PAUSE
                continue
            if event.get("type") == "ERROR":
                raise KubeError(item.get("message", "watch error"), item.get("code", 0), item.get("reason", ""))
            self.resource_version = item.get("metadata", {}).get("resourceVersion", self.resource_version)
            if event.get("type") != "BOOKMARK":
                item["kind"], item["apiVersion"] = self.kind.kind, self.kind.api_version
                self.store.update(self.kind.kind, event["type"], item)

    def _recover(self, error: KubeError) -> None:
        if error.status == 403 and self.resource_version:
            self.resource_version = ""
            self._stopped.wait(POLL_PAUSE)
            return
        if error.status == 410 or error.reason in ("Expired", "Gone"):
            self.resource_version = ""
        elif error.status in (401, 403):
            self.store.report(str(error))
        elif error.status == 0:
            self.store.report("the API server does not answer")
        self._stopped.wait(self._pause)
        self._pause = min(self._pause * 2, RELIST_PAUSE_MAX)
