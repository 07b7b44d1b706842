# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that can be asked for."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.resilience import acts
from ansible_collections.modelops.serving.plugins.module_utils.resilience.faults import FAULTS, chosen


def test_without_a_name_only_what_is_safe_on_production_runs():
    assert [fault.name for fault in chosen([])] == ["pod_deleted", "pod_evicted", "rolling_update"]


def test_they_run_in_the_order_in_which_they_are_named():
    assert [fault.name for fault in chosen(["scaling", "pod_deleted"])] == ["scaling", "pod_deleted"]


def test_an_unknown_one_is_named_with_the_variable():
    with pytest.raises(ServingError, match=r"model_resilience_faults.* names earthquake: there are pod_deleted"):
        chosen(["pod_deleted", "earthquake"])


def test_each_of_them_can_be_carried_out():
    assert set(acts.ACTS) == set(FAULTS)
