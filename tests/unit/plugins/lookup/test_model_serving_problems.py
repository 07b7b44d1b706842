# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types, then constraints; and values in the form that a survey sends them in."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.modelops.serving.plugins.lookup.model_serving_problems import problems

ROLE = Path(__file__).parents[4] / "roles" / "model_serving"
OPTIONS = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
DEFAULTS = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())


def found(**given):
    """What is said of the defaults with an image and these in their place."""
    values = {**DEFAULTS, **{f"model_serving_{name}": value for name, value in given.items()}}
    return problems(values, OPTIONS, OPTIONS, "api:1", [])


def test_nothing_is_said_of_the_defaults():
    assert found() == []


@pytest.mark.parametrize(
    "given",
    [
        {"autoscaling_enabled": "no", "autoscaling_min_replicas": "11"},
        {"autoscaling_max_replicas": "12", "autoscaling_min_replicas": 11},
        {"autoscaling_in_flight": "0.0"},
        {"pdb_min_available": 2, "max_surge": 1},
        {"cpu_limit": 2, "memory_limit": 2147483648},
        {"ingress_timeout": "30", "request_timeout": "9"},
    ],
)
def test_text_numbers_and_switches_are_read_as_their_type_says(given):
    assert found(**given) == []


def test_text_is_compared_as_a_number():
    (sentence,) = found(autoscaling_min_replicas="9", autoscaling_max_replicas="10", ingress_timeout="9")
    assert sentence.startswith("model_serving_ingress_timeout (9) is below model_serving_request_timeout (30)")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"replicas": "three"}, "model_serving_replicas"),
        ({"labels": ["team"]}, "model_serving_labels"),
        ({"ingress_dialect": "apache"}, "model_serving_ingress_dialect"),
        ({"models": [{"name": "a", "version": "1", "uri": "file:///a.skops"}]}, "sha256"),
        ({"alert_for": {"ModelServerReject": "1m"}}, "ModelServerReject"),
    ],
)
def test_what_is_not_of_its_type_is_named_and_the_others_are_judged_without_it(given, named):
    sentences = found(**given, max_surge="0")
    assert len(sentences) == 2
    assert named in sentences[0]
    assert sentences[1].startswith("model_serving_max_surge")


def test_what_is_out_of_its_range_is_named_once():
    """The default stands in for it: 0 pods would leave none to evict, too."""
    (sentence,) = found(autoscaling_min_replicas=0)
    assert sentence == "model_serving_autoscaling_min_replicas (0) is out of range: use 1 to 5000."


def test_an_entry_point_judges_only_what_it_reads():
    entry = {name: OPTIONS[name] for name in ("model_serving_name", "model_serving_timeout")}
    values = {**DEFAULTS, "model_serving_max_surge": "0", "model_serving_timeout": "soon"}
    (sentence,) = problems(values, entry, OPTIONS, "", [])
    assert sentence == "model_serving_timeout ('soon') must be a whole number."
