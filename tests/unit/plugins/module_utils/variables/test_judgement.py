# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable by itself, then all together."""

from __future__ import annotations

from variable_options import OPTIONS

from ansible_collections.modelops.serving.plugins.module_utils.variables.judgement import problems
from ansible_collections.modelops.serving.plugins.module_utils.variables.reading import Reading

DEFAULTS = {name: option.get("default") for name, option in OPTIONS.items() if name.startswith("model_serving_")}


def judged(unread: list[str], **values) -> list[str]:
    reading = Reading({f"model_serving_{name}": value for name, value in values.items()}, unread)
    return problems(reading, DEFAULTS, "api:1", [])


def test_the_defaults_are_in_order():
    assert judged([]) == []


def test_what_is_wrong_by_itself_comes_first_and_is_judged_no_further():
    sentences = judged(["unread."], autoscaling_min_replicas=0, max_surge="0", ingress_paths=["a"])
    assert [sentence.split()[0] for sentence in sentences] == [
        "unread.",
        "model_serving_autoscaling_min_replicas",
        "model_serving_ingress_paths[0]",
        "model_serving_max_surge",
    ]


def test_a_person_reads_only_so_many():
    sentences = judged([], settings_secrets=["A"] * 1000)
    assert len(sentences) == 26
    assert sentences[-1] == "There are 975 more."
