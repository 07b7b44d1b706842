# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people typed into comparable tools and reported as a bug is understood here, or refused by its name.

The rows stand in public_reports.yml. Those that are understood are rendered by the role's templates; those that are
refused are deployed in one run of playbooks/deploy.yml, each on a host of its own, to no cluster.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
import yaml
from playbook_runs import command
from role_objects import objects

ROWS = yaml.safe_load(Path(__file__).with_name("public_reports.yml").read_text())
REFUSED = {f"refused-{number}": row for number, row in enumerate(ROWS) if "refused" in row}
UNDERSTOOD = {f"understood-{number}": row for number, row in enumerate(ROWS) if "understood" in row}
NOWHERE = {"host": "https://127.0.0.1:1", "api_key": "none", "validate_certs": False}


def named(rows: dict[str, dict]) -> list:
    return [pytest.param(host, id=f"{host}-{row['source']}") for host, row in rows.items()]


@pytest.fixture(scope="module")
def rendered() -> dict[str, list[dict]]:
    sets = [{"model_serving_image": "registry.example.org/api:1", **row["given"]} for row in UNDERSTOOD.values()]
    return dict(zip(UNDERSTOOD, objects(sets), strict=True))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory) -> dict:
    """What Ansible reports of the deployments that are refused."""
    folder = tmp_path_factory.mktemp("reports")
    common = {
        # Each is a release of its own.
        "model_serving_namespace": "{{ inventory_hostname }}",
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "model_image_cache_dir": str(folder / "cache"),
        "model_serving_image": "registry.example.org/model-api:0123456789ab",
        "model_serving_kubernetes": NOWHERE,
        "model_serving_targets_at_once": len(REFUSED),
    }
    hosts = {host: row["given"] for host, row in REFUSED.items()}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": common, "hosts": hosts}}))
    inventory = str(folder / "hosts.yml")
    done = command(
        "ansible-playbook", "playbooks/deploy.yml", "-i", inventory, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json"
    )
    assert done.status != 0, done.output
    return json.loads(done.output[done.output.index("{\n") :])


def holds(value: object, expected: object) -> bool:
    """Whether the value has what is expected, and maybe more: fields of mappings, elements of lists by position."""
    if isinstance(expected, dict) and isinstance(value, dict):
        return all(name in value and holds(value[name], item) for name, item in expected.items())
    if isinstance(expected, list) and isinstance(value, list):
        return len(value) >= len(expected) and all(map(holds, value, expected))
    return type(value) is type(expected) and value == expected


@pytest.mark.parametrize("host", named(UNDERSTOOD))
def test_what_is_understood_stands_in_the_objects(rendered, host):
    for kind, expected in UNDERSTOOD[host]["understood"].items():
        found = [
            item for item in rendered[host] if kind in (item["kind"], f"{item['kind']}/{item['metadata']['name']}")
        ]
        assert any(holds(item, expected) for item in found), yaml.safe_dump_all(found)


@pytest.mark.parametrize("host", named(REFUSED))
def test_what_is_refused_is_refused_by_its_name_before_anything_is_changed(deployed, host):
    told = {
        result["msg"].rstrip("\n")
        for play in deployed["plays"]
        for task in play["tasks"]
        for name, result in task["hosts"].items()
        if name == host and result.get("failed")
    }
    assert told == {"\n".join(REFUSED[host]["refused"])}
    assert deployed["stats"][host]["changed"] == 0


def test_every_row_names_its_report():
    sources = {row["source"] for row in ROWS}
    assert len(sources) >= 60
    assert [source for source in sources if not re.fullmatch(r"[\w.-]+/[\w.-]+#[0-9]+", source)] == []
