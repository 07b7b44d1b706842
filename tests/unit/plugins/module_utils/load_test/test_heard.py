# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a load generator says: its lines, once each, and what stops a load before it begins."""

from __future__ import annotations

import json

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.load_test.heard import Heard, check_asked, seconds_of

URL = "http://here/predict"
LINES = [
    {"line": 1, "asked": {"kind": "", "words": ""}},
    {"line": 2, "waiting": 1000.0},
    {"line": 3, "began": 1004.0},
    {"line": 4, "seconds": {"0": {"requests": 2, "latency": {"1000": 2}}}},
    {
        "line": 5,
        "seconds": {"0": {"requests": 1, "failed": {"504": 1}, "latency": {"2000": 1}}, "1": {"requests": 3}},
        "examples": [{"at": 1005.2, "kind": "504", "words": "gateway"}],
    },
    {"line": 6, "total": {"requests": 6, "failed": {"504": 1}, "latency": {"1000": 6}, "unsent": 2, "late": 3.5}},
]


def heard(lines: list) -> Heard:
    found = Heard()
    for line in lines:
        found.take(line if isinstance(line, str) else json.dumps(line))
    return found


def test_a_whole_run():
    found = heard(LINES)
    assert (found.asked["kind"], found.waiting, found.began) == ("", 1000.0, 1004.0)
    assert (found.seconds[0].requests, found.seconds[0].failures, found.seconds[1].requests) == (3, 1, 3)
    assert (found.total.requests, found.unsent, found.late, found.stopped) == (6, 2, 3.5, False)
    assert found.examples[0]["words"] == "gateway"


def test_a_line_that_is_read_twice_counts_once():
    twice = heard([*LINES[:4], *LINES[:5], *LINES])
    assert twice == heard(LINES)


@pytest.mark.parametrize("text", ["panic: out of memory", "", "null", "[]", "{}", '{"line"', "<html>"])
def test_what_is_no_line_is_kept_as_words(text):
    found = heard([*LINES, text])
    assert found.total.requests == 6
    assert found.words == text


def test_words_are_the_last_ones():
    found = heard([f"goroutine {number}" for number in range(1000)])
    assert found.words.endswith("goroutine 999")
    assert len(found.words) <= 800


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("422", r"No load was sent\. http://here/predict: answered 422 \(three columns\); the model that answers"),
        ("404", r"answered 404 .*load_test_url"),
        ("413", r"fewer rows \(load_test_rows\)"),
        ("308", r"answered 308 .* leads elsewhere"),
        ("418", r"answered 418 \(three columns\); see what it says"),
        ("name not resolved", r"predict: name not resolved .* correct the host's name"),
        ("connection refused", r"nothing listens there"),
        ("no answer", r"see what it says"),
    ],
)
def test_a_question_that_is_refused_stops_the_load(kind, words):
    with pytest.raises(ServingError, match=words):
        check_asked(heard([{"line": 1, "asked": {"kind": kind, "words": "three\n columns"}}]), URL)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Host": "a.example"}, r"answered 401 .*it asks for an API key.*give it in model_serving_verify_headers"),
        ({"X-Api-Key": "k"}, r"answered 401 .*is not accepted: correct it.*earlier ones for a minute"),
    ],
)
def test_a_key_that_is_wrong_is_not_said_to_be_missing(headers, words):
    asked = heard([{"line": 1, "asked": {"kind": "401", "words": "three"}}])
    with pytest.raises(ServingError, match=words) as refused:
        check_asked(asked, URL, headers)
    assert ("give it" in str(refused.value)) == ("Host" in headers)


@pytest.mark.parametrize("kind", ["", "500", "503", "504", "408", "429"])
def test_what_a_load_test_is_there_to_count_does_not(kind):
    check_asked(heard([{"line": 1, "asked": {"kind": kind, "words": ""}}]), URL)
    check_asked(Heard(), URL)


def test_the_seconds_of_several_generators_are_added():
    other = heard([{"line": 1, "seconds": {"1": {"requests": 5}, "2": {"requests": 1}}}])
    found = seconds_of([heard(LINES), other])
    assert {second: counts.requests for second, counts in found.items()} == {0: 3, 1: 8, 2: 1}
