# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values that cannot be deployed together are refused by the chart in the role's sentences."""

from __future__ import annotations

import re

import pytest
import yaml
from chart import template, values_of
from helm_programs import HELMS
from random_sets import FETCHED
from write_chart import ROOT, table

ROWS = yaml.safe_load((ROOT / "tests/unit/plugins/module_utils/variables/constraints/table.yml").read_text())
HELD = {
    "models-from-one-place",
    "model-store-reachable",
    "autoscaling-bounds",
    "autoscaling-without-a-metric",
    "pdb-leaves-none",
    "update-moves-no-pod",
    "port-moved",
    "grpc-port-taken",
    "grpc-by-settings",
    "host-moved",
    "drain",
    "ingress-gives-up-first",
    "paths-empty",
    "prefix-stays",
    "prefix-of-a-service",
    "route-path",
    "passthrough-path",
    "tls-by-settings",
    "selector-label",
    "release-label",
    "extra-object-twice",
    "extra-object-metadata",
    "extra-object-namespace",
    "patch-of-an-identity",
    "patch-selects-no-pod",
    "patch-without-pods",
    "label-name",
    "label-value",
    "alert-label-name",
    "setting-name",
    "cpu-in-bytes",
    "number-or-percentage",
    "above-all-pods",
    "model-name",
    "model-uri-credentials",
    "model-uri-comma",
    "model-uri",
    "model-sha256",
    "model-twice",
    "deadline",
    "path-unknown",
    "extra-field",
    "extra-name",
    "extra-setting",
    "extra-mount",
    "extra-container-unmeasured",
    "extra-object-deployment",
    "extra-object-list",
    "patch-directive",
    "setting-value",
    "request-above-limit",
}
# What Helm has its own word for.
OF_HELM = {"model_serving_name": "fullnameOverride", "model_serving_namespace": "--namespace"}
# What a row says of the role's own variables, and not of derived ones.
DERIVED = {"fewest_pods"}
CASES = [
    pytest.param(row, id=f"{row['constraint']}-{number}")
    for number, row in enumerate(ROWS)
    if row["constraint"] in HELD and not DERIVED & (row["passes"].keys() | row["fails"].keys())
]


def values(given: dict) -> dict:
    """The values for a row's variables."""
    given = {"network_policy_model_store_cidrs": ["198.51.100.0/24"], **given}
    if "models" in given:
        given["models"] = [{**FETCHED, **model} for model in given["models"]]
    return values_of({f"model_serving_{name}": value for name, value in given.items()})


def in_words_of_the_chart(sentence: str) -> str:
    named = {variable: path for path, variable in table().items()} | OF_HELM
    # What stands in quotes is a key that was given.
    return re.sub(r"(?<!')model_serving_\w+", lambda match: named.get(match[0], match[0]), sentence.strip())


def test_every_manifest_is_compared_with_a_user_s_own_objects():
    texts = [path.read_text() for path in (ROOT / "helm/model-api/templates").glob("*") if path.is_file()]
    listed = re.search(r'define "model-api.manifests" -}}\n(.*)', "\n".join(texts))[1].split()
    assert sorted(listed) == sorted(re.findall(r'define "model-api\.manifest\.(\w+)"', "\n".join(texts)))


@pytest.mark.parametrize(
    ("api_version", "kind", "manifest"),
    [("v1", "Service", "service"), ("apps/v2", "Deployment", "deployment"), ("policy/v1", "PodDisruptionBudget", "")],
)
def test_what_is_rendered_already_is_refused_with_the_patch_that_changes_it(api_version, kind, manifest):
    of_mine = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "model-api"}}
    done = template(values({"extra_objects": [of_mine], "pdb_enabled": False}))
    refused = (
        f"extraObjects[0] ({kind}/model-api) is an object of this release: change it with patches.{manifest}, or give "
        "yours another name."
    )
    assert (refused in done.stderr) == bool(manifest), done.stderr
    assert bool(done.returncode) == bool(manifest)


LOST = {"a\x7fb": "control character", "a\x85b": "control character", "a\uffffb": "control character"}
LOST |= {
    2**53 + 1: "is a number that Helm may read as another one",
    -1e16: "is a number that Helm may read as another one",
}


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("value", LOST, ids=ascii)
def test_what_helm_would_read_as_something_else_is_refused_by_its_place(value, helm):
    of_mine = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "own"}, "spec": {"ids": [value]}}
    done = template({"extraObjects": [of_mine], "patches": {"service": {"spec": {"id": value}}}}, helm=helm)
    assert done.returncode != 0
    for place in ("extraObjects[0].spec.ids[0]", "patches.service.spec.id"):
        assert re.search(rf"^(Error: .*: )?{re.escape(place)} .*{LOST[value]}", done.stderr, re.MULTILINE), done.stderr


def test_a_name_that_helm_would_lose_is_refused_by_its_place():
    of_mine = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "own"}, "spec": {"a\x85b": 1}}
    done = template({"extraObjects": [of_mine]})
    assert "extraObjects[0].spec has a name with a control character" in done.stderr, done.stderr


def test_entries_that_a_number_and_its_text_name_are_two():
    done = template({"patches": {"service": {"spec": {"ports": [{"name": 1}, {"name": "1"}]}}}})
    assert done.returncode == 0 and re.search(r"name: 1\n", done.stdout) and 'name: "1"' in done.stdout


def test_every_one_of_them_has_a_case():
    assert {case.values[0]["constraint"] for case in CASES} == HELD


@pytest.mark.parametrize("row", CASES)
def test_what_the_role_refuses_is_refused_in_the_same_sentence(row):
    done = template(values(row["fails"]))
    assert done.returncode != 0
    for sentence in row["says"]:
        assert in_words_of_the_chart(sentence) in done.stderr


@pytest.mark.parametrize("row", CASES)
def test_what_the_role_allows_is_allowed(row):
    given = dict(row["passes"])
    if "models" in given:  # a row is about one constraint: that each is there once is another one
        given["models"] = [{"version": str(number), **model} for number, model in enumerate(given["models"])]
    done = template(values(given))
    assert done.returncode == 0, done.stderr
