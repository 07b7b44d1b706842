# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as text, for labels, annotations, environment variables and messages. Pure."""

from __future__ import annotations

import re

LABEL_LENGTH = 63
# Types of values with a text, such as YAML's true, 2026 or 1.5. Lists and mappings have none.
SCALARS = (str, bool, int, float, type(None))
# Names of environment variables, and of labels in Prometheus.
SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,252}")
# Characters of a value that a message shows.
SHOWN = 80


def as_text(value: str | bool | int | float | None) -> str:
    """A value as YAML would write it: true as "true", 2026 as "2026", nothing as ""."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def as_label(text: str) -> str:
    """The nearest valid label value: at most 63 characters, with a letter or a digit at both ends.

    The text may have letters, digits, dots, dashes and underscores, like an image's tag.
    """
    return text.strip("._-")[:LABEL_LENGTH].strip("._-")


def brief(text: str) -> str:
    """One line that can be shown: control characters are escaped, and what is too long is cut."""
    line = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text[: SHOWN + 1])
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


def shown(value: object) -> str:
    """A value in a message: text in quotes, nothing as empty."""
    if value is None:
        return "empty"
    return f"'{brief(value)}'" if isinstance(value, str) else brief(str(value))
