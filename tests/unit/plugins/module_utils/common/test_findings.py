# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings as results, redaction, and the line of a log that names the cause."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.log_cause import log_cause
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

TRACEBACK = """\
INFO loading
Traceback (most recent call last):
  File "/app/serve.py", line 12, in <module>
    schema = os.environ["MODEL_SCHEMA"]
KeyError: 'MODEL_SCHEMA'
INFO: goodbye
"""


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("DB_PASSWORD=hunter2 and on", "hunter2", "DB_PASSWORD="),
        ('{"api_key": "abc123def", "user": "x"}', "abc123def", '"user": "x"'),
        ("Authorization: Bearer abc.def.ghi-jkl", "abc.def.ghi", "Authorization"),
        ("GET with bearer abcdefgh12345678", "abcdefgh12345678", "GET"),
        ("postgres://me:s3cr3t@db/x", "s3cr3t", "@db/x"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "eyJzdWIiOiIxIn0", "jwt"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter", "MIIE", "after"),
    ],
)
def test_redact(text, gone, kept):
    shown = redact(text)
    assert gone not in shown
    assert kept in shown


@pytest.mark.parametrize(
    "text",
    [
        'secret "model-api-key" not found',
        "couldn't find key MODEL_TOKEN in Secret ns/model-api",
        'configmap "model-api-config" not found',
        "MAX_TOKENS=512, tokenizer: wordpiece, bypass=true",
    ],
)
def test_redact_leaves_the_names_that_a_person_needs(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (TRACEBACK, "KeyError: 'MODEL_SCHEMA'"),
        ("one\ntwo\n", "two"),
        # What Python writes below a warning.
        ("/opt/m.py:9: UserWarning: Trying to unpickle estimator SVC from version 1.2\n  warnings.warn(\n",
         "/opt/m.py:9: UserWarning: Trying to unpickle estimator SVC from version 1.2"),
        ("  warnings.warn(\n", ""),
        ("", ""),
        ('{"level": "error", "message": "cannot load model", "error": "no such file: /m.skops"}\n',
         "cannot load model: no such file: /m.skops"),
        ("fatal: missing DB_PASSWORD=hunter2", "fatal: missing DB_PASSWORD=********"),
    ],
)  # fmt: skip
def test_log_cause(log, line):
    assert log_cause(log) == line


def test_class_is_an_alias_of_severity():
    result = Finding("Starting", "Pod/api-1", "not started yet", "Wait.", severity="wait").as_dict()
    assert (result["severity"], result["class"]) == ("wait", "wait")
