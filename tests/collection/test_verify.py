# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lines playbooks/verify.yml checks: one task loops over them, and reads the tags itself."""

from __future__ import annotations

import json
import re
import sys

import pytest
import yaml
from playbook_runs import ROOT, command

from ansible_collections.modelops.serving.plugins.module_utils.checklist.verdicts import TITLES
from ansible_collections.modelops.serving.plugins.module_utils.load import source

# Without a kubeconfig the first line fails and the others are skipped. That is enough to see which lines are checked.
NOWHERE = {
    "ansible_python_interpreter": sys.executable,
    "model_serving_kubernetes": {"kubeconfig": "missing"},
    "model_verify_report": "",
}
ALL = yaml.safe_load((ROOT / "playbooks" / "verify.yml").read_text())[0]["vars"]["_lines"]


def checked(*options: str, **variables) -> tuple[list[str], str]:
    """The lines in the order in which they were checked, and the whole output."""
    given = json.dumps(NOWHERE | variables)
    run = command("ansible-playbook", "playbooks/verify.yml", "-i", "localhost,", "-c", "local", "-e", given, *options)
    return re.findall(r"\(item=(\w+)\)", run.output), run.output


def test_every_line_of_the_checklist_is_there():
    assert sorted(ALL) == sorted(TITLES)


def test_an_error_of_every_line_is_reported_once():
    lines, output = checked()
    assert lines == ALL
    assert output.count("failed: [localhost] (item=") == 1
    assert "kubeconfig missing does not exist" in output


@pytest.mark.parametrize(
    ("options", "variables", "lines"),
    [
        (["--tags", "logs,ingress"], {}, ["ingress", "logs"]),
        (["--skip-tags", "pods_start,load_balancing,hpa_up,hpa_down,rollback,rolling_update"], {},
         ["health_checks", "ingress", "monitoring", "logs"]),
        ([], {"model_verify_lines": ["logs", "pods_start"]}, ["pods_start", "logs"]),
        (["--tags", "logs,ingress"], {"model_verify_lines": ["logs", "pods_start"]}, ["logs"]),
    ],
)  # fmt: skip
def test_lines_are_picked_by_tag_and_by_variable(options, variables, lines):
    assert checked(*options, **variables)[0] == lines


def test_the_load_has_the_options_that_its_module_takes():
    specs = yaml.safe_load((ROOT / "roles/model_serving/meta/argument_specs.yml").read_text())["argument_specs"]
    options = specs["checklist"]["options"]["model_verify_load"]["options"]
    kinds = {name: {key: option[key] for key in option if key != "description"} for name, option in options.items()}
    assert kinds == source.OPTIONS


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"model_verify_load": {"concurency": 3}},
            "model_verify_load has 'concurency', which is not known; is concurrency",
        ),
        (
            {"model_verify_load": {"concurrency": "many"}},
            "model_verify_load.concurrency ('many') must be a whole number",
        ),
        (
            {"model_verify_load": {"source": "pods"}},
            "model_verify_load.source ('pods') must be one of controller, cluster",
        ),
        ({"model_verify_prometheus": {"namspace": "x"}}, "model_verify_prometheus has 'namspace', which is not known"),
        ({"model_verify_prometheus": {"namespace": "x"}}, "model_verify_prometheus has no service: add it."),
        ({"model_verify_lines": []}, "No line would be checked: name some in model_verify_lines, or leave it out"),
        ({"model_verify_lines": ""}, "No line would be checked: name some in model_verify_lines, or leave it out"),
    ],
)
def test_what_cannot_be_is_refused_before_a_line_is_checked(variables, said):
    lines, output = checked(**variables)
    assert lines == []
    assert said in " ".join(output.split()), output


def test_lines_that_are_left_out_by_tags_are_named():
    lines, output = checked("--tags", "logs", model_verify_lines=["ingress"])
    assert lines == []
    said = " ".join(output.split())
    assert "No line would be checked: name some in model_verify_lines, or leave it out; --tags and --skip-tags" in said


def test_a_checklist_without_a_line_fails():
    lines, output = checked("--tags", "none_of_them")
    assert lines == []
    assert "This playbook has no tag none_of_them; it has pods_start, " in output
    assert "failed=1" in output
