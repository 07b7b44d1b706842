# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks that messages name: by their path in a checkout, by name where the collection is installed. Pure."""

from __future__ import annotations

import re
from typing import Any

IN_A_CHECKOUT = re.compile(r"\bplaybooks/([a-z_]+)\.yml")
# What a module says itself; everything else of a result is what it read.
SAID = ("msg", "message", "remedy", "summary", "detail")


def installed(text: str) -> str:
    """The text with the names that Ansible finds in any folder."""
    return IN_A_CHECKOUT.sub(r"modelops.serving.\1", text)


def in_result(value: Any, key: str = "") -> Any:
    """The same for all that a module's result says."""
    if isinstance(value, dict):
        return {name: in_result(entry, str(name)) for name, entry in value.items()}
    if isinstance(value, list):
        return [in_result(entry, key) for entry in value]
    return installed(value) if isinstance(value, str) and key in SAID else value
