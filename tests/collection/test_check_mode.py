# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What sends load says in check mode what it would do, and sends none: real runs, without a cluster."""

from __future__ import annotations

import sys

import pytest
import yaml
from playbook_runs import Run, command

COMMON = {
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
    "model_serving_kubernetes": {"host": "https://127.0.0.1:1", "api_key": "none", "validate_certs": False},
    "model_serving_verify_url": "http://127.0.0.1:1",
}


def checked(folder, playbook: str, **variables) -> Run:
    """``playbook`` in check mode."""
    hosts = {"all": {"vars": COMMON | variables, "hosts": {"one": {}}}}
    (folder / "hosts.yml").write_text(yaml.safe_dump(hosts))
    options = ("-i", str(folder / "hosts.yml"), "--check", "--diff")
    done = command("ansible-playbook", f"playbooks/{playbook}.yml", *options, XDG_CACHE_HOME=str(folder))
    return Run(done.status, " ".join(done.output.split()))  # which is broken into lines


@pytest.mark.parametrize(
    ("playbook", "variables", "said"),
    [
        ("load_test", {}, "would send 5 requests a second for 15 s to http://127.0.0.1:1/predict"),
        ("load_test", {"load_test_profile": "spike"}, "would find the load for which 6 replicas are wanted"),
        ("resilience", {}, "would send 20 requests a second to http://127.0.0.1:1/predict, and meanwhile:"),
        ("resilience", {"model_resilience_faults": ["scaling"]}, "one replica more, and back"),
    ],
)
def test_it_says_what_it_would_do(tmp_path, playbook, variables, said):
    report = tmp_path / "reports" / "one"
    variable = {"load_test": "load_test_report", "resilience": "model_resilience_report"}[playbook]
    done = checked(tmp_path, playbook, **variables, **{variable: str(report)})
    assert done.status == 0, done.output
    assert said in done.output and "reports " not in done.output
    assert not report.parent.exists()


def test_jobs_in_the_cluster_need_no_image_in_check_mode(tmp_path):
    socket = {"model_image_containerd_sockets": ["/run/no/such.sock"]}
    done = checked(tmp_path, "load_test", load_test_source="cluster", **socket)
    assert done.status == 0, done.output
    assert "to Service/model-api/predict from 1 Job" in done.output


@pytest.mark.parametrize(
    ("playbook", "variables", "said"),
    [
        ("load_test", {"load_test_rate": 101}, "rate 101: the ingress admits 100 "),
        ("load_test", {"load_test_generators": 2}, "give load_test_source=cluster"),
        ("resilience", {"model_resilience_faults": ["scalling"]}, "model_resilience_faults"),
    ],
)
def test_what_cannot_be_is_refused_in_check_mode_too(tmp_path, playbook, variables, said):
    done = checked(tmp_path, playbook, **variables)
    assert done.status != 0 and said in done.output, done.output
