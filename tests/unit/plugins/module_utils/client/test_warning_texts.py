# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warning headers of the API server."""

from __future__ import annotations

import pytest
import urllib3

from ansible_collections.modelops.serving.plugins.module_utils.client.warning_texts import warning_texts


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([], []),
        (['299 - "spec.x is deprecated"'], ["spec.x is deprecated"]),
        (['299 - "one, with a comma"', '299 - "two"'], ["one, with a comma", "two"]),
        (['299 - "one", 299 kube "two"'], ["one", "two"]),
        ([r'299 - "unknown field \"spec.y\""'], ['unknown field "spec.y"']),
        (["no warning at all"], []),
        (['299 - "never ends'], []),
    ],
)
def test_each_text_is_read(values, texts):
    headers = urllib3.HTTPHeaderDict()
    for value in values:
        headers.add("Warning", value)
    assert warning_texts(headers) == texts
