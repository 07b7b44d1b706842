# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the outcome of a change under traffic is shown in the checklist."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.checklist import disturbing, verdicts
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Outcome

ROLLOUT = {"ready": 3, "desired": 3, "seconds": 17.4}
FIGURES = {"requests": 182, "failed": 0}


@pytest.mark.parametrize(
    ("previous", "revision", "shown"),
    [
        (1, 1, "r1: 3 of 3 new pods ready in 17.4 s"),
        (2, 3, "r2 → r3: 3 of 3 new pods ready in 17.4 s"),
    ],
)
def test_the_revisions_of_a_change(previous, revision, shown):
    outcome = Outcome(changed=True, previous=previous, revision=revision, rollout=ROLLOUT)
    line = disturbing.judged("rolling_update", outcome, FIGURES)
    assert line.state == verdicts.PASSED
    assert line.evidence == [shown, "182 requests meanwhile, 0 failed"]
