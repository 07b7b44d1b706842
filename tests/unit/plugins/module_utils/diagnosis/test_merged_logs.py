# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merging and filtering of logs, on lines that the server wrote."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.diagnosis.merged_logs import main_container, merge, parse

ONE = """\
2026-11-22T20:53:15.430719560Z {"time":"2026-11-22T20:53:15.430Z","level":"INFO","message":"ready","port":5000}
2026-11-22T20:53:24.211305017Z {"level":"INFO","logger":"access","path":"/predict","status":200,"request_id":"a-0"}
2026-11-22T20:53:26.000000000Z {"level":"WARN","message":"queue full","request_id":"a-1"}
"""
TWO = """\
2026-11-22T20:53:20.000000000Z plain words, password=hunter2
2026-11-22T20:53:25.000000000Z {"level":"error","message":"no such column","request_id":"b-7"}
"""
TEXTS = {"model-api-76fbd99fd6-2v2lb": ONE, "model-api-76fbd99fd6-x9x9x": TWO}


def test_lines_of_all_pods_are_sorted_by_time():
    assert [(line.pod, line.level) for line in merge(TEXTS)] == [
        ("76fbd99fd6-2v2lb", "INFO"),
        ("76fbd99fd6-x9x9x", ""),
        ("76fbd99fd6-2v2lb", "INFO"),
        ("76fbd99fd6-x9x9x", "ERROR"),
        ("76fbd99fd6-2v2lb", "WARNING"),
    ]


def test_one_request_is_found_in_the_pod_that_answered_it():
    assert [line.message for line in merge(TEXTS, request_id="b-7")] == ["no such column"]


def test_a_level_means_at_least_that():
    assert [line.level for line in merge(TEXTS, level="WARNING")] == ["ERROR", "WARNING"]


def test_what_looks_like_a_credential_is_hidden():
    assert parse("p", TWO.splitlines()[0]).message == "plain words, password=********"


def test_the_fields_of_json_stay_readable():
    assert (
        parse("p", ONE.splitlines()[1]).text
        == "20:53:24.211 p          INFO     [a-0] logger=access path=/predict status=200"
    )


def pod_with(*names, **annotations):
    return {"metadata": {"annotations": annotations}, "spec": {"containers": [{"name": name} for name in names]}}


def test_the_main_container_s_log_is_read_not_an_injected_sidecar_s():
    assert main_container(pod_with("api", "istio-proxy")) == "api"
    assert main_container(pod_with("istio-proxy", "api")) == "api"
    named = pod_with("helper", "api", **{"kubectl.kubernetes.io/default-container": "api"})
    assert main_container(named) == "api"
    gone = pod_with("helper", "api", **{"kubectl.kubernetes.io/default-container": "gone"})
    assert main_container(gone) == "helper"
    assert main_container(pod_with("istio-proxy")) == "istio-proxy"
