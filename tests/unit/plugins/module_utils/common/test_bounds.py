# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that cannot be meant are refused by the option's name."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common import bounds
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.release import baking, verification
from ansible_collections.modelops.serving.plugins.modules import release

BAKE = {"seconds": 0, "error_percent": 1.0, "prometheus": None}
PROMETHEUS = {"namespace": "monitoring", "service": "prometheus", "port": 9090}


@pytest.mark.parametrize("option", [{"timeout": 1}, {"timeout": None}, {"history_limit": 0}, {"revision": 0}, {}])
def test_what_may_be(option):
    bounds.refuse_impossible(option, release.BOUNDS)


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"timeout": 0}, "timeout is 0: it has to be 1 or more."),
        ({"total_timeout": 0}, "total_timeout is 0: it has to be 1 or more."),
        ({"history_limit": -1}, "history_limit is -1: it has to be 0 or more."),
        ({"revision": -1}, "revision is -1: it has to be 0 or more."),
    ],
)
def test_options_of_a_release(options, refusal):
    with pytest.raises(ServingError) as caught:
        bounds.refuse_impossible(options, release.BOUNDS)
    assert str(caught.value) == refusal


@pytest.mark.parametrize(
    ("bake", "refusal"),
    [
        ({"seconds": -1}, "bake.seconds is -1: it has to be 0 or more."),
        ({"error_percent": 101.0}, "bake.error_percent is 101.0: it has to be 0 to 100."),
        ({"error_percent": -0.5}, "bake.error_percent is -0.5: it has to be 0 to 100."),
        ({"prometheus": {**PROMETHEUS, "port": 0}}, "bake.prometheus.port is 0: it has to be 1 to 65535."),
    ],
)
def test_options_of_a_bake(bake, refusal):
    with pytest.raises(ServingError) as caught:
        baking.given({"bake": BAKE | bake})
    assert str(caught.value) == refusal


@pytest.mark.parametrize(
    ("verify", "refusal"),
    [
        ({"patience": -1}, "verify.patience is -1: it has to be 0 or more."),
        ({"path": "predict"}, "verify.path is 'predict': it has to begin with /."),
    ],
)
def test_options_of_the_question(verify, refusal):
    with pytest.raises(ServingError) as caught:
        verification.given({"name": "api", "verify": verify})
    assert str(caught.value) == refusal
