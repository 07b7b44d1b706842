# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of the inventory stand in no output, however much Ansible is asked to say; without a cluster."""

from __future__ import annotations

import planted
import pytest
import yaml
from planted import secret
from playbook_runs import command

SECRETS = {
    "model_serving_verify_headers": planted.HEADERS,
    # Nobody answers there: what is said of a connection that fails is said too.
    "model_serving_kubernetes": {"host": "http://127.0.0.1:9", "api_key": secret("cluster-token")},
    "model_serving_notify_webhook_url": f"http://127.0.0.1:9/{secret('webhook')}",
    "model_serving_notify_grafana_token": secret("grafana-token"),
    "awx_setup_token": secret("awx-token"),
    "awx_setup_password": secret("awx-password"),
    "awx_setup_kubeconfig": secret("awx-kubeconfig"),
    "model_serving_extra_containers": [planted.sidecar("registry.example.org/sidecar:1", "run")],
    **planted.IN_OBJECTS,
}
# The role refuses credentials in the address of a model store, for these stand in a ConfigMap.
IN_ADDRESS = {
    "model_serving_models": [
        {
            "name": "m",
            "version": "1",
            "uri": f"https://user:{secret('model-store')}@store.example/m.skops",
            "sha256": "ab" * 32,
        }
    ],
}
WRONG = {"model_serving_extra_objects": [*planted.OBJECTS, {"kind": "Secret", "stringData": {"k": secret("wrong")}}]}


@pytest.mark.parametrize(
    ("playbook", "arguments", "more", "status"),
    [
        ("render", ["--diff"], {}, 0),
        ("render", ["--diff"], {"model_serving_render_format": "kustomize"}, 0),
        ("render", ["--diff"], WRONG, 2),
        ("render", ["--diff"], IN_ADDRESS, 2),
        ("deploy", ["--check", "--diff"], {}, 2),
    ],
)
def test_planted_secrets_are_found_nowhere(playbook, arguments, more, status, tmp_path):
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "model_serving_image": "registry.example.org/model-api:1",
        "model_serving_render_directory": str(tmp_path / "rendered"),
    }
    hosts = {"all": {"vars": {**common, **SECRETS, **more}, "hosts": {"target": {}}}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(hosts))
    run = command(
        "ansible-playbook", f"playbooks/{playbook}.yml", "-i", str(tmp_path / "hosts.yml"), "-vvv", *arguments
    )
    assert run.status == status, run.output
    assert "TASK [" in run.output
    assert planted.found(run.output) == []
    # What is rendered has what a release has, and nothing of how the cluster is reached.
    written = " ".join(path.read_text() for path in tmp_path.rglob("rendered/*") if path.is_file())
    assert not {"header", "cluster-token", "awx-token", "awx-password", "awx-kubeconfig"} & set(planted.found(written))
