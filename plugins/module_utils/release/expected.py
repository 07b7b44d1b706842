# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the revision that is to be rolled back is still the one that stands. Pure.

A rollback may be decided minutes before it is done. What somebody else has released meanwhile is not undone by it.
"""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision

REASON = "ReleasedSince"


def other(history: list[Revision], expected: int | None) -> Revision | None:
    """The revision that is there in place of the expected one, None where that stands or none was expected. A newer one
    that failed and was taken back counts for nothing; one that is half-way is somebody's too."""
    if expected is None:
        return None
    since = [entry for entry in history if entry.place > expected]
    newer = revisions.newest(since, (*revisions.STANDING, *revisions.UNFINISHED))
    standing = revisions.standing(history)
    if newer is None and standing is not None and standing.number != expected:
        return standing
    return newer


def finding(name: str, expected: int, found: Revision) -> Finding:
    """What is said of that revision, which stays."""
    came = "was released since" if found.place > expected else "stands"
    return Finding(
        REASON,
        name,
        f"r{expected} was to be rolled back, and r{found.number} {came}: nothing was changed",
        f"Ask who released r{found.number}; if that is to go too, run playbooks/rollback.yml.",
    )
