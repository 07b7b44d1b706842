# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A load test that cannot be is refused before anything is asked: real runs of its playbook, each mistake a host."""

from __future__ import annotations

import json
import re
import sys

import pytest
import yaml
from playbook_runs import command

NOWHERE = {"host": "https://127.0.0.1:1", "api_key": "none", "validate_certs": False}
# host → what its inventory says wrong, and what is said about it
MISTAKES = {
    "rate-of-0": ({"load_test_rate": 0}, r"^load_test_rate \(0\) is out of range: use 1 to "),
    "duration-of-0": ({"load_test_duration": 0}, r"^load_test_duration \(0\) is out of range: use 1 to "),
    "above-the-limit": ({"load_test_rate": 101}, r"^rate 101: the ingress admits 100 .*load_test_source=cluster"),
    "above-a-limit-that-is-set": (
        {"load_test_rate": 31, "model_serving_ingress_requests_per_second": 30},
        r"^rate 31: the ingress admits 30 ",
    ),
    "within-the-limit": ({"load_test_rate": 100}, "cannot be reached"),
    "without-a-limit": (
        {"load_test_rate": 5000, "model_serving_ingress_requests_per_second": 0},
        "cannot be reached",
    ),
    "past-the-ingress": (
        {"load_test_rate": 5000, "load_test_source": "cluster", "load_test_image": "registry.example.org/generator:1"},
        "cannot be reached",
    ),
    "its-name-before": ({"load_test_rate": 60, "load_test_most_rate": 50}, r"^rate 60: the ingress admits 50 "),
    "no-generator": ({"load_test_generators": 0}, r"^load_test_generators \(0\) is out of range: use 1 to "),
    "several-here": ({"load_test_generators": 2}, "give load_test_source=cluster"),
    "negative-rows": ({"load_test_rows": -1}, r"^load_test_rows \(-1\) is out of range: use 0 to "),
    "no-address": ({"load_test_url": ""}, r"^load_test_url \(\'\'\) must be an address such as "),
    "no-image": ({"load_test_source": "cluster"}, "load_test_image is empty: build one with load/Dockerfile"),
    "no-profile": ({"load_test_profile": "steady", "load_test_rows": 0}, "rows 0 needs the option replicas"),
}


@pytest.fixture(scope="module")
def output(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("load-test")
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "model_serving_kubernetes": NOWHERE,
        "model_serving_verify_url": "http://127.0.0.1:1",
        "load_test_program": "/no/such/program",
        "load_test_report": "",
        "load_test_k6": "/usr/bin/k6",
    }
    hosts = {host: variables for host, (variables, _said) in MISTAKES.items()}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": common, "hosts": hosts}}))
    done = command(
        "ansible-playbook",
        "playbooks/load_test.yml",
        "-i",
        str(folder / "hosts.yml"),
        ANSIBLE_STDOUT_CALLBACK="ansible.posix.json",
        ANSIBLE_DEPRECATION_WARNINGS="true",
        XDG_CACHE_HOME=str(folder),
    )
    assert done.status != 0, done.output
    return done.output


@pytest.fixture(scope="module")
def errors(output) -> dict[str, str]:
    report = json.loads(output[output.index("{\n") :])
    return {
        host: result["msg"]
        for task in report["plays"][0]["tasks"]
        for host, result in task["hosts"].items()
        if result.get("failed")
    }


@pytest.mark.parametrize("host", MISTAKES)
def test_a_mistake(errors, host):
    assert re.search(MISTAKES[host][1], errors[host]), errors[host]


def test_the_path_of_k6_is_deprecated_and_its_successor_named(output):
    assert re.search(r"load_test_k6.*load_test_program", output)
