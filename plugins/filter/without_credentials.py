# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A result as it may be passed on."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.hidden import without_credentials

DOCUMENTATION = r"""
name: without_credentials
short_description: Hide the credentials in a result
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Hides what looks like a credential in every text of a result, and the values of what is called like one.
  - What C(set_stats) passes on is kept by AWX and read by whoever may see the job.
options:
  _input:
    description: A result, such as C(model_serving_result).
    type: dict
    required: true
"""

EXAMPLES = r"""
# {'message': 'cannot open s3://key:********@store/x'}
- name: Pass a message on
  ansible.builtin.set_stats:
    data: "{{ {'message': 'cannot open s3://key:hunter2@store/x'} | modelops.serving.without_credentials }}"
"""

RETURN = r"""
_value:
  description: The same result, with ******** in place of each credential.
  type: dict
"""


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"without_credentials": without_credentials}
