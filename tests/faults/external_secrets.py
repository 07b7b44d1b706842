# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ExternalSecrets with their real definition, and a stand-in of the operator that makes Secrets from them.

The stand-in knows one store, and takes ``dataFrom.extract`` alone. It makes the Secret ``delay`` seconds after it has
seen the ExternalSecret, keeps it as the store says, and makes it a dependent, so that it goes with it.
"""

from __future__ import annotations

import base64
import threading
import time

import kind_definitions
from cluster import Cluster

API = "external-secrets.io/v1"
STORE = {"kind": "ClusterSecretStore", "name": "vault"}


def definition() -> dict:
    return next(each for each in kind_definitions.definitions() if each["spec"]["names"]["kind"] == "ExternalSecret")


def external_secret(name: str, key: str) -> dict:
    spec = {"secretStoreRef": STORE, "target": {"name": name}, "dataFrom": [{"extract": {"key": key}}]}
    return {"apiVersion": API, "kind": "ExternalSecret", "metadata": {"name": name}, "spec": spec}


class Operator:
    """``store``: what each key holds."""

    def __init__(self, namespace: str, store: dict[str, dict[str, str]], delay: float):
        self.cluster, self.store, self.delay = Cluster(namespace), store, delay
        self.wrong: list[str] = []
        self._seen: dict[str, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Operator:
        self._thread.start()
        return self

    def __exit__(self, *_error) -> None:
        self._stopped.set()
        self._thread.join(20)

    def _work(self) -> None:
        while not self._stopped.wait(0.2):
            try:
                for obj in self.cluster.list("ExternalSecret"):
                    self._reconcile(obj)
            except Exception as error:
                self.wrong.append(repr(error))
                return

    def _reconcile(self, obj: dict) -> None:
        meta, spec = obj["metadata"], obj["spec"]
        seen = self._seen.setdefault(meta["uid"], time.monotonic())
        if meta.get("deletionTimestamp") or time.monotonic() - seen < self.delay:
            return
        if {name: spec["secretStoreRef"].get(name) for name in STORE} != STORE:
            self.wrong.append(f"{meta['name']} names another store: {spec['secretStoreRef']}")
            return
        found = self.store[spec["dataFrom"][0]["extract"]["key"]]
        data = {name: base64.b64encode(value.encode()).decode() for name, value in found.items()}
        owner = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "name": meta["name"], "uid": meta["uid"]}
        secret = {"name": spec["target"]["name"], "ownerReferences": [owner]}
        now = self.cluster.get("Secret", secret["name"])
        wanted = {"apiVersion": "v1", "kind": "Secret", "metadata": secret, "data": data}
        if now is None:
            path = self.cluster.kube.kind("v1", "Secret").path(self.cluster.namespace)
            self.cluster.kube.request("POST", path, {"fieldManager": "external-secrets"}, wanted)
        elif now["data"] != data:
            path = self.cluster.kube.path(wanted, self.cluster.namespace)
            query, how = {"fieldManager": "external-secrets"}, "application/merge-patch+json"
            self.cluster.kube.request("PATCH", path, query, {"data": data}, how)
