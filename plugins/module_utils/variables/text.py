# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as text, for labels, annotations and environment variables. Pure."""

from __future__ import annotations

LABEL_LENGTH = 63
# Types of values with a text, such as YAML's true, 2026 or 1.5. Lists and mappings have none.
SCALARS = (str, bool, int, float, type(None))


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
