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


@pytest.fixture(scope="module")
def role_defaults() -> dict:
    return yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())


@pytest.fixture(scope="module")
def role_options() -> dict:
    return yaml.safe_load(SPECS.read_text())["argument_specs"]["main"]["options"]


def test_defaults_are_those_of_the_argument_specification(role_defaults, role_options):
    assert {name: option["default"] for name, option in role_options.items()} == role_defaults


def test_defaults_stand_in_the_order_of_the_argument_specification(role_defaults, role_options):
    assert list(role_defaults) == list(role_options)


def test_every_variable_is_described_in_whole_sentences(role_options):
    assert [name for name, option in role_options.items() if not option["description"].rstrip().endswith(".")] == []


def test_the_page_of_variables_is_written_from_the_argument_specification():
    assert PAGE.read_text() == page(SPECS.read_text()), "run python tests/collection/variables_table.py"


def test_every_variable_is_read(role_options):
    files = [*ROLE.glob("templates/*"), *ROLE.glob("tasks/*"), *ROLE.glob("vars/*")]
    text = "\n".join(path.read_text() for path in files)
    assert {name for name in role_options if not re.search(rf"\b{name}\b", text)} == READ_ELSEWHERE


def test_everything_that_is_set_or_read_is_known(role_options):
    files = [
        *ROLE.rglob("*.yml"),
        *ROLE.rglob("*.j2"),
        *(ROOT / "playbooks").glob("*.yml"),
        *(ROOT / "inventories").rglob("*.yml"),
    ]
    used = {
        name
        for path in files
        for name in re.findall(r"(?<![\w.])model_serving_[a-z_]+", path.read_text())
        if not name.endswith("_")
    }
    assert used - set(role_options) - {"model_serving_result"} == set()
