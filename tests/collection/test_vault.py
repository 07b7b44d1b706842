# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets from ansible-vault reach the release and no output: a file encrypted as a whole, and single values."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import planted
import pytest
import vaulted
import yaml
from planted import secret
from playbook_runs import command


@pytest.fixture(scope="module")
def inventory(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("vaulted")
    vaulted.inventory(folder, {"model_serving_render_directory": str(folder / "rendered")})
    return folder


@pytest.mark.parametrize("verbosity", ["-v", "-vv", "-vvv"])
def test_what_is_in_the_vault_is_in_the_objects_and_in_no_output(inventory, verbosity):
    run = vaulted.run(inventory, "render", verbosity, "--diff")
    assert run.status == 0, run.output
    assert planted.found(run.output) == []
    objects = list(yaml.safe_load_all((inventory / "rendered" / "target.yml").read_text()))
    secrets = {entry["metadata"]["name"]: contents(entry) for entry in objects if entry["kind"] == "Secret"}
    assert secrets["api-keys"]["keys"] == secret("api-key")
    assert json.loads(secrets["pull"][".dockerconfigjson"]) == planted.PULL
    assert secrets["own-tls"]["tls.key"] == planted.KEY
    assert secrets["model-store"]["AWS_SECRET_ACCESS_KEY"] == secret("model-store")


def test_a_cluster_that_does_not_answer_is_told_without_them(inventory):
    run = vaulted.run(inventory, "deploy", "-vvv", "--check", "--diff")
    assert run.status == 2, run.output
    assert "127.0.0.1:9" in run.output
    assert planted.found(run.output) == []


def contents(entry: dict) -> dict[str, str]:
    encoded = {key: b64decode(value).decode() for key, value in (entry.get("data") or {}).items()}
    return {**encoded, **(entry.get("stringData") or {})}


def test_without_its_password_nothing_is_run_and_nothing_is_said_of_the_content(inventory):
    run = command("ansible-playbook", "playbooks/render.yml", "-i", str(inventory / "hosts.yml"), "-vvv")
    assert run.status != 0
    assert "vault" in run.output.lower()
    assert planted.found(run.output) == []
