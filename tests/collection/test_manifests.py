# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every template is a manifest of the release. A forgotten step of adding one fails a test that names the step."""

from __future__ import annotations

import re

from playbook_runs import ROLE, ROOT, manifests

TEMPLATES = {path.name.removesuffix(".yml.j2"): path.read_text() for path in sorted((ROLE / "templates").iterdir())}
MANIFESTS = set(manifests())
PAGE = ROOT / "docs" / "operations.md"


def test_every_template_has_its_row_in_the_table_of_manifests():
    forgotten = [
        f"templates/{name}.yml.j2 is never rendered: add {name} to _model_serving_manifests in "
        "roles/model_serving/vars/main.yml, with the condition on which it belongs to the release"
        for name in sorted(TEMPLATES.keys() - MANIFESTS)
    ]
    assert not forgotten, "\n".join(forgotten)


def test_every_row_of_the_table_has_its_template():
    forgotten = [
        f"_model_serving_manifests names {name}: add templates/{name}.yml.j2, or take the row out"
        for name in sorted(MANIFESTS - TEMPLATES.keys())
    ]
    assert not forgotten, "\n".join(forgotten)


def test_a_template_makes_one_object():
    several = [
        f"templates/{name}.yml.j2 makes {len(made)} objects: a template each"
        for name, text in TEMPLATES.items()
        if len(made := re.findall(r"^kind: \w+$", text, re.MULTILINE)) != 1
    ]
    assert not several, "\n".join(several)


def test_every_manifest_is_documented():
    documented = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    forgotten = [
        f"docs/operations.md says nothing of {name}: add its row to the table of what a release holds, with what it is "
        "for and when it is there"
        for name in TEMPLATES
        if name not in documented
    ]
    assert not forgotten, "\n".join(forgotten)
    assert [name for name in documented if name not in TEMPLATES] == [], "rows of docs/operations.md without a template"
