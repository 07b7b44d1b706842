# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release answers, and whether it may be promoted."""

from __future__ import annotations

import json

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.release import answers

BODY = {"instances": [[1, 2], [3, 4]]}


def reason(status=200, answer=None, body=None, expected=None):
    text = answer if isinstance(answer, str) else json.dumps(answer)
    found = answers.judge("Service/api/predict", status, text, body or BODY, expected)
    return found.reason if found else ""


@pytest.mark.parametrize(
    ("status", "answer", "expected", "wanted"),
    [
        (200, {"predictions": ["a", "b"]}, None, ""),
        (201, {"predictions": ["a", "b"]}, ["a", "b"], ""),
        (200, {"predictions": [0.1 + 0.2, 1]}, [0.3, 1.0], ""),
        (200, {"predictions": [[0.25, 0.75], [1, 0]]}, [[0.25, 0.75], [1.0, 0.0]], ""),
        (200, {"predictions": ["a", "c"]}, ["a", "b"], "PredictionDiffers"),
        (200, {"predictions": [0.3001, 1]}, [0.3, 1], "PredictionDiffers"),
        (200, {"predictions": [True, False]}, [1, 0], "PredictionDiffers"),
        (200, {"predictions": ["a"]}, None, "PredictionMalformed"),
        (200, {"predictions": "ab"}, None, "PredictionMalformed"),
        (200, ["a", "b"], None, "PredictionMalformed"),
        (200, "<html>", None, "PredictionMalformed"),
        (500, {"error": "x"}, None, "PredictionFails"),
        (404, "not found", None, "PredictionFails"),
        (302, "", None, "PredictionFails"),
        (0, "connection refused", None, "PredictionFails"),
    ],
)
def test_an_answer(status, answer, expected, wanted):
    assert reason(status, answer, expected=expected) == wanted


def test_a_body_of_one_s_own_is_only_asked_for_json():
    assert reason(200, {"outputs": []}, body={"inputs": []}) == ""
    assert reason(200, "ok", body={"inputs": []}) == "PredictionMalformed"


TENSOR = {"inputs": [{"name": "x", "datatype": "FP64", "shape": [1, 2], "data": [1, 2]}]}
FRAME = {"dataframe_split": {"columns": ["a"], "data": [[1]]}}


@pytest.mark.parametrize(
    ("body", "answer", "wanted"),
    [
        (TENSOR, {"outputs": [{"name": "y", "data": [1]}]}, ""),
        (TENSOR, {"outputs": []}, "PredictionMalformed"),
        (TENSOR, {"a": 1}, "PredictionMalformed"),
        (TENSOR, [1], "PredictionMalformed"),
        (FRAME, {"predictions": [1]}, ""),
        (FRAME, {"a": 1}, "PredictionMalformed"),
        ({"question": "?"}, {"a": 1}, ""),
    ],
)
def test_a_body_of_a_protocol_is_answered_by_it(body, answer, wanted):
    assert reason(200, answer, body=body) == wanted


def test_what_the_server_says_of_its_models():
    told = json.dumps({"models": [{"name": "a", "example": [1]}, {"name": "b", "example": [2]}]})
    assert answers.described(told, "b")["example"] == [2]
    assert answers.described(told, "")["example"] == [1]
    for nothing in ("{}", "[]", "x", '{"models": []}', '{"models": [1]}'):
        assert answers.described(nothing, "") == {}


@pytest.mark.parametrize(
    ("outside", "inside", "says"),
    [
        ({"model": "iris"}, {"model": "churn"}, "the model iris answered, and that of the Service is churn"),
        ({"model_name": "iris"}, {"model_name": "churn"}, "the model iris answered, and that of the Service is churn"),
        ({"model": "churn", "version": "1"}, {"model": "churn", "version": "2"}, None),
        ({"predictions": [1]}, {"model": "churn"}, None),
        ([1], {"model": "churn"}, None),
    ],
)
def test_another_model_that_answers_from_outside(outside, inside, says):
    found = answers.of_another("https://a.example/predict", outside, inside)
    assert (found.message if found else None) == says
