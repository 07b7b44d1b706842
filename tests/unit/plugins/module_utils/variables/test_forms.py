# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that have the form of their variable, and texts that do not."""

from __future__ import annotations

import pytest
from variable_options import OPTIONS

from ansible_collections.modelops.serving.plugins.module_utils.variables import forms

# Text whose form is a constraint's, or that is only shown or compared.
ELSEWHERE = {
    "model_serving_name", "model_serving_namespace", "model_serving_cpu_request", "model_serving_cpu_limit",
    "model_serving_memory_request", "model_serving_memory_limit", "model_serving_models_size_limit",
    "model_serving_ephemeral_storage_request", "model_serving_ephemeral_storage_limit", "model_serving_max_surge",
    "model_serving_max_unavailable", "model_serving_pdb_min_available", "model_serving_own_variables",
    "model_verify_lines", "request_id", "model_logs_request_id", "model_serving_targets_at_once",
    # Never shown, so not in a sentence either.
    "awx_setup_token", "awx_setup_password", "awx_setup_kubeconfig",
    "model_serving_notify_webhook_url", "model_serving_notify_grafana_token",
}  # fmt: skip


def test_every_text_has_a_form_or_choices():
    texts = {
        name
        for name, option in OPTIONS.items()
        if option["type"] in ("str", "path") or option.get("elements") in ("str", "path")
        if "choices" not in option
    }
    assert texts - ELSEWHERE == forms.FORMS.keys() - {"model_serving_alert_for"}, "add a row to variables/forms.py"


def test_what_has_the_form_of_a_path_is_of_that_type_and_no_number():
    paths = {name for name, form in forms.FORMS.items() if form in (forms.FILE, forms.PLAIN_FILE)}
    assert paths == {name for name, option in OPTIONS.items() if "path" in (option["type"], option.get("elements"))}


def test_the_defaults_have_their_forms():
    literal = {name: option.get("default") for name, option in OPTIONS.items() if "{" not in str(option.get("default"))}
    literal = {
        name: value for name, value in literal.items() if not name.endswith(("_cache_dir", "_ca_bundle", "_pip_conf"))
    }
    assert list(forms.misshapen({name: value for name, value in literal.items() if value is not None})) == []


@pytest.mark.parametrize(
    ("form", "fits", "fails"),
    [
        (forms.OBJECT, ["a", "a-b.c", "a" * 63], ["A", "a..b", "-a", "a.", "a_b", ""]),
        (forms.NAMESPACE, ["ml-serving", "1"], ["ml.serving", "ML", "a" * 64]),
        (
            forms.HOST,
            ["models.example.org", "*.example.org", "7.example.org"],
            ["https://a.org", "a.org:80", "a.org/b", "A.org", "a b", "192.0.2.7"],
        ),
        (
            forms.RANGE,
            [
                "192.0.2.0/24",
                "0.0.0.0/0",
                "2001:db8::/32",
                "::/0",
                "fe80::1:2/128",
                "2001:db8:1:2:3:4:5:6/128",
                "::1/128",
            ],
            [
                "192.0.2.7",
                "10.0.0.1/8",
                "192.0.2.0/33",
                "::1%e/64",
                ":::::/10",
                "1::2::3/128",
                "fe80::1/10",
                "1:2:3/64",
            ],
        ),
        (
            forms.IMAGE,
            ["api", "api:1", "localhost:5000/a/b:1_x", f"r.example.org/a@sha256:{'0' * 64}", "[::1]:5000/a"],
            ["A:1", "a b", "a:", "a:b:c", "https://a/b", "a@sha256:1", "/a", "a//b"],
        ),
        (
            forms.SCHEDULE,
            ["DTSTART:20260101T050000Z RRULE:FREQ=DAILY;INTERVAL=1"],
            ["DTSTART:20260101T050000Z RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY;INTERVAL=1", "daily"],
        ),
        (
            forms.ADDRESS,
            ["http://10.0.0.1", "https://a.org:8443/x?y=1", "http://[::1]:80"],
            [
                "a.org",
                "https://me:secret@a.org",
                "https://a b",
                "ftp://a",
                "https://",
                "http://[x",
                "https://[your-host]",
                "http://a:b",
                "http://a:99999",
            ],
        ),
        (forms.ROUTE, ["/", "/a", "/a/b_c~.d/"], ["a", "/a//b", "/a/../b", "/a b", "/a;b", "/größe", "/%2e"]),
        (forms.REVISION, ["6", "r6", "r0", "0", "2.0", " r6 "], ["previous", "-1", "6.5", "r", "r6 r7", "R6"]),
        (forms.REQUEST_PATH, ["/predict", "/v2/a?b=c"], ["predict", "/a b", "/a\n"]),
        (forms.DURATION, ["5m", "1h30m", "90s"], ["5", "m", "1m1h", "", "5 m"]),
        (forms.MODEL, ["churn", "a.b-c_1"], ["-a", "a b", "a" * 64]),
        (forms.PYTHON_TYPE, ["sklearn.tree._tree.Tree", "numpy.dtype[float64]"], ["a b", "a,b", "", "a\n"]),
        (forms.SHARE, ["0.05", "50m", "1"], ["5%", "-1", "a"]),
        (forms.FILE, ["reports/a", "/größe b"], ["a\nb", "a" * 256, "/".join(["a" * 200] * 30)]),
        (forms.PLAIN_FILE, ["/run/containerd.sock", "~/größe"], ["/a b", "/a;b", "/$(id)", '/a"']),
        (forms.REGISTRY, ["registry.example.org:5000/a/b", "localhost"], ["https://a", "a b", "a//b"]),
    ],
    ids=lambda value: value.must[:30] if isinstance(value, forms.Form) else "",
)
def test_what_has_the_form_and_what_does_not(form, fits, fails):
    assert [text for text in fits if not form.fits(text)] == []
    assert [text for text in fails if form.fits(text)] == []


def test_the_sentence_names_the_element():
    assert list(forms.misshapen({"model_serving_ingress_paths": ["/", "a"]})) == [
        (
            "model_serving_ingress_paths",
            "model_serving_ingress_paths[1] ('a') must be a path of letters, digits and ._~- that begins with / and "
            "has no empty part.",
        )
    ]


def test_what_may_be_empty_may_be_empty():
    assert list(forms.misshapen({"model_serving_ingress_host": ""})) == []
    assert len(list(forms.misshapen({"model_serving_gateway_name": ""}))) == 1


def test_a_copied_text_says_what_to_remove():
    ((_variable, sentence),) = forms.misshapen({"model_serving_tls_secret": "api-tls\n"})
    assert sentence.startswith("model_serving_tls_secret ('api-tls\\n') must be the name of an object")
    assert sentence.endswith(": remove the space around it.")


@pytest.mark.parametrize("word", ["None", "null", "~"])
def test_a_word_for_nothing_is_no_name(word):
    assert list(forms.misshapen({"model_serving_priority_class": word})) == [
        (
            "model_serving_priority_class",
            f"model_serving_priority_class ('{word}') is a word for nothing: leave it empty, as in "
            "model_serving_priority_class=''.",
        )
    ]
    assert list(forms.misshapen({"minikube_cluster_driver": "none"})) == []
