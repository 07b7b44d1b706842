# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New pods for what serves, as ``kubectl rollout restart`` makes them: no revision, and nothing of the set changes."""

from __future__ import annotations

from datetime import UTC, datetime

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.release.execution import Execution
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Outcome
from ansible_collections.modelops.serving.plugins.module_utils.rollout.verdict import DONE

ANNOTATION = "kubectl.kubernetes.io/restartedAt"
# Not ours: what we own is what the set has.
MANAGER = "kubectl-rollout"


class Restart(Execution):
    """Raises ServingError when nothing serves."""

    def run(self) -> Outcome:
        with self.locked():
            standing = self.history.read().standing
            if standing is None:
                raise ServingError(f"no revision of {self.options.name} serves: there is nothing to restart.")
            self.outcome.previous = self.outcome.revision = standing.number
            remedy = "deploy it first"
            before = self.kube.need(find("Deployment"), self.options.namespace, self.options.name, remedy)
            notes = before["spec"]["template"].get("metadata", {}).get("annotations") or {}
            after = self._annotate(before, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
            self.outcome.changed = True
            verdict, _snapshot = self.wait_for(after, [], self.options.timeout, self.options.total_timeout)
            if verdict.state != DONE:
                self.outcome.failed = True
                self.outcome.findings = verdict.findings
                self._annotate(before, notes.get(ANNOTATION))
                self.outcome.restored = "the pods as they were are wanted again"
        return self.outcome

    def _annotate(self, deployment: dict, stamp: str | None) -> dict:
        change = {"spec": {"template": {"metadata": {"annotations": {ANNOTATION: stamp}}}}}
        path = self.kube.path(deployment, self.options.namespace)
        return self.kube.request("PATCH", path, {"fieldManager": MANAGER}, change, "application/merge-patch+json")
