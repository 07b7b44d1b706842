#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: verify_report
short_description: Show a checklist, write its reports, and fail if a line failed
version_added: 0.1.0
description:
  - Takes the results of M(modelops.serving.verify), returns them as a checklist with the evidence of each line, and
    writes them as JSON, JUnit and HTML.
  - Fails if a line failed, or if no line passed.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  lines:
    description: The results, each as in RV(modelops.serving.verify#module:result), in any order.
    type: list
    elements: dict
    required: true
  name:
    description: Name of the release, for the headings.
    type: str
    required: true
  target:
    description: Name of the target, for the headings.
    type: str
    required: true
  report:
    description: Path of the reports without suffix. C(.json), C(.xml) and C(.html) are written. Empty writes none.
    type: str
    default: ""
extends_documentation_fragment:
  - action_common_attributes
attributes:
  check_mode:
    support: full
    details: Writes no report.
  diff_mode:
    support: none
  platform:
    platforms: posix
    support: full
seealso:
  - module: modelops.serving.verify
"""

EXAMPLES = r"""
- name: Show the checklist and write the reports
  modelops.serving.verify_report:
    lines: "{{ results }}"
    name: model-api
    target: "{{ inventory_hostname }}"
    report: reports/verify
"""

RETURN = r"""
summary:
  description: The checklist as lines of text.
  returned: always
  type: list
  elements: str
counts:
  description: Number of lines that are C(passed), C(failed) and C(skipped).
  returned: always
  type: dict
reports:
  description: Paths of the written files.
  returned: always
  type: list
  elements: str
"""

from datetime import UTC, datetime

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.checklist import report as checklist_report
from ansible_collections.modelops.serving.plugins.module_utils.checklist.verdicts import in_order


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "lines": {"type": "list", "elements": "dict", "required": True},
            "name": {"type": "str", "required": True},
            "target": {"type": "str", "required": True},
            "report": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    params = module.params
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    checklist = checklist_report.Checklist(params["name"], params["target"], made, in_order(params["lines"]))
    result = {"changed": False, "summary": checklist.summary(), "counts": checklist.counts(), "reports": []}
    if params["report"] and not module.check_mode:
        try:
            result["reports"] = checklist_report.write(checklist, params["report"])
        except OSError as error:
            module.fail_json(msg=f"the report cannot be written: {error}. Fix the option report.", **result)
    if not checklist.passed():
        module.fail_json(msg="\n".join(result["summary"]), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
