# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The chart helm/model-api is the role in Helm's words: the same objects for the same values."""

from __future__ import annotations

import base64
import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml
from chart import as_role, chart_objects, lint, template, values_of
from compared import by_name, differences
from helm_programs import HELMS, output, program, run
from random_sets import FETCHED, candidates
from role_objects import objects
from write_chart import CHART, COMMAND, ROOT, files, options, table, without_value

from ansible_collections.modelops.serving.plugins.module_utils.common import kinds

IMAGE = {"model_serving_image": "registry.example.org/model-api:0123456789ab"}
PRODUCTION = CHART / "values-production.yaml"


def test_what_is_written_from_the_role_is_up_to_date():
    old = [str(path.relative_to(ROOT)) for path, text in files().items() if path.read_text() != text]
    assert not old, f"{', '.join(old)}: run {COMMAND}"


def test_every_variable_is_a_value_or_stands_among_those_that_are_none():
    values, without = set(table().values()), without_value()
    missing = set(options()) - values - without
    assert not missing, f"roles/model_serving/vars/helm.yml has no row for {', '.join(sorted(missing))}"
    assert values & without == set()
    assert (values | without) - set(options()) == set()


@pytest.mark.parametrize("helm", HELMS)
def test_the_defaults_are_the_roles(helm):
    (of_role,) = objects([IMAGE])
    of_chart = chart_objects(values_of(IMAGE), helm=helm)
    assert differences(by_name(of_role), by_name(as_role(of_chart))) == []


def test_random_values_are_the_roles(given, of_role):
    program("helm")  # built before two threads ask for it
    with ThreadPoolExecutor(2) as pool:
        of_chart = list(pool.map(chart_objects, map(values_of, given)))
    wrong = {}
    for seed, (one, other) in enumerate(zip(of_role, of_chart, strict=True)):
        if found := differences(by_name(one), by_name(as_role(other))):
            wrong[f"seed {seed}"] = found
    assert not wrong, json.dumps(wrong, indent=2)


def test_the_random_sets_hold_every_variable_of_the_chart(given):
    assert set(candidates()) <= {name for variables in given for name in variables}


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("more", [(), ("--values", PRODUCTION)], ids=["defaults", "production"])
def test_lint_has_nothing_to_say(helm, more):
    assert lint(helm, CHART, *more) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (
            "minReadySeconds: {{ .Values.minReadySeconds }}",
            "minReadySeconds: 4",
            "Deployment/model-api.spec.minReadySeconds",
        ),
        ("  progressDeadlineSeconds: {{ .Values.progressDeadlineSeconds }}\n", "", "spec.progressDeadlineSeconds"),
    ],
)
def test_a_chart_that_moves_alone_is_found(tmp_path, old, new, found):
    chart = tmp_path / "model-api"
    shutil.copytree(CHART, chart)
    moved = chart / "templates" / "deployment.yaml"
    moved.write_text(moved.read_text().replace(old, new))
    (of_role,) = objects([IMAGE])
    (difference,) = differences(by_name(of_role), by_name(as_role(chart_objects(values_of(IMAGE), chart=chart))))
    assert found in difference


def test_the_default_image_is_the_one_that_the_local_cluster_has():
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    local = yaml.safe_load((ROOT / "inventories" / "local" / "group_vars" / "all.yml").read_text())
    (container,) = by_name(chart_objects({}))["Deployment/model-api"]["spec"]["template"]["spec"]["containers"]
    assert (chart["version"], chart["appVersion"]) == (version, version)
    assert f"'{container['image']}'" in local["model_image_alias"]


def test_production_is_what_it_says():
    values = yaml.safe_load(PRODUCTION.read_text())
    made = by_name(chart_objects(values))
    (container,) = made["Deployment/model-api"]["spec"]["template"]["spec"]["containers"]
    autoscaler = made["HorizontalPodAutoscaler/model-api"]["spec"]
    assert values["replicaCount"] == 5
    assert container["resources"]["limits"] == {"cpu": "2000m", "memory": "4Gi"}
    assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == (5, 20)


def test_replica_count_counts_without_an_autoscaler():
    made = by_name(chart_objects({"replicaCount": 5, "autoscaling": {"enabled": False}}))
    assert made["Deployment/model-api"]["spec"]["replicas"] == 5
    assert "HorizontalPodAutoscaler/model-api" not in made


def test_text_may_be_written_as_a_number_or_true():
    """As in the role: Kubernetes takes text only."""
    values = {
        "commonLabels": {"year": 2026, "spot": True, "share": 1.5},
        "server": {"settings": {"SOME_BYTES": 10485760}},
        "resources": {"limits": {"cpu": 2}},
        "updateStrategy": {"maxSurge": 2},
    }
    made = by_name(chart_objects(values))
    labels = made["Service/model-api"]["metadata"]["labels"]
    assert (labels["year"], labels["spot"], labels["share"]) == ("2026", "true", "1.5")
    config = next(obj for key, obj in made.items() if key.startswith("ConfigMap/model-api-config"))
    assert config["data"]["SOME_BYTES"] == "10485760"
    assert made["Deployment/model-api"]["spec"]["strategy"]["rollingUpdate"]["maxSurge"] == 2


def test_without_an_operator_its_kinds_are_left_out_but_where_it_is_asked_for():
    """As a release leaves them out where the cluster does not serve them."""
    of_operator, dashboard = {"ServiceMonitor/model-api", "PrometheusRule/model-api"}, "ConfigMap/model-api-dashboard"
    made = by_name(chart_objects({}, served=())).keys()
    assert of_operator & made == set()
    assert dashboard in made
    assert {*of_operator, dashboard} <= by_name(chart_objects({"monitoring": {"mode": "operator"}}, served=())).keys()


def test_every_release_has_a_name_of_its_own():
    made = by_name(chart_objects({}, release="churn", namespace="models"))
    assert {key for key in made if "churn" not in key} == set()
    assert {obj["metadata"]["namespace"] for obj in made.values()} == {"models"}
    assert "Deployment/iris" in by_name(chart_objects({"fullnameOverride": "iris"}, release="churn"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"replicaCuont": 5}, "replicaCuont"),
        ({"autoscaling": {"minReplica": 5}}, "minReplica"),
        ({"replicaCount": "five"}, "replicaCount"),
        ({"ingress": {"dialect": "nginx"}}, "dialect"),
        ({"models": {"fetch": [{"name": "churn"}]}}, "version"),
        ({"models": {"fetch": [{**FETCHED, "version": 1.1}]}}, "version"),
        ({"updateStrategy": {"maxSurge": "two"}}, "two"),
        ({"fullnameOverride": "Churn"}, "fullnameOverride"),
        ({"commonLabels": {"team": ["a"]}}, "team"),
        ({"resources": {"requests": {"memmory": "1Gi"}}}, "memmory"),
        ({"resources": {"limits": {"cpus": "1"}}}, "cpus"),
        ({"imagePullSecrets": [{"name": "registry", "nmae": "other"}]}, "nmae"),
        ({"tolerations": [None]}, "tolerations"),
        ({"extraContainers": [{"name": "a", "image": "a:1", "env": [None]}]}, "extraContainers"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(values, words):
    done = template(values)
    assert done.returncode != 0
    assert words in done.stderr


@pytest.mark.parametrize("helm", HELMS)
def test_a_resource_that_only_kubernetes_knows_is_taken(helm):
    more = {"nvidia.com/gpu": "1", "hugepages-2Mi": "4Mi"}
    made = by_name(chart_objects({"resources": {"requests": more, "limits": more}}, helm=helm))
    (server,) = made["Deployment/model-api"]["spec"]["template"]["spec"]["containers"]
    assert more.items() <= server["resources"]["limits"].items()


@pytest.mark.parametrize("helm", HELMS)
def test_two_of_one_parent_need_names_of_their_own(helm, tmp_path):
    parent = tmp_path / "parent"
    shutil.copytree(CHART, parent / "charts" / "model-api")
    named = [{"name": "model-api", "version": ">=0.0.0-0", "alias": alias} for alias in ("one", "two")]
    about = {"apiVersion": "v2", "name": "parent", "version": "0.1.0", "dependencies": named}
    (parent / "Chart.yaml").write_text(yaml.safe_dump(about))
    given = ["template", "x", parent, "--set", "one.image.repository=a,two.image.repository=b"]
    refused = run(helm, *given)
    assert refused.returncode and "set it there, for another one of the same parent" in refused.stderr, refused.stderr
    made = output(helm, *given, "--set", "one.fullnameOverride=first,two.fullnameOverride=second")
    names = {obj["metadata"]["name"] for obj in yaml.safe_load_all(made) if obj and obj["kind"] == "Deployment"}
    assert names == {"first", "second"}


@pytest.mark.parametrize("helm", HELMS)
def test_every_test_hook_has_the_name_of_the_pod(helm):
    """Helm 3 asks for the log of a pod of that name, also where the hook is a policy."""
    done = template({"networkPolicy": {"enabled": True}}, helm=helm)
    found = [obj for obj in yaml.safe_load_all(done.stdout) if obj]
    hooks = [obj for obj in found if (obj["metadata"].get("annotations") or {}).get("helm.sh/hook") == "test"]
    assert sorted(obj["kind"] for obj in hooks) == ["NetworkPolicy", "Pod"]
    assert {obj["metadata"]["name"] for obj in hooks} == {"0-model-api-test"}


def test_the_kinds_that_are_in_no_namespace_are_the_roles():
    own = [
        {"apiVersion": f"{group}/v1".lstrip("/"), "kind": kind, "metadata": {"name": f"n{number}"}}
        for group, known in kinds.CLUSTER_WIDE.items()
        for number, kind in enumerate(known)
    ]
    namesakes = [obj | {"apiVersion": "example.org/v1"} for obj in own if obj["kind"] == "ClusterRole"]
    made = by_name(chart_objects({"extraObjects": own + [obj | {"metadata": {"name": "other"}} for obj in namesakes]}))
    named = {f"{obj['kind']}/{obj['metadata']['name']}" for obj in own}
    assert not [name for name in named if "namespace" in made[name]["metadata"]]
    assert made["ClusterRole/other"]["metadata"]["namespace"] == "ml-serving"


@pytest.mark.parametrize("helm", HELMS)
def test_no_line_is_trimmed_off_the_last_text(helm):
    """Helm 3 trims each document, and the text stands at the end of its own."""
    text = "a\n\n"
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "own"}, "stringData": {"z": text}}
    of_helm = template({"server": {"settings": {"ZZ": text}}, "extraObjects": [secret]}, helm=helm).stdout
    trimmed = by_name(
        [obj for part in re.split(r"^---$", of_helm, flags=re.M) if (obj := yaml.safe_load(part.strip()))]
    )
    (settings,) = (obj["data"] for name, obj in trimmed.items() if name.startswith("ConfigMap/model-api-config-"))
    assert settings["ZZ"] == base64.b64decode(trimmed["Secret/own"]["data"]["z"]).decode() == text
