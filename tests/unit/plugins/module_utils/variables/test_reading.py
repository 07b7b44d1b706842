# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of YAML and the text of surveys, read as the type that the specification says."""

from __future__ import annotations

import math

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.variables.reading import is_true, read

MODEL = {"type": "dict", "options": {"name": {"type": "str", "required": True}, "size": {"type": "int"}}}


def one(option: dict, value):
    """The value as it is read, or the sentence."""
    reading = read({"x": value}, {"x": option})
    return reading.problems[0] if reading.problems else reading.values["x"]


@pytest.mark.parametrize(
    ("kind", "value", "result"),
    [
        ("str", "a", "a"),
        ("str", 2026, "2026"),
        ("str", True, "true"),
        ("str", None, ""),
        ("path", "/a b", "/a b"),
        ("path", "2026", "2026"),
        ("path", None, ""),
        ("int", 3, 3),
        ("int", " 3 ", 3),
        ("int", "3.0", 3),
        ("int", -2.0, -2),
        ("float", "0.25", 0.25),
        ("float", 1, 1.0),
        ("float", "1e3", 1000.0),
        ("bool", "no", False),
        ("bool", "True", True),
        ("bool", 1, True),
        ("dict", {2026: "a"}, {"2026": "a"}),
        ("dict", None, {}),
        ("dict", [], {}),
        ("dict", "", {}),
        ("dict", '{"a": [1]}', {"a": [1]}),
        ("dict", "a=1, b = x=y", {"a": "1", "b": "x=y"}),
        ("dict", "a=1, 2\nb=3", {"a": "1, 2", "b": "3"}),
        ("raw", [1], [1]),
    ],
)
def test_what_is_understood(kind, value, result):
    assert one({"type": kind}, value) == result


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (["a"], ["a"]),
        ("regcred", ["regcred"]),
        ("a,b", ["a", "b"]),
        (" a , b,\n", ["a", "b"]),
        ("a\r\nb\n", ["a", "b"]),
        ('["a", "b,c"]', ["a", "b,c"]),
        (7, ["7"]),
        ([7, True], ["7", "true"]),
        ("", []),
        (None, []),
        ({}, []),
    ],
)
def test_text_of_a_survey_is_a_list(value, result):
    assert one({"type": "list", "elements": "str"}, value) == result


@pytest.mark.parametrize(
    ("variable", "value", "where"),
    [
        ("model_serving_models", [{"version": "1"}, {"version": 1.1}], "model_serving_models[1].version"),
        ("model_image_model_version", 1.1, "model_image_model_version"),
        ("model_image_model_sklearn_version", 1.1, "model_image_model_sklearn_version"),
    ],
)
def test_a_version_that_yaml_has_cut_is_refused(variable, value, where):
    fields = {"type": "list", "elements": "dict", "options": {"version": {"type": "str"}}}
    option = fields if isinstance(value, list) else {"type": "str"}
    reading = read({variable: value}, {variable: option})
    assert reading.problems == [f"{where} (1.1) must be text in quotes: YAML reads 1.10 as the number 1.1."]


@pytest.mark.parametrize(("value", "result"), [("1.10", "1.10"), (2026, "2026")])
def test_a_version_that_is_whole_is_read(value, result):
    assert read({"my_version": value}, {"my_version": {"type": "str"}}).values == {"my_version": result}


def test_a_list_of_mappings_may_be_json():
    option = {**MODEL, "type": "list", "elements": "dict"}
    assert one(option, '[{"name": "a", "size": "3"}]') == [{"name": "a", "size": 3}]


@pytest.mark.parametrize(
    ("kind", "value", "must"),
    [
        ("str", ["a"], "(['a']) must be one text, not a list"),
        ("str", {"a": 1}, "({'a': 1}) must be one text, not a mapping"),
        ("path", 2026, "(2026) must be a path, in quotes where it looks like a number"),
        ("path", 1.5, "(1.5) must be a path, in quotes where it looks like a number"),
        ("path", False, "(False) must be a path, in quotes where it looks like a number"),
        ("path", ["a"], "(['a']) must be one text, not a list"),
        ("int", "three", "('three') must be a whole number"),
        ("int", "30s", "('30s') must be a whole number, without a unit"),
        ("int", "70 %\n", "('70 %\\n') must be a whole number, without a unit"),
        ("float", "0.5h", "('0.5h') must be a number, without a unit"),
        ("int", "", "('') must be a whole number"),
        ("int", None, "(empty) must be a whole number"),
        ("int", True, "(True) must be a whole number"),
        ("int", 1.5, "(1.5) must be a whole number"),
        ("int", math.inf, "(inf) must be a whole number"),
        ("int", "٣", "('٣') must be a whole number"),
        ("int", "9" * 5000, f"('{'9' * 79}…') must be a whole number"),
        ("float", math.nan, "(nan) must be a number"),
        ("float", "nan", "('nan') must be a number"),
        ("float", "1e999", "('1e999') must be a number"),
        ("float", False, "(False) must be a number"),
        ("bool", "maybe", "('maybe') must be true or false"),
        ("bool", 2, "(2) must be true or false"),
        ("bool", None, "(empty) must be true or false"),
        ("list", {"a": 1}, "({'a': 1}) must be a list, not a mapping"),
        ("list", "[a", "('[a') must be a list: [a, b], or text with a comma or a newline between two of them"),
        ("dict", ["a"], "(['a']) must be a mapping of names to values"),
        ("dict", "a", "('a') must be a mapping: {name: value}, or text with name=value on each line"),
        ("dict", "{a", "('{a') must be a mapping: {name: value}, or text with name=value on each line"),
    ],
)
def test_what_is_refused_is_named_with_what_it_must_be(kind, value, must):
    assert one({"type": kind}, value) == f"x {must}."


def test_deep_text_is_refused_like_any_other():
    assert one({"type": "list"}, "[" * 100_000).startswith("x ('[[[")


def test_choices_are_those_of_the_type():
    assert one({"type": "float", "choices": [0.5, 1.0]}, "1") == 1.0
    assert one({"type": "str", "choices": ["", "A", "B"]}, "a") == "x ('a') must be one of A, B."
    assert one({"type": "list", "choices": ["A", "B"]}, "A, C") == "x[1] ('C') must be one of A, B."


def test_fields_are_read_and_named():
    reading = read({"x": [{"nam": "a", "size": "b"}]}, {"x": {**MODEL, "type": "list", "elements": "dict"}})
    assert reading.problems == [
        "x[0] has 'nam', which is not known; is name meant?",
        "x[0].size ('b') must be a whole number.",
        "x[0] has no name: add it.",
    ]
    assert reading.values == {}


def test_nothing_for_a_mapping_lacks_no_field_and_an_element_does():
    option = {**MODEL, "default": {}}
    assert read({"x": {}}, {"x": option}).problems == []
    assert read({"x": ""}, {"x": option}).problems == []
    assert read({"x": {"size": 1}}, {"x": option}).problems == ["x has no name: add it."]
    assert read({"x": [{}]}, {"x": {**MODEL, "type": "list", "elements": "dict", "default": []}}).problems == [
        "x[0] has no name: add it."
    ]


def test_a_secret_value_is_never_shown():
    assert one({"type": "int", "no_log": True}, "hunter2") == "x must be a whole number."


def test_escapes_cannot_reach_the_terminal():
    assert one({"type": "int"}, "\x1b[31m\n") == "x ('\\x1b[31m\\n') must be a whole number."


@pytest.mark.parametrize("variable", ["model_serving_image_pull_secrets", "model_serving_settings_secrets"])
def test_a_secret_may_be_named_as_in_a_manifest(variable):
    option = {"type": "list", "elements": "str"}
    assert read({variable: [{"name": "a"}, "b"]}, {variable: option}).values == {variable: ["a", "b"]}
    assert read({variable: '[{"name": "a"}]'}, {variable: option}).values == {variable: ["a"]}
    wrong = read({variable: [{"name": "a", "key": "b"}]}, {variable: option}).problems
    assert wrong == [f"{variable}[0] ({{'name': 'a', 'key': 'b'}}) must be one text, not a mapping."]


@pytest.mark.parametrize(
    ("value", "result"),
    [("Y\n", True), (" on ", True), ("t", True), (1, True), ("no", False), (None, False), ([], False)],
)
def test_what_is_read_as_true(value, result):
    assert is_true(value) is result
