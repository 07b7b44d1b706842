# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the collection is installed, a remedy names a playbook as one runs it there."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.playbook_names import in_result


def test_what_a_result_says_names_playbooks_as_they_are_run():
    result = {
        "msg": "see playbooks/status.yml, and playbooks/load_test.yml.",
        "summary": ["run playbooks/diagnose.yml"],
        "findings": [{"remedy": "wait with playbooks/cluster.yml.", "evidence": ["it runs playbooks/mine.yml"]}],
        "changed": True,
    }
    assert in_result(result) == {
        "msg": "see modelops.serving.status, and modelops.serving.load_test.",
        "summary": ["run modelops.serving.diagnose"],
        "findings": [
            {"remedy": "wait with modelops.serving.cluster.", "evidence": ["it runs playbooks/mine.yml"]},
        ],
        "changed": True,
    }
