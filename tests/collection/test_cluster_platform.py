# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/cluster.yml runs a cluster only where the inventory says which one: by default none is built."""

from __future__ import annotations

import pytest
import yaml
from playbook_runs import ROOT, command

PLATFORMS = "local, minikube, gke"
# Whose cluster somebody else makes.
YOURS = ("aks", "eks", "openshift")


def refusal(inventory: str, *arguments: str) -> str:
    run = command("ansible-playbook", "playbooks/cluster.yml", "-i", inventory, "--check", *arguments)
    assert run.status != 0
    assert "changed=0" in run.output and "local_cluster" not in run.output, run.output
    return " ".join(run.output.split())


@pytest.mark.parametrize("name", YOURS)
def test_a_cluster_that_is_yours_to_make_is_left_alone(name):
    said = refusal(f"inventories/{name}")
    assert "The inventory sets no cluster_platform, so the cluster is yours to make." in said
    assert f"cluster_platform is one of {PLATFORMS}." in said


def test_an_unknown_platform_is_refused_with_those_that_there_are():
    said = refusal("inventories/eks", "-e", "cluster_platform=eks")
    assert f"cluster_platform is eks. It must be one of {PLATFORMS}." in said


def test_each_platform_has_a_role_and_each_inventory_with_one_names_it():
    play = yaml.safe_load((ROOT / "playbooks/cluster.yml").read_text())[0]
    assert ", ".join(play["vars"]["_platforms"]) == PLATFORMS
    assert play["vars"]["_clusters"].keys() == set(play["vars"]["_platforms"])
    assert all((ROOT / "roles" / f"{name}_cluster").is_dir() for name in play["vars"]["_platforms"])
    naming = {
        path.relative_to(ROOT / "inventories").parts[0]
        for path in (ROOT / "inventories").rglob("*.yml")
        if "cluster_platform" in (yaml.safe_load(path.read_text()) or {})
    }
    assert naming == {path.name for path in (ROOT / "inventories").iterdir()} - set(YOURS)
