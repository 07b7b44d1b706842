# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters for text under their names."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.filter import label_value, text_values


def test_a_dictionary_keeps_its_order_and_its_text():
    given = {"b": "x y", "a": True, "c": 2026, 4: None}
    written = text_values.FilterModule().filters()["text_values"](given)
    assert list(written.items()) == [("b", "x y"), ("a", "true"), ("c", "2026"), ("4", "")]


def test_a_tag_becomes_a_label():
    assert label_value.FilterModule().filters()["label_value"]("1.4-rc.") == "1.4-rc"
