# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of rules as a manual: every reason is documented, every remedy names variables that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.rollout.rules import RULES

ROOT = Path(__file__).resolve().parents[5]
# Not of the table: nobody waits any longer.
LATE = {"Timeout", "ProgressDeadlineExceeded"}


def documented() -> list[str]:
    """The reasons of the rows between that heading and the next one."""
    page = (ROOT / "docs/troubleshooting.md").read_text()
    section = page.partition("## Why a rollout fails\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [reason for cell in cells for reason in re.findall(r"`(\w+)`", cell)]


def test_every_reason_has_one_row_in_troubleshooting():
    found = documented()
    assert sorted(found) == sorted({rule.reason for rule in RULES} | LATE)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.reason)
def test_a_remedy_is_a_sentence_with_variables_that_exist(rule):
    known = re.findall(r"^(model_serving_\w+):", (ROOT / "roles/model_serving/defaults/main.yml").read_text(), re.M)
    assert rule.remedy.endswith(".")
    assert set(re.findall(r"\bmodel_serving_\w+", rule.remedy)) <= set(known)
