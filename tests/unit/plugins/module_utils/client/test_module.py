# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module says when it ends with an error."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client import module
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError

UNPERMITTED = 'pods is forbidden: User "viewer" cannot list resource "pods"'
BY_POLICY = 'configmaps "a" is forbidden: ValidatingAdmissionPolicy "keep" with binding "keep" denied request: no'


@pytest.mark.parametrize(("said", "named"), [(UNPERMITTED, True), (BY_POLICY, False)])
def test_the_roles_are_the_way_to_rights_and_not_past_a_policy(said, named):
    shown = module._with_the_way_to_rights(KubeError(said, 403))
    assert shown.startswith(said) and (module.ROLES in shown) is named
