# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions that are made from specifications of variables."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.awx import surveys
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.variables import reading

OPTIONS = {
    "level": {"type": "str", "choices": ["", "INFO", "DEBUG"], "default": "INFO", "description": "C(x), V(a  b)."},
    "enabled": {"type": "bool", "default": False, "description": "On."},
    "few": {"type": "int", "default": 3, "description": "Few."},
    "share": {"type": "float", "default": 99, "description": "Share."},
    "bucket": {"type": "float", "choices": [0.25, 0.5], "default": 0.25, "description": "Bucket."},
    "lines": {
        "type": "list",
        "elements": "str",
        "choices": ["a", "b", "c"],
        "default": ["a", "c"],
        "description": "L.",
    },
    "secrets": {"type": "list", "elements": "str", "default": ["x", "y"], "description": "Names."},
    "objects": {"type": "list", "elements": "dict", "default": [{"kind": "A"}], "description": "Objects."},
    "labels": {"type": "dict", "default": {"team": "risk"}, "description": "Labels."},
    "body": {"type": "dict", "default": {"rows": [[1]]}, "description": "Body."},
    "image": {"type": "str", "default": "", "description": "Image."},
    "computed": {"type": "str", "choices": ["a", "b"], "default": "{{ x | default('a') }}", "description": "Which."},
    "worded": {"type": "str", "choices": ["a", "b"], "default": "a, or b with an x", "description": "Which."},
    "headers": {"type": "dict", "no_log": True, "description": "Headers."},
}


def question(variable: str, current: dict | None = None, ranges: dict | None = None) -> dict:
    made = surveys.survey("deploy", {variable: "Title"}, OPTIONS, ranges or {}, current or {})
    return made["spec"][0]


@pytest.mark.parametrize(
    ("variable", "kind", "default"),
    [
        ("level", "multiplechoice", "INFO"),
        ("enabled", "multiplechoice", "false"),
        ("few", "integer", 3),
        ("share", "float", 99.0),
        ("bucket", "multiplechoice", "0.25"),
        ("lines", "multiselect", "a\nc"),
        ("secrets", "textarea", "x\ny"),
        ("objects", "textarea", '[{"kind": "A"}]'),
        ("labels", "textarea", "team=risk"),
        ("body", "textarea", '{"rows": [[1]]}'),
    ],
)
def test_the_type_and_the_default_are_those_of_the_variable(variable, kind, default):
    made = question(variable)
    assert (made["type"], made["default"], made["required"]) == (kind, default, False)


@pytest.mark.parametrize("variable", ["image", "computed", "worded"])
def test_a_default_that_is_no_answer_is_left_out_for_awx_would_send_them_as_they_are(variable):
    assert "default" not in question(variable)


@pytest.mark.parametrize(
    ("variable", "given"),
    [
        ("labels", {"LOG_LEVEL": "INFO", "SERVER_X_TOKEN": "hunter2"}),
        ("labels", {"at": "https://user:hunter2@store.example.org"}),
        ("objects", [{"name": "API_KEY", "value": "hunter2"}]),
        ("objects", [{"spec": {"password": "hunter2"}}]),
        ("image", "https://store.example.org/?token=hunter2"),
        ("secrets", ["PASSWORD=hunter2"]),
    ],
)
def test_what_looks_like_a_credential_is_no_default(variable, given):
    assert "hunter2" not in str(question(variable, {variable: given}))
    assert "default" not in question(variable, {variable: given})


def test_what_only_tells_of_a_credential_is_a_default():
    told = {"SERVER_TLS_KEY_FILE": "/tls/tls.key"}
    assert question("labels", {"labels": told})["default"] == "SERVER_TLS_KEY_FILE=/tls/tls.key"


def test_whole_objects_are_not_asked_for():
    options = {**OPTIONS, "model_serving_extra_objects": OPTIONS["objects"]}
    with pytest.raises(ServingError, match="asks for model_serving_extra_objects, which may be secret"):
        surveys.survey("deploy", {"model_serving_extra_objects": "Objects"}, options, {}, {})


def test_choices_are_texts_and_the_empty_one_is_no_answer():
    assert question("level")["choices"] == ["INFO", "DEBUG"]
    assert question("bucket")["choices"] == ["0.25", "0.5"]


def test_bounds_are_whole_and_never_narrower_than_the_variables():
    made = question("share", ranges={"share": (0.5, 99.999)})
    assert (made["min"], made["max"]) == (0, 100)


def test_help_is_without_markup():
    assert question("level")["question_description"] == "x, a b."


def test_the_inventorys_value_is_the_default_where_all_targets_agree():
    targets = [{"few": 5, "level": "DEBUG"}, {"few": 5, "level": "INFO"}]
    current = surveys.agreed(targets, ["few", "level", "enabled"])
    assert current == {"few": 5, "level": None}
    assert question("few", current)["default"] == 5
    assert "default" not in question("level", current)


def test_a_value_that_only_one_target_has_is_no_default():
    assert surveys.agreed([{"few": 5}, {}], ["few"]) == {"few": None}


def test_what_may_be_secret_is_named():
    with pytest.raises(ServingError, match="headers, which may be secret"):
        question("headers")


def test_choices_as_text_and_what_the_page_adds_make_no_difference():
    made = surveys.survey("deploy", {"lines": "Lines", "few": "Few"}, OPTIONS, {"few": (1, 9)}, {})
    saved = {
        "spec": [
            {**made["spec"][0], "choices": "a\nb\nc", "default": ["a", "c"], "new_question": True, "min": None},
            {**made["spec"][1], "choices": ""},
        ]
    }
    assert surveys.same_form(saved) == surveys.same_form(made)


@pytest.mark.parametrize("number", [1, 7])
def test_the_question_of_an_error_is_named_if_there_is_one(number):
    made = surveys.survey("deploy", {"level": "Level", "few": "Few"}, OPTIONS, {}, {})
    said = surveys.refused_question(made, f"'x' in survey question {number} is not one of")
    assert said == (" It is the question 'Few', for few." if number == 1 else "")


HARD = ["1e3", "a,b", "a b", " lead", "trail ", "x=y", "{a}", "[a]", "[1]", '{"a": 1}', '"q"', "'q'", "a\nb", "true"]
HARD += [
    "null",
    "~",
    "a;b",
    "#c",
    "-",
    "1",
    "é",
    "a, b",
    '"a","b"',
    "k=v,l=m",
    "a\tb",
    "\ta",
    "a\rb",
    "team=ml,env=prod",
]


@pytest.mark.parametrize("text", HARD)
def test_the_role_reads_back_what_a_survey_fills_in(text):
    """AWX sends the defaults of its questions with every job."""
    specs = {"of_list": {"type": "list", "elements": "str"}, "of_dict": {"type": "dict"}}
    for name, value in (
        ("of_list", [text]),
        ("of_list", ["p", text]),
        ("of_list", [text, "p"]),
        ("of_dict", {"A": text}),
        ("of_dict", {"A": text, "B": "2"}),
        ("of_dict", {text: "x"}),
    ):
        filled_in = surveys._default("textarea", value)
        read = reading.read({name: filled_in}, specs)
        assert read.values[name] == value, filled_in
