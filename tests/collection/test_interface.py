# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Defaults, argument specification, documentation and use agree."""

from __future__ import annotations

import re

import pytest
import yaml
from playbook_runs import ROLE, ROOT
from variables_table import PAGE, SPECS, page

# Read by the playbooks, before the role runs.
READ_ELSEWHERE = {"model_serving_kubernetes", "model_serving_targets_at_once"}
# Written by the role, for a later node of an AWX workflow; and a lookup of the collection.
NO_VARIABLES = {"model_serving_result", "model_serving_problems"}


@pytest.fixture(scope="module")
def role_defaults() -> dict:
    return yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())


@pytest.fixture(scope="module")
def role_options() -> dict:
    return yaml.safe_load(SPECS.read_text())["argument_specs"]["main"]["options"]


DEFAULTS = "roles/model_serving/defaults/main.yml"
OPTIONS = "roles/model_serving/meta/argument_specs.yml"


def test_every_variable_has_a_default(role_defaults, role_options):
    forgotten = [f"{name} has no default: add it to {DEFAULTS}" for name in role_options if name not in role_defaults]
    assert not forgotten, "\n".join(forgotten)


def test_every_default_is_a_described_variable(role_defaults, role_options):
    forgotten = [
        f"{name} is not described: add its type, default and meaning to {OPTIONS}"
        for name in role_defaults
        if name not in role_options
    ]
    assert not forgotten, "\n".join(forgotten)


def test_defaults_are_those_of_the_argument_specification(role_defaults, role_options):
    different = [
        f"{name} has one default in {DEFAULTS} and another in {OPTIONS}: make them the same"
        for name, option in role_options.items()
        if name in role_defaults and option.get("default") != role_defaults[name]
    ]
    assert not different, "\n".join(different)


def test_defaults_stand_in_the_order_of_the_argument_specification(role_defaults, role_options):
    misplaced = [
        f"{name} stands where {other} does in {OPTIONS}: move it in {DEFAULTS}"
        for name, other in zip(role_defaults, role_options, strict=False)
        if name != other
    ]
    assert not misplaced, misplaced[0]


def test_every_variable_is_described_in_whole_sentences(role_options):
    undescribed = [
        f"{name} has no description that ends in a full stop: write it in {OPTIONS}"
        for name, option in role_options.items()
        if not option.get("description", "").rstrip().endswith(".")
    ]
    assert not undescribed, "\n".join(undescribed)


def test_the_page_of_variables_is_written_from_the_argument_specification():
    assert PAGE.read_text() == page(SPECS.read_text()), (
        "docs/variables.md is not written from it: run python tests/collection/variables_table.py"
    )


def test_every_variable_is_read(role_options):
    files = [*ROLE.glob("templates/*"), *ROLE.glob("tasks/*"), *ROLE.glob("vars/*")]
    text = "\n".join(path.read_text() for path in files)
    unread = [
        f"{name} is read by no template, task or variable of the role: use it, or take it out of {OPTIONS}"
        for name in role_options
        if name not in READ_ELSEWHERE and not re.search(rf"\b{name}\b", text)
    ]
    assert not unread, "\n".join(unread)


def test_everything_that_is_set_or_read_is_known(role_options):
    files = [
        *ROLE.rglob("*.yml"),
        *ROLE.rglob("*.j2"),
        *(ROOT / "playbooks").glob("*.yml"),
        *(ROOT / "inventories").rglob("*.yml"),
    ]
    unknown = [
        f"{path.relative_to(ROOT)} has {name}, which is no variable: add it to {OPTIONS}, or correct its name"
        for path in files
        for name in sorted(set(re.findall(r"(?<![\w.])model_serving_[a-z_]+", path.read_text())))
        if not name.endswith("_") and name not in (*role_options, *NO_VARIABLES)
    ]
    assert not unknown, "\n".join(unknown)
