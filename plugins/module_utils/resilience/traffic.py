# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load under which a service is disturbed: kept connections, and a new one for each request."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts
from ansible_collections.modelops.serving.plugins.module_utils.load_test.generator import LocalGenerator
from ansible_collections.modelops.serving.plugins.module_utils.load_test.heard import seconds_of

# Seconds until a client gives up. What is answered later is lost.
PATIENCE = 10
KINDS = {"kept": False, "new": True}


class Traffic:
    """Two generators that share the rate and have begun. They end with this process, however that ends. Raises
    ServingError when nobody answers before the load."""

    def __init__(self, program: str, plan: dict):
        """``plan``: load_test.plan.plan for each of the two."""
        self.generators: list[LocalGenerator] = []
        try:
            for new in KINDS.values():
                given = {**plan, "timeout": PATIENCE, "new_connections": new}
                self.generators.append(LocalGenerator(program, given))
        except BaseException:
            self.close()
            raise

    def now(self) -> float:
        """Seconds since the load began. The second generator began some milliseconds after the first."""
        return time.time() - self.generators[0].began()

    def ended(self) -> bool:
        """Before it was stopped: nothing that happens now is measured."""
        return any(generator.ended() for generator in self.generators)

    def seconds(self) -> dict[int, Counts]:
        """Requests that have been answered until now, by the second in which they were due."""
        return seconds_of([heard for generator in self.generators for heard in generator.poll()])

    def examples(self) -> list[dict]:
        found = [one for generator in self.generators for heard in generator.poll() for one in heard.examples]
        return sorted(found, key=lambda one: one["at"])

    def close(self) -> None:
        for generator in self.generators:
            generator.close()
