# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Secret's stringData as the data that it becomes. Pure.

The API server records who applies stringData as the owner of that alone, which nobody can read. So a key that is left
out later stays in data, and the pods go on getting it, whoever applies: the role, Helm, kubectl or a GitOps tool.
"""

from __future__ import annotations

import base64


def as_data(obj: dict) -> dict:
    """A Secret with all of it in data, where stringData goes before what data says. Any other object, and one that is
    refused for what its stringData is, as it stands."""
    strings, data = obj.get("stringData"), obj.get("data") or {}
    if obj["kind"] != "Secret" or not isinstance(strings, dict) or not isinstance(data, dict):
        return obj
    if not all(isinstance(value, str) for value in strings.values()):
        return obj
    encoded = {name: base64.b64encode(value.encode()).decode() for name, value in strings.items()}
    rest = {name: value for name, value in obj.items() if name != "stringData"}
    return {**rest, "data": {**data, **encoded}} if encoded else rest
