# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a revision that was put back."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.release.restore import extent


@pytest.mark.parametrize(
    ("problems", "gone", "said"),
    [
        ([], [], " whole"),
        (["Service/a: refused", "ConfigMap/b: refused"], [], ", but for Service/a: refused; ConfigMap/b: refused"),
        (["Service/a: refused"], ["Route/c was left out"], ", but for Service/a: refused"),
        ([], ["Route/c was left out"], ""),
    ],
)
def test_only_what_stands_again_is_called_whole(problems, gone, said):
    assert extent(problems, gone) == said
