# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/render.yml writes one release in three formats, and the Roles for it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml
from chart import as_role, chart_objects
from compared import Objects, by_name, differences
from helm_programs import output
from playbook_runs import command
from test_kustomize import without_empty_annotations

FORMATS = ("manifests", "kustomize", "helm", "roles")
# Helm reads 1.0 as 1.
NUMBERS = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "numbers"},
    "data": {"version": 1.0, "list": [2.0, 0.5]},
}
# As a survey sends them: text.
TARGETS = {
    "eu": {
        "model_serving_extra_objects": [NUMBERS],
        "model_serving_ingress_host": "eu.example.org",
        "model_serving_autoscaling_max_replicas": "20",
    },
    "us": {"model_serving_log_level": "DEBUG", "model_serving_pdb_enabled": "no", "model_serving_namespace": "others"},
}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory) -> dict[str, Path]:
    """The folder of each format."""
    folder = tmp_path_factory.mktemp("formats")
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "model_serving_image": "registry.example.org/model-api:1",
    }
    inventory = folder / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"vars": common, "hosts": TARGETS}}))
    for form in FORMATS:
        options = {"model_serving_render_format": form, "model_serving_render_directory": str(folder / form)}
        run = command("ansible-playbook", "playbooks/render.yml", "-i", str(inventory), "-e", json.dumps(options))
        assert run.status == 0, run.output
    return {form: folder / form for form in FORMATS}


def manifests(rendered: dict[str, Path], target: str) -> Objects:
    objects = list(yaml.safe_load_all((rendered["manifests"] / f"{target}.yml").read_text()))
    return by_name(without_empty_annotations(objects))


def test_another_inventory_puts_no_base_under_these_overlays(rendered, tmp_path):
    before = (rendered["kustomize"] / "base/objects.yaml").read_text()
    inventory = tmp_path / "hosts.yml"
    host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "model_serving_image": "a:2"}
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"test": host}}}))
    given = {"model_serving_render_format": "kustomize", "model_serving_render_directory": str(rendered["kustomize"])}
    run = command("ansible-playbook", "playbooks/render.yml", "-i", str(inventory), "-e", json.dumps(given))
    assert run.status != 0 and "has overlays that are not of this inventory's targets: eu, us." in run.output
    assert (rendered["kustomize"] / "base/objects.yaml").read_text() == before


@pytest.mark.parametrize("target", TARGETS)
def test_an_overlay_is_the_targets_manifests(rendered, target):
    built = output("kustomize", "build", rendered["kustomize"] / "overlays" / target)
    assert differences(manifests(rendered, target), by_name(list(yaml.safe_load_all(built)))) == []


@pytest.mark.parametrize("target", TARGETS)
def test_the_values_make_the_targets_manifests(rendered, target):
    (values,) = yaml.safe_load_all((rendered["helm"] / f"{target}.values.yml").read_text())
    namespace = TARGETS[target].get("model_serving_namespace", "ml-serving")
    made = as_role(chart_objects(values, namespace=namespace))
    assert differences(manifests(rendered, target), by_name(without_empty_annotations(made))) == []


def test_values_are_only_what_differs(rendered):
    (values,) = yaml.safe_load_all((rendered["helm"] / "us.values.yml").read_text())
    assert values == {
        "image": {"repository": "registry.example.org/model-api", "tag": "1", "digest": ""},
        "podDisruptionBudget": {"enabled": False},
        "server": {"logLevel": "DEBUG"},
    }


@pytest.mark.parametrize("target", TARGETS)
def test_the_roles_are_for_the_targets_kinds(rendered, target):
    made = {
        document["metadata"]["name"]: document
        for document in yaml.safe_load_all((rendered["roles"] / f"{target}.roles.yml").read_text())
        if document["kind"] == "Role"
    }
    assert {role["metadata"]["namespace"] for role in made.values()} == {
        TARGETS[target].get("model_serving_namespace", "ml-serving")
    }
    written = {name for rule in made["model-api-deployer"]["rules"] for name in rule["resources"]}
    assert ("poddisruptionbudgets" in written) == ("model_serving_pdb_enabled" not in TARGETS[target])
    changing = {"create", "update", "patch", "delete"}
    may = {
        name: changing & set(rule["verbs"]) for rule in made["model-api-viewer"]["rules"] for name in rule["resources"]
    }
    # A prediction is a POST through the API server's proxy.
    assert {name for name, verbs in may.items() if verbs} == {"services/proxy"}
