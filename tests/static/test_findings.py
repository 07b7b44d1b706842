# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What kube-score, checkov and Kubernetes' schemas find in the set of every target of the inventories: findings.yml."""

from __future__ import annotations

from pathlib import Path

import judges
import kind_definitions
import pytest
import yaml
from playbook_runs import ROOT, command
from validity import NEWEST, OLDEST, problems

ROWS = yaml.safe_load((Path(__file__).parent / "findings.yml").read_text())
IMAGE = "registry.example.org/model-api:0123456789ab"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory) -> Path:
    """A folder with a file for each target."""
    folder = tmp_path_factory.mktemp("rendered")
    for inventory in sorted((ROOT / "inventories").iterdir()):
        variables = ("-e", f"model_serving_image={IMAGE}", "-e", f"model_serving_render_directory={folder}")
        done = command("ansible-playbook", "playbooks/render.yml", "-i", str(inventory), *variables)
        assert done.status == 0, done.output
    return folder


@pytest.fixture(scope="module")
def targets(rendered) -> dict[str, list[dict]]:
    paths = sorted(rendered.glob("*.yml"))
    return {path.stem: list(yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader)) for path in paths}


def expected(tool: str) -> set[tuple[str, str]]:
    return {("Deployment", check) for check in ROWS[tool]}


@pytest.mark.longer
@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kube_score_finds_what_has_a_reason_and_nothing_else(rendered, targets, version):
    found = {name: judges.kube_score(rendered / f"{name}.yml", version) for name in targets}
    assert found == {name: expected("kube-score") for name in targets}


def test_checkov_finds_what_has_a_reason_and_nothing_else(rendered, targets):
    assert judges.checkov(rendered) == {name: expected("checkov") for name in targets}


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_object_is_valid(targets, version):
    known = [
        obj
        for objects in targets.values()
        for obj in objects
        if (obj["apiVersion"], obj["kind"]) not in kind_definitions.UNKNOWN
    ]
    assert [problem for obj in known for problem in problems(obj, version)] == []


def test_every_row_says_why_and_what_to_do_instead():
    assert set(ROWS) == {"kube-score", "checkov"}
    for rows in ROWS.values():
        assert all(set(row) == {"why", "instead"} and all(row.values()) for row in rows.values())


def test_a_finding_that_has_no_row_is_found(targets, tmp_path):
    changed = [dict(obj) for obj in targets["local"]]
    (deployment,) = (obj for obj in changed if obj["kind"] == "Deployment")
    (api,) = deployment["spec"]["template"]["spec"]["containers"]
    api["securityContext"] = {**api["securityContext"], "privileged": True}
    (tmp_path / "local.yml").write_text(yaml.safe_dump_all(changed))
    more = judges.kube_score(tmp_path / "local.yml", OLDEST) - expected("kube-score")
    assert more == {("Deployment", "container-security-context-privileged")}
    assert ("Deployment", "CKV_K8S_16") in judges.checkov(tmp_path)["local"]
