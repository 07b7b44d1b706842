# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters for text under their names."""

from __future__ import annotations

import random

import pytest
import yaml

from ansible_collections.modelops.serving.plugins.filter import as_yaml, label_value, text_values


def test_a_dictionary_keeps_its_order_and_its_text():
    given = {"b": "x y", "a": True, "c": 2026, 4: None}
    written = text_values.FilterModule().filters()["text_values"](given)
    assert list(written.items()) == [("b", "x y"), ("a", "true"), ("c", "2026"), ("4", "")]


def test_a_tag_becomes_a_label():
    assert label_value.FilterModule().filters()["label_value"]("1.4-rc.") == "1.4-rc"


@pytest.mark.parametrize(
    "text", ["1234e56", "0948912", "12345e7", "1.5e3", "0o17", "0x1f", "1_000", "y", ".5", "+1", "08", "-.inf"]
)
def test_what_one_reader_takes_for_a_number_is_quoted(text):
    written = as_yaml.FilterModule().filters()["as_yaml"]([{"tag": text}])
    assert written == f"---\ntag: '{text}'\n"


def test_other_values_are_written_as_ever():
    given = {"name": "a1b2", "count": 3, "on": True, "list": ["x", 1.5], "lines": "a\nb\n"}
    written = as_yaml.as_yaml([given, {}])
    assert list(yaml.safe_load_all(written)) == [given, {}]
    assert "name: a1b2\n" in written


# What readers take for a line's end or refuse, beside what YAML means something by.
ALPHABET = (
    "ab \t\n\r\x00\x07\x1b\x7f\x80\x85\x9f\xa0\u2028\u2029\ufeff\ufffe\uffff\U0001f680\U0010ffff"
    ":#-'\"\\{}[],&*!|>%@`?0.~"
)


@pytest.mark.parametrize("seed", range(20))
def test_any_text_is_read_back(seed):
    dice = random.Random(seed)
    texts = ["".join(dice.choices(ALPHABET, k=dice.randrange(12))) for _number in range(100)]
    given = {"texts": texts, "keys": dict.fromkeys(texts, 1)}
    (read,) = yaml.safe_load_all(as_yaml.as_yaml([given]))
    assert read == given


@pytest.mark.parametrize("character", ["\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\x00", "\r", "\t"])
def test_what_not_every_reader_takes_is_escaped(character):
    written = as_yaml.as_yaml([{f"key{character}": f"a{character}b\n\n"}])
    assert written.isascii() and character not in written
