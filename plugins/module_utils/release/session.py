# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What carrying out a release and previewing one have in common: client, options, history, and what came of it."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import KindMissing, Kube, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.preflight import checks
from ansible_collections.modelops.serving.plugins.module_utils.preflight.gather import gather_facts
from ansible_collections.modelops.serving.plugins.module_utils.release import apply, diff
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options, Outcome


class Session:
    """One run for one release."""

    def __init__(self, kube: Kube, options: Options):
        self.kube, self.options = kube, options
        self.history = History(kube, options.namespace, options.name)
        self.outcome = Outcome()
        self.checked = not options.preflight
        self.began = time.monotonic()
        kube.deadline = self.began + options.timeout

    def prepared(self, objects: list) -> list:
        return object_set.prepare(objects, self.options.name, self.options.namespace)

    def adopts(self, _live: dict) -> bool:
        return self.options.adopt

    def check(self, wanted: list) -> None:
        """The checks of preflight, where they are asked for, once and before the first change. Raises ServingError."""
        if self.checked:
            return
        self.checked = True
        facts = gather_facts(self.kube, self.options.namespace, wanted)
        found = checks.run_checks(
            facts, wanted, self.options.namespace, self.options.allow_in_cluster, self.options.create_namespace
        )
        self.outcome.warnings = checks.sentences(found, checks.WARNING)
        failed = checks.sentences(found, checks.FAILED)
        if failed:
            raise ServingError("; ".join(failed))

    def refuse_foreign(self, wanted: list, live: dict) -> None:
        told = apply.foreign(wanted, live)
        if told and not self.options.adopt:
            raise ServingError(
                f"{len(told)} objects stand there already and are not this release's: {', '.join(told)}. "
                "Set adopt: true to take them over, or remove them first."
            )

    def remove(self, objects: list, dry_run: str | None) -> list:
        """Deletes those that stand and are ours; returns the changes. What is never removed is noted."""
        namespace, name = self.options.namespace, self.options.name
        kept = {object_set.key(obj): reason for obj in objects if (reason := self._reason_to_keep(obj))}
        staying = [
            f"{label(obj)} ({kept[object_set.key(obj)]})"
            for obj in objects
            if object_set.key(obj) in kept and apply.may_stand(self.kube, namespace, name, obj)
        ]
        removed = []
        going = [obj for obj in objects if object_set.key(obj) not in kept]
        for at in apply.read_ours(self.kube, namespace, name, going):
            reason = object_set.reason_to_keep(at, namespaced=True)
            if reason:
                staying.append(f"{label(at)} ({reason})")
                continue
            self.kube.delete(at, namespace, dry_run)
            removed.append(diff.compare(at, None))
        if staying:
            self.outcome.notes.append(f"not removed: {', '.join(staying)}")
        return removed

    def _reason_to_keep(self, obj: dict) -> str:
        """By what was recorded of it and by where its kind lives."""
        try:
            namespaced = self.kube.kind(obj["apiVersion"], obj["kind"]).namespaced
        except KindMissing:
            namespaced = True  # its CRD is gone: nothing of it stands
        return object_set.reason_to_keep(obj, namespaced)

    # The namespace

    def namespace_missing(self) -> bool:
        """Who may not read the namespace is taken to have been given one."""
        try:
            return self.kube.get(find("Namespace"), None, self.options.namespace) is None
        except KubeError as error:
            if error.status == 403:
                return False
            raise

    def refuse_missing_namespace(self) -> None:
        if not self.options.create_namespace:
            raise ServingError(
                f"namespace {self.options.namespace} does not exist. Create it, or set create_namespace."
            )

    def namespace_object(self, wanted: list) -> dict:
        """The set's own, or one without labels."""
        for obj in wanted:
            if obj["kind"] == "Namespace" and obj["metadata"]["name"] == self.options.namespace:
                return obj
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.options.namespace}}
