# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets of the inventory stand in no output, however much Ansible is asked to say; without a cluster."""

from __future__ import annotations

import pytest
import yaml
from playbook_runs import command

PLANTED = "pl4nted-s3cret"
SECRETS = {
    "model_serving_verify_headers": {"Authorization": f"Bearer {PLANTED}-1"},
    # Nobody answers there: what is said of a connection that fails is said too.
    "model_serving_kubernetes": {"host": "http://127.0.0.1:9", "api_key": f"{PLANTED}-2"},
    "awx_setup_token": f"{PLANTED}-3",
    "awx_setup_password": f"{PLANTED}-4",
    "awx_setup_kubeconfig": f"{PLANTED}-5",
}


@pytest.mark.parametrize(
    ("playbook", "arguments", "status"), [("render", ["--diff"], 0), ("deploy", ["--check", "--diff"], 2)]
)
def test_planted_secrets_are_found_nowhere(playbook, arguments, status, tmp_path):
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "model_serving_image": "registry.example.org/model-api:1",
        "model_serving_render_directory": str(tmp_path / "rendered"),
    }
    hosts = {"all": {"vars": {**common, **SECRETS}, "hosts": {"target": {}}}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(hosts))
    run = command(
        "ansible-playbook", f"playbooks/{playbook}.yml", "-i", str(tmp_path / "hosts.yml"), "-vvv", *arguments
    )
    assert run.status == status, run.output
    assert "TASK [" in run.output
    assert PLANTED not in run.output
    assert not any(PLANTED in path.read_text() for path in tmp_path.glob("rendered/*"))
