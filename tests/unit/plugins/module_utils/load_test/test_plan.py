# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What generators are given to send."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.load_test.plan import plan, shares
from ansible_collections.modelops.serving.plugins.module_utils.load_test.profiles import Step

BODY = {"instances": [[1, 2], [3, 4]], "parameters": {"a": 1}}


def test_a_plan():
    found = plan("http://here/predict", "models.example.org", BODY, 3, [Step(50, 120)])
    assert found["headers"] == {"Host": "models.example.org"}
    assert found["body"] == {"instances": [[1, 2]], "parameters": {"a": 1}}
    assert (found["rows"], found["steps"]) == (3, [{"rate": 50, "seconds": 120}])
    assert plan("http://here", "", BODY, 1, [Step(1, 1)])["headers"] == {}


def test_the_rate_is_split():
    found = shares(plan("http://here", "", BODY, 1, [Step(1, 1)]), 3)
    assert [(one["number"], one["of"]) for one in found] == [(0, 3), (1, 3), (2, 3)]


@pytest.mark.parametrize("body", [{}, {"inputs": []}, {"instances": []}, {"instances": "x"}])
def test_a_body_without_instances_is_refused(body):
    with pytest.raises(ServingError, match="no list of instances"):
        plan("http://here", "", body, 1, [Step(1, 1)])
