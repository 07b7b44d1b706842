# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as the text that Kubernetes wants."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.variables.text import as_label, as_text


@pytest.mark.parametrize(
    ("value", "text"),
    [("a b", "a b"), (True, "true"), (False, "false"), (2026, "2026"), (1.5, "1.5"), (None, ""), ("", "")],
)
def test_a_value_is_written_as_in_yaml(value, text):
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("tag", "label"),
    [
        ("1.4", "1.4"),
        ("1.4_", "1.4"),
        ("_x", "x"),
        ("a" * 70, "a" * 63),
        ("a" * 62 + "-" + "b" * 10, "a" * 62),  # cut, it would end in a dash
        ("_" + "a" * 70, "a" * 63),
        ("_.-", ""),
        ("", ""),
    ],
)
def test_a_tag_is_cut_and_trimmed_to_a_label(tag, label):
    assert as_label(tag) == label
