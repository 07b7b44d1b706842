# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What detectors share."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import matcher


@pytest.mark.parametrize(
    ("message", "unless", "text", "matches"),
    [
        ("not found|no such", r"(?!)", "image Not Found", True),
        ("not found|no such", r"(?!)", "back-off", False),
        ("not found", "secret", "the Secret was not found", False),
        ("not found", "secret", "the image was not found", True),
        ("", r"(?!)", "", True),
        ("", "quota", "exceeded Quota", False),
    ],
)
def test_a_message_matches_unless_it_is_excepted(message, unless, text, matches):
    assert matcher(message, unless)(text) is matches
