# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release and its namespace may be called, as the API server takes it. Pure."""

from __future__ import annotations

import re

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

# Both are values of labels, too.
LONGEST = 63
_PART = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_NAMESPACE = re.compile(_PART)
_NAME = re.compile(rf"{_PART}(\.{_PART})*")


def refuse_impossible(name: str, namespace: str) -> None:
    """Raises ServingError. Without this, the first object that has the name in its own would be blamed."""
    if not _fits(_NAME, name):
        raise ServingError(
            f"name is {name!r}, which is no name in Kubernetes: lower-case letters, digits, - and ., a letter or digit "
            f"at both ends, {LONGEST} characters at most."
        )
    if not _fits(_NAMESPACE, namespace):
        raise ServingError(
            f"namespace is {namespace!r}, which is no name of one: lower-case letters, digits and -, a letter or digit "
            f"at both ends, {LONGEST} characters at most."
        )


def _fits(pattern: re.Pattern, name: str) -> bool:
    return len(name) <= LONGEST and pattern.fullmatch(name) is not None
