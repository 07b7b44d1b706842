# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What carrying out a release and previewing one have in common: client, plan, history, and what came of it."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils import applying, differences, preflight, release
from ansible_collections.modelops.serving.plugins.module_utils.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.history import History
from ansible_collections.modelops.serving.plugins.module_utils.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.kube import Kube, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.plan import Outcome, Plan
from ansible_collections.modelops.serving.plugins.module_utils.surroundings import look


class Session:
    """One run for one release."""

    def __init__(self, kube: Kube, plan: Plan):
        self.kube, self.plan = kube, plan
        self.history = History(kube, plan.namespace, plan.name)
        self.outcome = Outcome()
        self.checked = not plan.preflight
        self.began = time.monotonic()
        kube.deadline = self.began + plan.timeout

    def prepared(self, objects: list) -> list:
        return release.prepare(objects, self.plan.name, self.plan.namespace)

    def adopts(self, _live: dict) -> bool:
        return self.plan.adopt

    def check(self, wanted: list) -> None:
        """The checks of preflight, where they are asked for, once and before the first change. Raises ServingError."""
        if self.checked:
            return
        self.checked = True
        found = look(self.kube, self.plan.namespace, wanted)
        checks = preflight.judge(
            found, wanted, self.plan.namespace, self.plan.allow_in_cluster, self.plan.create_namespace
        )
        self.outcome.warnings = preflight.sentences(checks, preflight.WARNING)
        failed = preflight.sentences(checks, preflight.FAILED)
        if failed:
            raise ServingError("; ".join(failed))

    def refuse_foreign(self, wanted: list, live: dict) -> None:
        told = applying.foreign(wanted, live)
        if told and not self.plan.adopt:
            raise ServingError(
                f"{len(told)} objects stand there already and are not this release's: {', '.join(told)}. "
                "Set adopt: true to take them over, or remove them first."
            )

    def remove(self, objects: list, dry_run: str | None) -> list:
        """Deletes those that stand and are ours; returns the changes."""
        removed = []
        for at in applying.read_ours(self.kube, self.plan.namespace, self.plan.name, objects):
            self.kube.delete(at, self.plan.namespace, dry_run)
            removed.append(differences.compare(at, None))
        return removed

    # The namespace

    def namespace_missing(self) -> bool:
        """Who may not read the namespace is taken to have been given one."""
        try:
            return self.kube.get(find("Namespace"), None, self.plan.namespace) is None
        except KubeError as error:
            if error.status == 403:
                return False
            raise

    def refuse_missing_namespace(self) -> None:
        if not self.plan.create_namespace:
            raise ServingError(f"namespace {self.plan.namespace} does not exist. Create it, or set create_namespace.")

    def namespace_object(self, wanted: list) -> dict:
        """The set's own, or one without labels."""
        for obj in wanted:
            if obj["kind"] == "Namespace" and obj["metadata"]["name"] == self.plan.namespace:
                return obj
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.plan.namespace}}
