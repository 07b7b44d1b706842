# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waves are read as the role reads them, whatever form a survey sends."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.filter.waves import waves


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (1, ["1"]),
        ("25%", ["25%"]),
        ([1, "25%", "100%"], ["1", "25%", "100%"]),
        ("1, 25%", ["1", "25%"]),
        ("[2,2]", ["2", "2"]),
        ('["2", "50%"]', ["2", "50%"]),
        ("2\n2\n", ["2", "2"]),
        ("many", ["1"]),
        ("", ["1"]),
        ([], ["1"]),
    ],
)
def test_each_form(given, found):
    assert waves(given) == found
