# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fails a task with a short text, and keeps its whole result for later tasks of the same run.

Ansible prints every key of a failed result. What is not to be printed cannot be registered either, so it is handed over
in a file of the run's own temporary folder, which Ansible removes at its end.
"""

from __future__ import annotations

import hashlib
import json
import os

from ansible import constants
from ansible.errors import AnsibleAction

ADDED = ("invocation", "exception", "warnings", "deprecations", "diff")


class BriefFailure(AnsibleAction):
    """Ends an action with a failed result that is printed once: without another copy and the task's source."""

    omit_exception_key = True


def failed(result: dict) -> dict:
    """Ends the action with this failed result: raises BriefFailure where Ansible (2.19 or later) would repeat it."""
    # As YAML, a text that ends with its line is shown as it is; any other is quoted and wrapped.
    shown = {**result, "msg": result["msg"].rstrip("\n") + "\n"}
    if hasattr(AnsibleAction, "omit_exception_key"):
        raise BriefFailure(result["msg"], result=shown)
    return shown


def shortened(result: dict) -> dict:
    """Of a failed result what a person needs: the summary as one text."""
    lines = result.get("summary") or [result.get("msg", "failed")]
    kept = {name: result[name] for name in ("changed", "invocation", "reports", "warnings") if name in result}
    return {**kept, "failed": True, "msg": "\n".join(lines)}


def keep(host: str, result: dict) -> None:
    """Keeps a result for ``kept``, without what Ansible added to it."""
    own = {name: value for name, value in result.items() if name not in ADDED and not name.startswith("_ansible_")}
    text = json.dumps(own)
    with open(os.open(_path(host), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)


def kept(host: str) -> dict:
    """The result that this run kept last for a host, {} for none."""
    try:
        with open(_path(host), encoding="utf-8") as stream:
            return json.load(stream)
    except FileNotFoundError:
        return {}


def forget(host: str) -> None:
    if os.path.exists(_path(host)):
        os.unlink(_path(host))


def _path(host: str) -> str:
    name = hashlib.sha256(host.encode()).hexdigest()[:16]
    return os.path.join(constants.DEFAULT_LOCAL_TMP, f"modelops-serving-{name}.json")
