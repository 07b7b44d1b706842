# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that nobody reads, and the one that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from variable_options import OPTIONS

from ansible_collections.modelops.serving.plugins.module_utils.variables import names

SPECS = Path(__file__).parents[5] / "roles" / "model_serving" / "meta" / "argument_specs.yml"
KNOWN = yaml.safe_load(SPECS.read_text())["argument_specs"]["main"]["options"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("model_serving_replica", "model_serving_replicas"),
        ("model_serving_autoscaling_max_replica", "model_serving_autoscaling_max_replicas"),
        # Words left out, not letters: the nearest by letters would be model_serving_replicas.
        ("model_serving_max_replicas", "model_serving_autoscaling_max_replicas"),
        ("model_serving_rollback_revison", "model_serving_rollback_revision"),
        ("model_serving_port", "model_serving_service_port"),
        ("model_serving_in_flight", "model_serving_autoscaling_in_flight"),
        # Not model_serving_service_account_annotations, which has the words, and more.
        ("model_serving_annotation", "model_serving_annotations"),
    ],
)
def test_the_name_that_was_meant(given, meant):
    assert names.unknown([given], KNOWN) == [f"{given} is not a known variable; is {meant} meant?"]


def test_a_name_that_is_near_to_none_stands_alone():
    assert names.unknown(["model_serving_zzz"], KNOWN) == [
        "model_serving_zzz is not a known variable. If it is your own, name it in model_serving_own_variables."
    ]


def test_known_names_are_not_spoken_of_and_the_others_once_each_in_order():
    given = ["model_serving_zzz", "model_serving_name", "model_serving_qqq", "model_serving_zzz"]
    assert [sentence.split()[0] for sentence in names.unknown(given, KNOWN)] == [
        "model_serving_qqq",
        "model_serving_zzz",
    ]


def test_every_known_name_with_a_letter_missing_is_recognized():
    missed = {}
    for name in KNOWN:
        typo = name[:-2] + name[-1:]
        if typo not in KNOWN and names.nearest(typo, KNOWN) != name:
            missed[typo] = names.nearest(typo, KNOWN)
    assert missed == {}


def test_every_known_name_with_two_letters_exchanged_is_recognized():
    """In the middle of a word and at its end."""
    missed = {}
    for name in OPTIONS:
        for at in (len(name) - 2, len(name) - 3):
            typo = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
            new = "_" not in name[at : at + 2] and typo not in OPTIONS
            if new and names.nearest(typo, sorted(OPTIONS)) != name:
                missed[typo] = names.nearest(typo, sorted(OPTIONS))
    assert missed == {}


def test_what_all_names_of_a_role_begin_with_makes_none_of_them_near():
    assert names.nearest("model_verify_foo", ["model_verify_load", "model_verify_report"]) is None
    assert names.nearest("model_verify_repord", ["model_verify_load", "model_verify_report"]) == "model_verify_report"


SOME = ["model_serving_name", "model_serving_namespace", "model_logs_since", "load_test_url"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("model_serve_namespace", "model_serving_namespace"),
        ("modelserving_name", "model_serving_name"),
        ("model-serving-name", "model_serving_name"),
        ("MODEL_SERVING_NAME", "model_serving_name"),
        ("model_log_since", "model_logs_since"),
        ("load-test-url", "load_test_url"),
        ("model_server_name", "model_serving_name"),
        ("model_service_name", "model_serving_name"),
        ("model_servig_namespace", "model_serving_namespace"),
        ("modle_serving_name", "model_serving_name"),
        ("mdel_servinng_name", "model_serving_name"),
        ("modal_serving_name", "model_serving_name"),
        ("modelservig_name", "model_serving_name"),
        ("laod_test_url", "load_test_url"),
    ],
)
def test_a_name_that_does_not_even_begin_like_one_is_taken_for_the_one_it_sounds_like(given, meant):
    (sentence,) = names.nearly([given], SOME)
    assert sentence.startswith(f"{given} is not a known variable; is {meant} meant?")


def test_names_of_ones_own_are_left_alone():
    own = ["model_name", "model_service_url", "model_registry", "load_balancer", "model_serving_name", "modeling"]
    assert names.nearly(own, SOME) == []


INNOCENT = [
    "model_version",
    "model_name",
    "model_server_url",
    "model_saving_name",
    "my_model_serving_name",
    "serving_name",
    "eks_cluster_name",
    "aks_cluster_name",
    "gce_cluster_name",
    "road_test_url",
    "model_serving",
    "model",
    "",
]


def test_names_of_ones_own_are_not_spoken_of():
    assert names.nearly(INNOCENT, [*SOME, *KNOWN, "gke_cluster_name", "local_cluster_name"]) == []


def test_what_no_user_sets_is_not_meant():
    (sentence,) = names.unknown(
        ["model_image_modelz"], ["model_image_model", "model_image_models"], ["model_image_models"]
    )
    assert "is model_image_model meant?" in sentence


@pytest.mark.parametrize(
    "words", ["model_serving_log_level: DEBUG", "model_serving_log_level = DEBUG", "model_serving_log_level"]
)
def test_what_sets_nothing_is_told_without_its_value(words):
    (sentence,) = names.without_a_value(words)
    assert sentence.startswith("-e has model_serving_log_level without a value") and "DEBUG" not in sentence
    assert names.without_a_value("") == []


def test_a_name_of_no_role_is_not_meant_by_one_of_a_role():
    (sentence,) = names.unknown(["model_resilience_line"], ["model_resilience_faults", "since"])
    assert "meant" not in sentence
