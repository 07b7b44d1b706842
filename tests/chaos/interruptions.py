# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a run, and when: at one of its requests (victim.py), after some seconds, or to Ansible above it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from chaos.victim import TROUBLES

# A run that is left alone takes about as many requests and seconds. Python needs some until the module begins, and
# Ansible until it starts it.
REQUESTS, EARLIEST, SECONDS, ANSIBLE_SECONDS = 30, 0.5, 4.0, 1.5
SIGNALS = ("SIGKILL", "SIGTERM")
PLAYBOOK_KILLED = "SIGKILL to ansible-playbook"
ALL_KILLED = "SIGKILL to ansible-playbook and its own"
CTRL_C = "Ctrl-C"
OF_ANSIBLE = (PLAYBOOK_KILLED, ALL_KILLED, CTRL_C)


@dataclass(frozen=True)
class Interruption:
    """``at``: the number of a request, or seconds from the start."""

    what: str
    at: float

    @property
    def at_request(self) -> bool:
        return self.what in TROUBLES

    @property
    def passes(self) -> bool:
        """The run is expected to end as if nothing had been."""
        return self.at_request and not TROUBLES[self.what].ends

    def __str__(self) -> str:
        return f"{self.what} request {self.at:.0f}" if self.at_request else f"{self.what} at {self.at:.1f} s"


def drawn(random: Random) -> Interruption:
    """Three of four end the run."""
    ending = [name for name, trouble in TROUBLES.items() if trouble.ends]
    passing = [name for name, trouble in TROUBLES.items() if not trouble.ends]
    names = random.choices((ending, passing, SIGNALS, OF_ANSIBLE), weights=(8, 5, 4, 3))[0]
    what = random.choice(names)
    if what in TROUBLES:
        return Interruption(what, random.randint(1, REQUESTS))
    return Interruption(what, random.uniform(EARLIEST, SECONDS) + (ANSIBLE_SECONDS if what in OF_ANSIBLE else 0.0))
