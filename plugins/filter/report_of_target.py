# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The path of a target's report, which no other target writes to."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report_of_target
short_description: Give each of several targets a report of its own
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Adds the target's name to a path, so that the reports of several targets do not replace each other.
  - A path that has the name already, and the name of no other target, is the target's own and stays. So does the path
    of a run for one target.
options:
  _input:
    description: The path without suffix, as the target's variable says it.
    type: str
    required: true
  target:
    description: The target's name.
    type: str
    required: true
  targets:
    description: The names of all targets of the run.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
# reports/deploy-eu
- name: Show where the report goes
  ansible.builtin.debug:
    msg: "{{ 'reports/deploy' | modelops.serving.report_of_target('eu', ['eu', 'us']) }}"
"""

RETURN = r"""
_value:
  description: The path without suffix.
  type: str
"""


def report_of_target(path, target, targets):
    """The path for this target. A question of a survey that was left blank is null."""
    path = path or ""
    if len(targets) < 2 or _is_its_own(path, target, targets):
        return path
    return f"{path}-{target}"


def _is_its_own(path, target, targets):
    """Whether the path names this target alone. A name that is part of this one's is in the path with it."""
    others = [other for other in targets if other in path and other not in target]
    return target in path and not others


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"report_of_target": report_of_target}
