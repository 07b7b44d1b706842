# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A mistake in the variables gives one error that names the variable or file, before anything is changed.

Mistakes are made in two runs of playbooks/deploy.yml, each on its own host: what is found in the variables ends the run
before the rest is.
"""

from __future__ import annotations

import json
import re
import sys

import pytest
import yaml
from playbook_runs import ROOT, command

NOWHERE = {"host": "https://127.0.0.1:1", "api_key": "none", "validate_certs": False}
HERE = {
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
    "model_serving_kubernetes": NOWHERE,
}
TWO_CONTEXTS = {
    "clusters": [{"name": "eu", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "me", "user": {"token": "none"}}],
    "contexts": [{"name": "eu", "context": {"cluster": "eu", "user": "me"}}],
    "current-context": "eu",
}


def with_user(user: dict) -> str:
    return json.dumps({**TWO_CONTEXTS, "users": [{"name": "me", "user": user}]})


SECRETS = ("S3CRET0FTHEUSER", "T0KENOFTHEUSER")
BY_COMMAND = {
    "apiVersion": "client.authentication.k8s.io/v1beta1",
    "command": "kubelogin-of-nobody",
    "args": ["get-token", "--login", "spn", "--client-secret", SECRETS[0]],
}
BY_PROVIDER = {"name": "oidc", "config": {"client-secret": SECRETS[0], "refresh-token": SECRETS[1]}}
KUBECONFIGS = {
    "not-yaml": f"not: [yaml, {SECRETS[0]}",
    "text": "just text",
    "empty": "",
    "no-cluster": "{}",
    "command-of-nobody": with_user({"exec": BY_COMMAND}),
    "no-id-token": with_user({"auth-provider": BY_PROVIDER}),
}
# host → its wrong variables
MISTAKES = {
    "mistyped": {"model_serving_autoscaling_max_replica": 5},
    "mistyped-at-the-beginning": {"model_servig_namespace": "mine", "my_model_serving_name": "innocent"},
    "several": {
        "model_serving_autoscaling_in_flight": -1,
        "model_serving_autoscaling_min_replicas": 11,
        "model_serving_pdb_min_available": 11,
        "model_serving_ingress_timeout": 5,
    },
    "nothing-to-go-by": {
        "model_serving_autoscaling_metrics": [],
        "model_serving_autoscaling_cpu_percent": 0,
        "model_serving_autoscaling_memory_percent": 0,
    },
    "words-left-out": {"model_serving_max_replicas": 5},
    # One constraint of each kind: a name, a label, an amount, a share of the pods, a setting.
    "name": {"model_serving_name": "Churn.v2"},
    "label": {"model_serving_labels": {"team": "Risk & Co"}},
    "label-of-the-release": {"model_serving_labels": {"app.kubernetes.io/managed-by": "argocd"}},
    "milli": {"model_serving_memory_limit": "512m"},
    "eviction": {"model_serving_pdb_min_available": "100%"},
    "port": {"model_serving_settings": {"SERVER_PORT": 8080}},
    "type": {"model_serving_replicas": "three"},
    "list-for-a-dictionary": {"model_serving_labels": ["team"]},
    "choice": {"model_serving_ingress_dialect": "apache"},
    "route-path": {"model_serving_ingress_paths": ["/predict", "/v2"], "model_serving_ingress_dialect": "openshift"},
    "tls-by-hand": {"model_serving_settings": {"SERVER_TLS_KEY_FILE": "/key"}},
    "no-bucket": {"model_serving_slo_latency_seconds": 0.2},
    "no-alert": {"model_serving_alert_for": {"ModelServerReject": "1m"}},
    "models": {
        "model_serving_models": [
            {"name": "churn/7", "version": "7", "uri": "s3://models/churn.skops", "sha256": "0" * 64},
            {"name": "churn", "version": "7", "uri": "https://me:secret@store.example/churn.skops", "sha256": "0" * 64},
            {"name": "churn", "version": "7", "uri": "churn.pkl", "sha256": "none"},
        ],
        "model_serving_models_volume": {"emptyDir": {}},
    },
    "model-without-a-checksum": {"model_serving_models": [{"name": "a", "version": "1", "uri": "file:///a.skops"}]},
    "own-object": {
        "model_serving_extra_objects": [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "model-api"}}]
    },
    "no-ca": {"model_serving_verify_ca_cert": "missing-ca.pem"},
    "missing-kubeconfig": {"model_serving_kubernetes": {"kubeconfig": "FOLDER/missing"}},
}
# What only the release or the build finds out.
MISTAKES_BESIDE = {
    "unreachable": {},
    "context": {"model_serving_kubernetes": {"kubeconfig": "FOLDER/two-contexts", "context": "us"}},
    "missing-module": {
        "model_serving_image": "",
        "model_image_model": "FOLDER/churn.skops",
        "model_image_modules": ["FOLDER/mytransforms.py"],
    },
    "missing-model": {"model_serving_image": "", "model_image_model": "FOLDER/churn.skops"},
    **{name: {"model_serving_kubernetes": {"kubeconfig": f"FOLDER/{name}"}} for name in KUBECONFIGS},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bad-input")
    for name, content in KUBECONFIGS.items():
        (path / name).write_text(content)
    (path / "two-contexts").write_text(yaml.safe_dump(TWO_CONTEXTS))
    return path


@pytest.fixture(scope="module")
def errors(folder) -> dict[str, str]:
    """The one error that each host's deployment ends with."""
    return {**failures_of(MISTAKES, folder), **failures_of(MISTAKES_BESIDE, folder)}


def failures_of(mistakes: dict, folder) -> dict[str, str]:
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        # Each is a release of its own.
        "model_serving_namespace": "{{ inventory_hostname }}",
        "model_image_cache_dir": str(folder / "cache"),
        "model_serving_image": "registry.example.org/model-api:0123456789ab",
        "model_serving_kubernetes": NOWHERE,
    }
    hosts = json.loads(json.dumps(mistakes).replace("FOLDER", str(folder)))
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": common, "hosts": hosts}}))
    done = command(
        "ansible-playbook",
        "playbooks/deploy.yml",
        "-i",
        str(folder / "hosts.yml"),
        "-e",
        f"model_serving_targets_at_once={len(hosts)}",
        ANSIBLE_STDOUT_CALLBACK="ansible.posix.json",
    )
    assert done.status != 0, done.output
    assert not any(secret in done.output for secret in SECRETS)
    report = json.loads(done.output[done.output.index("{\n") :])
    assert {host: numbers["changed"] for host, numbers in report["stats"].items()} == dict.fromkeys(hosts, 0)
    failures = {
        host: result["msg"].rstrip("\n")
        for play in report["plays"]
        for task in play["tasks"]
        for host, result in task["hosts"].items()
        if result.get("failed")
    }
    assert failures.keys() == hosts.keys()
    return failures


def test_a_name_that_is_mistyped_at_its_beginning_is_named(errors):
    assert errors["mistyped-at-the-beginning"] == (
        "model_servig_namespace is not a known variable; is model_serving_namespace meant? "
        "If it is your own, name it in model_serving_own_variables."
    )


def test_a_module_of_ones_own_that_is_not_there_is_named_before_the_build(errors, folder):
    assert errors["missing-module"] == f"{folder}/mytransforms.py does not exist: fix model_image_modules."


def test_a_word_that_sets_nothing_is_named():
    given = ("-i", "localhost,", "-c", "local", "-e", json.dumps(HERE), "-e", "model_serving_log_level: DEBUG")
    done = command("ansible-playbook", "playbooks/deploy.yml", *given)
    assert done.status != 0 and "-e has model_serving_log_level without a value" in done.output


def test_a_mistyped_variable_is_named_with_the_nearest_one(errors):
    assert errors["mistyped"] == (
        "model_serving_autoscaling_max_replica is not a known variable; "
        "is model_serving_autoscaling_max_replicas meant?"
    )


def test_all_problems_are_reported_at_once(errors):
    assert [line.split()[0] for line in errors["several"].splitlines()] == list(MISTAKES["several"])


def test_words_that_were_left_out_are_filled_in(errors):
    assert errors["words-left-out"] == (
        "model_serving_max_replicas is not a known variable; is model_serving_autoscaling_max_replicas meant?"
    )


@pytest.mark.parametrize(
    "host",
    [
        "route-path",
        "tls-by-hand",
        "name",
        "label",
        "label-of-the-release",
        "milli",
        "eviction",
        "port",
        "nothing-to-go-by",
    ],
)
def test_what_cannot_be_deployed_is_refused_by_its_name(errors, host):
    assert errors[host].startswith(next(iter(MISTAKES[host])))
    assert "\n" not in errors[host]


@pytest.mark.parametrize("host", ["type", "list-for-a-dictionary", "choice", "no-bucket"])
def test_a_wrong_type_or_choice_names_its_variable(errors, host):
    assert next(iter(MISTAKES[host])) in errors[host]
    assert "must be" in errors[host]


def test_models_that_cannot_be_fetched_are_named(errors):
    assert [line.partition(": ")[0] for line in errors["models"].splitlines()] == [
        "model_serving_models[0] (churn/7/7)",
        "model_serving_models[1] (churn/7)",
        "model_serving_models[2] (churn/7)",
        "model_serving_models[2] (churn/7)",
        "model_serving_models[2] (churn/7) is in the list twice",
        "model_serving_models and model_serving_models_volume are both set",
        "model_serving_network_policy_model_store_cidrs is empty, so the pods cannot fetch churn/7/7",
    ]
    assert errors["model-without-a-checksum"] == "model_serving_models[0] has no sha256: add it."


def test_an_alert_that_does_not_exist_is_named(errors):
    assert "ModelServerReject" in errors["no-alert"]
    assert "ModelServerRejects" in errors["no-alert"]


def test_an_object_of_the_role_is_named_with_the_patch_that_changes_it(errors):
    assert errors["own-object"] == (
        "model_serving_extra_objects[0] (Service/model-api) is an object of this release: change it with "
        "model_serving_patches.service, or give yours another name."
    )


def test_a_missing_ca_is_named_before_anything_is_installed(errors):
    assert errors["no-ca"] == (
        "model_serving_verify_ca_cert ('missing-ca.pem') is not a file on the machine that runs Ansible: "
        "correct the path."
    )


def test_an_unreachable_cluster_is_named_by_its_address(errors):
    assert NOWHERE["host"] in errors["unreachable"]
    assert "cannot be reached" in errors["unreachable"]


def test_a_missing_kubeconfig_is_named(errors, folder):
    assert str(folder / "missing") in errors["missing-kubeconfig"]
    assert "does not exist" in errors["missing-kubeconfig"]


@pytest.mark.parametrize("name", KUBECONFIGS)
def test_a_broken_kubeconfig_is_named(errors, folder, name):
    assert str(folder / name) in errors[name]


def test_an_unknown_context_is_named_with_the_known_ones(errors):
    assert re.search(r"'us'.*It has: eu", errors["context"])


def test_a_missing_model_file_is_named(errors, folder):
    assert str(folder / "churn.skops") in errors["missing-model"]


@pytest.mark.parametrize(
    ("playbook", "given", "meant"),
    [
        ("rollback", "model_serving_rollback_revison", "model_serving_rollback_revision"),
        ("remove", "model_serving_namspace", "model_serving_namespace"),
        ("verify", "model_verify_line", "model_verify_lines"),
        ("load_test", "load_test_profil", "load_test_profile"),
        ("cluster", "local_cluster_nods", "local_cluster_nodes"),
    ],
)
def test_every_playbook_knows_the_names(folder, playbook, given, meant):
    done = command("ansible-playbook", f"playbooks/{playbook}.yml", "-i", "localhost,", "-e", f"{given}=1")
    assert done.status != 0
    assert f"{given} is not a known variable; is {meant} meant?" in done.output
    assert len(done.output.splitlines()) < 25, done.output


def test_a_survey_s_unknown_variable_is_named_before_awx_is_asked():
    given = {**HERE, "awx_setup_surveys": {"deploy": {"model_serving_replica": "Replicas"}}}
    done = command("ansible-playbook", "playbooks/awx.yml", "-i", "localhost,", "-e", json.dumps(given))
    assert done.status != 0
    shown = " ".join(done.output.split())
    assert "which this playbook does not read; is model_serving_replicas meant?" in shown
    assert shown.count("awx_setup_surveys") == 1, done.output
    assert len(done.output.splitlines()) < 25, done.output


@pytest.mark.parametrize("tag", ["preflight", "release"])
def test_a_tag_does_not_leave_the_image_out(folder, tag):
    given = json.dumps({**HERE, "model_image_model": "missing.skops", "model_image_cache_dir": str(folder / "cache")})
    done = command("ansible-playbook", "playbooks/deploy.yml", "-i", "localhost,", "-e", given, "--tags", tag)
    assert f"the model {ROOT}/missing.skops does not exist" in done.output, done.output


def test_what_a_playbook_does_not_read_does_not_stop_it():
    """A wrong number of pods does not keep anybody from rolling back."""
    done = command(
        "ansible-playbook",
        "playbooks/rollback.yml",
        "-i",
        "localhost,",
        "-e",
        json.dumps({**HERE, "model_serving_replicas": "three"}),
    )
    assert "cannot be reached" in done.output
    assert "three" not in done.output


def test_names_of_ones_own_are_named_once():
    own = {
        **HERE,
        "model_serving_own_variables": "model_serving_region, model_serving_zone",
        "model_serving_region": "eu",
    }
    done = command(
        "ansible-playbook",
        "playbooks/status.yml",
        "-i",
        "localhost,",
        "-e",
        json.dumps(own),
    )
    assert "cannot be reached" in done.output


def test_the_old_names_of_the_logs_name_the_new_ones(tmp_path):
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": HERE, "hosts": {"here": {}}}}))
    given = ("-e", "level=INFO", "-e", "model_logs_limit=5")
    done = command("ansible-playbook", "playbooks/logs.yml", "-i", str(tmp_path / "hosts.yml"), *given)
    assert "level is deprecated, set model_logs_level" in done.output
    assert "set model_logs_limit" not in done.output


def test_a_tag_that_no_task_has_is_named():
    given = ("-i", "localhost,", "-c", "local", "-e", json.dumps(HERE), "--tags", "releas")
    done = command("ansible-playbook", "playbooks/deploy.yml", *given)
    assert done.status != 0 and "This playbook has no tag releas; it has preflight" in done.output, done.output


@pytest.mark.parametrize("playbook", sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml")))
def test_an_inventory_without_hosts_is_refused(tmp_path, playbook):
    empty = tmp_path / "hosts.yml"
    empty.write_text("all: {hosts: {}}\n")
    done = command("ansible-playbook", f"playbooks/{playbook}.yml", "-i", str(empty))
    assert done.status != 0
    assert "the inventory has no hosts, so that nothing would be done: name another one with -i." in " ".join(
        done.output.split()
    )
