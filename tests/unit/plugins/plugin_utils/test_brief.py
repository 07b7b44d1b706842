# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failed result is short for a person, and whole for later tasks."""

from __future__ import annotations

import os
import stat

import pytest
from ansible import constants
from ansible.errors import AnsibleAction

from ansible_collections.modelops.serving.plugins.plugin_utils import brief

WHOLE = {
    "failed": True,
    "changed": True,
    "msg": "failed: CrashLoop in api r7, r6 serves",
    "summary": ["failed: CrashLoop in api r7, r6 serves", "  CrashLoop: Pod/api-1"],
    "findings": [{"reason": "CrashLoop"}],
    "evidence": {"pods": []},
    "reports": ["/reports/api.json"],
}


def test_a_person_gets_the_summary_and_where_the_rest_is():
    assert brief.shortened(WHOLE) == {
        "failed": True,
        "changed": True,
        "msg": "failed: CrashLoop in api r7, r6 serves\n  CrashLoop: Pod/api-1",
        "reports": ["/reports/api.json"],
    }
    assert brief.shortened({"failed": True, "msg": "no"}) == {"failed": True, "msg": "no"}


def test_later_tasks_of_the_host_get_it_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    assert brief.kept("here") == {}
    brief.keep("here", {**WHOLE, "exception": object(), "_ansible_parsed": True, "invocation": {}})
    assert brief.kept("here") == WHOLE
    assert brief.kept("there") == {}
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    brief.keep("here", {"changed": False})
    assert brief.kept("here") == {"changed": False}
    brief.forget("here")
    brief.forget("here")
    assert brief.kept("here") == {}


def test_the_failure_carries_its_result_and_nothing_to_print_again():
    shown = {**WHOLE, "msg": WHOLE["msg"] + "\n"}
    if not hasattr(AnsibleAction, "omit_exception_key"):  # before ansible-core 2.19 the result is printed once
        assert brief.failed(WHOLE) == shown
        return
    with pytest.raises(AnsibleAction) as caught:
        brief.failed(WHOLE)
    assert caught.value.omit_exception_key
    assert not caught.value.omit_failed_key
    assert caught.value._result == shown  # under another name in each version; test_results.py sees it printed
