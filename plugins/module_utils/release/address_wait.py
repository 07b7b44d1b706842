# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for the addresses that a release is given from outside. It never fails: what did not come is not known."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.client import entrances
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.release import addresses
from ansible_collections.modelops.serving.plugins.module_utils.release.addresses import Address

EVERY = 2.0
# Seconds that the API server may take for one look.
PATIENCE = 10.0


class AddressWait:
    """``found``: an Address for each object that asks for one. ``waited``: seconds."""

    def __init__(self, kube: Kube, namespace: str, progress: Progress):
        self.counted, self.kube = kube, kube.another()
        self.namespace, self.progress = namespace, progress
        self.found: list[Address] = []
        self.waited = 0.0

    def look(self, objects: list, changed: set[str], patience: float) -> None:
        """Waits for those that this run has changed, by their labels: what came before it comes no more."""
        asked = addresses.asked_for(objects)
        began = time.monotonic()
        known: dict[str, Address] = {}
        try:
            self._look(asked, changed, began + patience, known)
        except KeyboardInterrupt:
            self.progress.say("stopped waiting for an address: the release is done")
        finally:
            self.found = [known.get(label(obj), Address(label(obj))) for obj in asked]
            self.waited = time.monotonic() - began
            self.counted.count(self.kube.requests)

    def _look(self, asked: list, changed: set[str], until: float, known: dict[str, Address]) -> None:
        left = asked
        while left:
            known.update({label(obj): self._address(obj) for obj in left})
            left = [obj for obj in left if not known[label(obj)].url]
            awaited = [obj for obj in left if label(obj) in changed and not known[label(obj)].why]
            rest = until - time.monotonic()
            if not awaited or rest <= 0:
                break
            self.progress.say(f"waiting for the address of {', '.join(map(label, awaited))}")
            time.sleep(min(EVERY, rest))
        for obj in left:
            known[label(obj)] = Address(label(obj), why=known[label(obj)].why or self._cause(obj))

    def _address(self, obj: dict) -> Address:
        self.kube.deadline = time.monotonic() + PATIENCE
        try:
            kind = self.kube.kind(obj["apiVersion"], obj["kind"])
            live = self.kube.get(kind, self.namespace, obj["metadata"]["name"])
            if live is None:
                return Address(label(obj), why="it is gone")
            found = addresses.address(live, entrances.gateways(self.kube, [live]))
            return found if found.url else Address(label(obj), why=addresses.hopeless(live, self._classes(live)))
        except KubeError as error:
            return Address(label(obj), why=str(error))

    def _classes(self, obj: dict) -> list | None:
        if obj["kind"] != "Ingress":
            return None
        try:
            return self.kube.list(find("IngressClass"), None)["items"]
        except KubeError:
            return None

    def _cause(self, obj: dict) -> str:
        fields = f"involvedObject.kind={obj['kind']},involvedObject.name={obj['metadata']['name']}"
        try:
            events = self.kube.list(find("Event"), self.namespace, fields=fields)["items"]
        except KubeError:
            events = []
        return addresses.cause(events)
