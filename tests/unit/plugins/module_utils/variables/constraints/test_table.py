# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The constraints of variables, row by row: what passes, what fails, and the sentence that a person reads then."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints import table
from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints.constraint import Variables
from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints.table import CONSTRAINTS

DEFAULTS = Path(__file__).parents[6] / "roles" / "model_serving" / "defaults" / "main.yml"
# The defaults, an image, what the role makes of them, and a model store that the pods reach.
DEPLOYABLE = {
    **vars(Variables.of(yaml.safe_load(DEFAULTS.read_text()), "api:1", ["deployment", "service"])),
    "network_policy_model_store_cidrs": ["198.51.100.0/24"],
}
# Constraints on what is too long to be a row: name, what passes, what fails, and the sentence's first words.
LONG = {
    "setting-too-long": (
        {"settings": {"A": "x" * 131_000}},
        {"settings": {"A": "x" * 131_072}},
        "model_serving_settings.A is",
    ),
    "configuration-too-long": (
        {"settings": {f"A{number}": "x" * 100_000 for number in range(10)}},
        {"settings": {f"A{number}": "x" * 100_000 for number in range(11)}},
        "model_serving_settings is longer",
    ),
    "annotations-too-long": (
        {"annotations": {"a": "x" * 100_000}, "ingress_annotations": {"b": "x" * 100_000}},
        {"annotations": {"a": "x" * 100_000}, "ingress_annotations": {"b": "x" * 200_000}},
        "model_serving_ingress_annotations makes",
    ),
}
MODEL = {"name": "churn", "version": "7", "uri": "s3://models/churn.skops", "sha256": "ab" * 32}
ROWS = yaml.safe_load(Path(__file__).with_name("table.yml").read_text())
CONSTRAINT = {row.name: row for row in CONSTRAINTS}
CASES = [pytest.param(*row.values(), id=f"{row['constraint']}-{number}") for number, row in enumerate(ROWS)]


def variables(**given) -> Variables:
    """What can be deployed, with these in its place."""
    if "models" in given:
        given["models"] = [{**MODEL, **model} for model in given["models"]]
    return Variables(**{**DEPLOYABLE, **given})


def test_every_constraint_has_its_rows_in_the_same_order():
    told = [row.name for row in CONSTRAINTS if row.name not in LONG]
    assert told == list(dict.fromkeys(row["constraint"] for row in ROWS))


@pytest.mark.parametrize("name", LONG)
def test_what_is_too_long_is_named_without_its_value(name):
    passes, fails, says = LONG[name]
    assert table.problems(variables(**passes)) == []
    (sentence,) = table.problems(variables(**fails))
    assert sentence.startswith(says)
    assert len(sentence) < 200


def test_the_defaults_can_be_deployed():
    assert table.problems(variables(network_policy_model_store_cidrs=[])) == []


@pytest.mark.parametrize(("constraint", "passes", "fails", "says"), CASES)
def test_what_passes_is_not_spoken_of(constraint, passes, fails, says):
    assert CONSTRAINT[constraint].sentences(variables(**passes)) == []


@pytest.mark.parametrize(("constraint", "passes", "fails", "says"), CASES)
def test_what_fails_is_said_in_these_words(constraint, passes, fails, says):
    assert CONSTRAINT[constraint].sentences(variables(**fails)) == says


@pytest.mark.parametrize(("constraint", "passes", "fails", "says"), CASES)
def test_no_other_constraint_speaks_of_the_same(constraint, passes, fails, says):
    assert table.problems(variables(**fails)) == says


def test_all_that_is_wrong_is_said_at_once():
    wrong = variables(image="", max_surge="0", ingress_timeout=9)
    assert [sentence.split()[0] for sentence in table.problems(wrong)] == [
        "model_serving_image",
        "model_serving_max_surge",
        "model_serving_ingress_timeout",
    ]


def test_a_value_that_looks_like_a_placeholder_is_printed_as_it_is():
    assert "'{v.image}'" in table.problems(variables(name="{v.image}"))[0]


def test_constraints_read_and_name_variables_that_exist():
    text = "\n".join(inspect.getsource(subject) for subject in table.SUBJECTS)
    known = set(vars(variables()))
    assert set(re.findall(r"\bv\.(\w+)", text)) <= known | {"x"}
    named = re.findall(r"model_serving_(\w+)", "\n".join(line for line in text.splitlines() if '"' in line))
    assert set(named) <= known
