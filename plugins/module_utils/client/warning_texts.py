# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts in the Warning headers of an answer, as kubectl shows them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Code, agent, and the text in quotes: 299 - "spec.x is deprecated".
WARNING = re.compile(r"""[0-9]{3} \S+ "((?:[^"\\]|\\.)*)\"""")


def warning_texts(headers: Mapping) -> list[str]:
    """One text for each warning, in order."""
    return [re.sub(r"\\(.)", r"\1", text) for text in WARNING.findall(headers.get("Warning") or "")]
