# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do with a release, as it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from chaos.wanted import BROKEN, CRASHES, GOOD, GREETINGS, NAME, NEVER_READY, Wanted, host_of

ADOPT, WITHOUT_WAITING, KEEP = {"adopt": True}, {"wait": False}, {"on_failure": "keep", "on_first_failure": "keep"}


@dataclass(frozen=True)
class Plan:
    """One run of the module release: of a set, or back to the last one that served. ``options``: of the module."""

    wanted: Wanted | None
    options: dict = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        return self.options.get("wait", True)

    @property
    def keeps(self) -> bool:
        return "on_failure" in self.options

    @property
    def adopts(self) -> bool:
        return self.options.get("adopt", False)

    def arguments(self, namespace: str) -> dict:
        given = {"name": NAME, "namespace": namespace, "timeout": 60, "history_limit": 4}
        work = {"objects": self.wanted.objects(host_of(namespace))} if self.wanted else {"state": "rolled_back"}
        return {**given, **work, **self.options}

    def __str__(self) -> str:
        what = f"release {self.wanted}" if self.wanted else "rollback"
        words = [what, "without waiting" if not self.waits else "", "kept" if self.keeps else ""]
        return ", ".join(word for word in [*words, "adopting" if self.adopts else ""] if word)


class Plans:
    """``adopting``: others' objects have the same names."""

    def __init__(self, random: Random, adopting: bool):
        self.random, self.adopting = random, adopting

    def any(self) -> Plan:
        kind = self.random.choices(("good", "bad", "rollback"), weights=(5, 3, 2))[0]
        return {"good": self.good, "bad": self.bad, "rollback": self.rollback}[kind]()

    def good(self) -> Plan:
        wanted = Wanted(GOOD, self.random.choice(GREETINGS), self.random.random() < 0.7)
        return Plan(wanted, self._adopt(self._some(WITHOUT_WAITING, 0.2)))

    def bad(self) -> Plan:
        kind = self.random.choices((CRASHES, NEVER_READY), weights=(3, 1))[0]
        wanted = Wanted(kind, BROKEN, self.random.random() < 0.7)
        return Plan(wanted, self._adopt(self._some(WITHOUT_WAITING, 0.2) or self._some(KEEP, 0.25)))

    def rollback(self) -> Plan:
        return Plan(None, ADOPT if self.adopting else {})

    def waiting(self) -> Plan:
        """A good one that is waited for."""
        return Plan(Wanted(GOOD, self.random.choice(GREETINGS), self.random.random() < 0.7), self._adopt({}))

    def _some(self, options: dict, share: float) -> dict:
        return options if self.random.random() < share else {}

    def _adopt(self, options: dict) -> dict:
        """Now and then somebody forgets it."""
        return {**options, **ADOPT} if self.adopting and self.random.random() < 0.9 else options
