# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release and its namespace may be called."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common import target_names
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError


@pytest.mark.parametrize("name", ["api", "a", "model-api.v2", "7", "a" * 63])
def test_names_that_kubernetes_takes(name):
    target_names.refuse_impossible(name, "ml-serving")


@pytest.mark.parametrize(
    "name", ["", "Api", "my_api", "-api", "api-", "a..b", "a" * 64, "a b", "é", "api\n", "{{ x }}"]
)
def test_a_bad_name_is_named_and_not_the_lock(name):
    with pytest.raises(ServingError, match=r"^name is .* is no name in Kubernetes: ") as caught:
        target_names.refuse_impossible(name, "ml-serving")
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize("namespace", ["", "ML", "a.b", "a_b", "a" * 64, "../kube-system"])
def test_a_bad_namespace_is_named(namespace):
    with pytest.raises(ServingError, match=r"^namespace is .* is no name of one: "):
        target_names.refuse_impossible("api", namespace)
