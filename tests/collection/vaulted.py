# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory whose secrets are in ansible-vault, as docs/secrets.md says, and runs with its password."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from planted import KEY, PULL, secret
from playbook_runs import Run, command

IN_FILE = {
    "vault_api_key": secret("api-key"),
    "vault_cluster_token": secret("cluster-token"),
    "vault_store_password": secret("model-store"),
    "vault_webhook": f"http://127.0.0.1:9/{secret('webhook')}",
}
# Each encrypted by itself, in a file that is readable otherwise.
ALONE = {"vault_pull": json.dumps(PULL), "vault_tls_key": KEY}


def owned(name: str, kind: str, **fields: str) -> dict:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind, "stringData": fields}


VARIABLES = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    "model_serving_image": "registry.example.org/model-api:1",
    # Nobody answers there.
    "model_serving_kubernetes": {"host": "http://127.0.0.1:9", "api_key": "{{ vault_cluster_token }}"},
    "model_serving_notify_webhook_url": "{{ vault_webhook }}",
    "model_serving_extra_objects": [
        owned("api-keys", "Opaque", keys="{{ vault_api_key }}"),
        owned("pull", "kubernetes.io/dockerconfigjson", **{".dockerconfigjson": "{{ vault_pull }}"}),
        owned("own-tls", "kubernetes.io/tls", **{"tls.crt": "not checked", "tls.key": "{{ vault_tls_key }}"}),
        owned("model-store", "Opaque", AWS_ACCESS_KEY_ID="reader", AWS_SECRET_ACCESS_KEY="{{ vault_store_password }}"),
    ],
    "model_serving_image_pull_secrets": ["pull"],
    "model_serving_settings": {"SERVER_API_KEYS_FILE": "/api-keys/keys"},
    "model_serving_settings_secrets": ["model-store"],
    "model_serving_extra_volumes": [{"name": "api-keys", "secret": {"secretName": "api-keys"}}],
    "model_serving_extra_volume_mounts": [{"name": "api-keys", "mountPath": "/api-keys", "readOnly": True}],
    "model_serving_verify_headers": {"Authorization": "Bearer {{ vault_api_key }}"},
}


def inventory(folder: Path, more: dict) -> None:
    """hosts.yml with the host ``target``, its variables, and password with the password."""
    (folder / "password").write_text("of the tests\n")
    variables = folder / "group_vars" / "all"
    variables.mkdir(parents=True)
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"target": {}}}}))
    (variables / "main.yml").write_text(yaml.safe_dump({**VARIABLES, **more}))
    (variables / "secrets.yml").write_text(yaml.safe_dump(IN_FILE))
    vault(folder, "encrypt", str(variables / "secrets.yml"))
    alone = [vault(folder, "encrypt_string", "--name", name, "--", text) for name, text in ALONE.items()]
    (variables / "alone.yml").write_text("\n".join(alone))


def vault(folder: Path, verb: str, *arguments: str) -> str:
    done = command("ansible-vault", verb, "--vault-password-file", str(folder / "password"), *arguments)
    assert done.status == 0, done.output
    return done.output.replace("Encryption successful", "")


def run(folder: Path, playbook: str, *arguments: str) -> Run:
    given = ("-i", str(folder / "hosts.yml"), "--vault-password-file", str(folder / "password"))
    return command("ansible-playbook", f"playbooks/{playbook}.yml", *given, *arguments)
