# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A number where a path is meant is refused by name, before anything else: real runs of the playbooks that read one."""

from __future__ import annotations

import sys

import pytest
from playbook_runs import command

HERE = f"""
ansible_connection: local
ansible_python_interpreter: {sys.executable}
model_serving_kubernetes: {{host: "https://127.0.0.1:1", api_key: none, validate_certs: false}}
model_serving_verify_url: http://127.0.0.1:1
"""


def number(variable: str) -> str:
    return "[2026]" if variable == "model_image_modules" else "2026"


@pytest.mark.parametrize("folder", ["file", "file/below", "taken"])
def test_a_folder_that_cannot_be_written_to_is_named_with_its_variable(tmp_path, folder):
    (tmp_path / "file").write_text("")
    (tmp_path / "taken" / "one.yml").mkdir(parents=True)
    (tmp_path / "hosts.yml").write_text("all: {hosts: {one: {model_serving_image: 'a:1'}}}\n")
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/all.yml").write_text(HERE + f"model_serving_render_directory: {tmp_path / folder}\n")
    done = command("ansible-playbook", "playbooks/render.yml", "-i", str(tmp_path / "hosts.yml"))
    said = " ".join(done.output.split())
    assert done.status != 0
    assert "cannot be written" in said and "Correct model_serving_render_directory" in said, done.output
    assert said.count("fatal:") == 1


@pytest.mark.parametrize(
    ("playbook", "variables"),
    [
        (
            "deploy",
            ["model_image_model", "model_image_modules", "model_serving_verify_ca_cert", "model_serving_report"],
        ),
        ("rollback", ["model_serving_report", "model_serving_verify_ca_cert", "model_serving_notify_ca_cert"]),
        ("verify", ["model_verify_report", "model_serving_verify_ca_cert"]),
        ("load_test", ["load_test_report", "load_test_program", "load_test_k6"]),
        ("resilience", ["model_resilience_report", "load_test_program"]),
        ("render", ["model_serving_render_directory"]),
    ],
)
def test_a_number_is_no_path(tmp_path, playbook, variables):
    (tmp_path / "hosts.yml").write_text("all: {hosts: {one: {}}}\n")
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/all.yml").write_text(HERE + "".join(f"{name}: {number(name)}\n" for name in variables))
    done = command("ansible-playbook", f"playbooks/{playbook}.yml", "-i", str(tmp_path / "hosts.yml"))
    said = " ".join(done.output.split())
    assert done.status != 0
    for name in variables:
        where = f"{name}[0]" if name == "model_image_modules" else name
        assert f"{where} (2026) must be a path, in quotes where it looks like a number." in said, done.output
    assert "Traceback" not in said and "filter plugin" not in said
