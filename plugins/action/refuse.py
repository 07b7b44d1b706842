# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fails with one text, printed once."""

from __future__ import annotations

from ansible.plugins.action import ActionBase

from ansible_collections.modelops.serving.plugins.plugin_utils import brief, preloaded

preloaded.load()


class ActionModule(ActionBase):
    """It runs on the controller alone: there is nothing to do on the host."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(argument_spec={"msg": {"type": "str", "required": True}})
        return brief.failed({"failed": True, "changed": False, "msg": options["msg"]})
