# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a release from what was done to it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.wanted import Wanted


@dataclass
class Known:
    """``serves``: what users are answered, "" for nothing. ``possible``: what they may be answered besides, as it was
    begun since. ``begun``: what they may ever have been. ``served``: the sets that have served, the last one last;
    ``complete`` when none may be missing. ``certain``: no run was cut short since the last that ended well.
    ``left_open``: the newest set is bad and still there."""

    serves: str = ""
    possible: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    served: list[Wanted] = field(default_factory=list)
    complete: bool = True
    certain: bool = True
    left_open: bool = False

    def begin(self, wanted: Wanted | None) -> None:
        """A run of this set, or of a rollback, may change from now on what users are answered."""
        if wanted is None:
            self.possible |= self.begun
        elif wanted.good:
            self.possible.add(wanted.greeting)
            self.begun.add(wanted.greeting)

    def cut_short(self) -> None:
        """It may have served by now, or not."""
        self.certain = self.complete = False
        self.served = self.served[-1:]

    def serve(self, wanted: Wanted) -> None:
        """This set has been seen to serve."""
        if not self.certain:
            self.served = []
        self.served.append(wanted)
        self.stand(wanted.greeting)
        self.certain = True

    def stand(self, answer: str) -> None:
        self.serves, self.possible, self.left_open = answer, set(), False

    @property
    def answers(self) -> set[str]:
        """What users may be answered now."""
        return {self.serves} | self.possible

    @property
    def goal(self) -> Wanted | None:
        """The set that a rollback goes to."""
        if self.left_open:
            return self.served[-1] if self.served else None
        return next((wanted for wanted in reversed(self.served) if wanted != self.served[-1]), None)
