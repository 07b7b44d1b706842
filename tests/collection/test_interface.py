# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Defaults, argument specification, documentation and use agree."""

from __future__ import annotations

import re

import pytest
import yaml
from playbook_runs import ROLE, ROOT
from role_readmes import ROLES, readme
from variables_table import PAGE, SPECS, page

# Read by the playbooks, before the role runs, and by the lookup that checks the names.
READ_ELSEWHERE = {
    "model_serving_kubernetes",
    "model_serving_targets_at_once",
    "model_serving_max_fail_percentage",
    "model_serving_own_variables",
}
# Written by the role, for a later node of an AWX workflow; and lookups of the collection.
NO_VARIABLES = {
    "model_serving_result",
    "model_serving_results",
    "model_serving_problems",
    "model_serving_values",
}


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


def tasks_of(path) -> list[dict]:
    """The tasks of a playbook, without its plays and its blocks."""
    tasks = [task for play in yaml.safe_load(path.read_text()) for task in play["tasks"]]
    parts = [[task] if "block" not in task else task["block"] + task.get("always", []) for task in tasks]
    return [task for part in parts for task in part]


def first_task(tasks: list[dict]) -> dict:
    """The first task of a list, or of the file of the role that it imports."""
    task = tasks[0]
    for module, folder in (("import_role", ROLE), ("import_tasks", ROLE)):
        if arguments := task.get(f"ansible.builtin.{module}"):
            name = arguments.get("tasks_from", arguments.get("file", "main")).removesuffix(".yml")
            return first_task(yaml.safe_load((folder / "tasks" / f"{name}.yml").read_text()))
    return task


@pytest.mark.parametrize("path", sorted((ROOT / "playbooks").glob("*.yml")), ids=lambda path: path.stem)
def test_every_playbook_checks_its_variables_first(path):
    assert first_task(tasks_of(path))["name"] == "Check the variables"


@pytest.mark.parametrize("path", sorted((ROOT / "playbooks").glob("*.yml")), ids=lambda path: path.stem)
def test_no_playbook_prints_the_whole_specification_for_a_mistake(path):
    for task in tasks_of(path):
        role = task.get("ansible.builtin.import_role") or task.get("ansible.builtin.include_role")
        if role and role.get("tasks_from") != "check":
            assert role["rolespec_validate"] is False


def test_every_entry_point_has_its_variables():
    """Files of tasks that playbooks import have an argument specification; other playbooks have theirs there too."""
    specs = yaml.safe_load(SPECS.read_text())["argument_specs"]
    entries = {"main", "rollback", "remove", "status", "diagnose", "verify"}
    assert specs.keys() == entries | {"checklist", "load_test", "logs", "resilience"}
    assert all((ROLE / "tasks" / f"{name}.yml").exists() for name in entries)
    for name, spec in specs.items():
        if name != "main":
            unread = [option for option in spec["options"] if option.startswith("model_serving_")]
            assert all(spec["options"][option] == specs["main"]["options"][option] for option in unread)


@pytest.mark.parametrize("name", ["rollback", "remove", "status", "diagnose", "verify"])
def test_an_entry_point_names_the_variables_that_its_tasks_read(name):
    options = yaml.safe_load(SPECS.read_text())["argument_specs"][name]["options"]
    text = (ROLE / "tasks" / f"{name}.yml").read_text()
    assert set(re.findall(r"(?<![\w.])model_serving_[a-z_]+", text)) <= {*options, *NO_VARIABLES}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_readme_of_a_role_is_written_from_its_argument_specification(role):
    assert (role / "README.md").read_text() == readme(role), "run python tests/collection/role_readmes.py"
