# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a server asks to be left alone. Pure."""

from __future__ import annotations

from email.utils import parsedate_to_datetime


def http_date(text: str | None) -> float | None:
    """Epoch seconds of an HTTP date, None for none."""
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except ValueError:
        return None


def retry_after(text: str | None, now: float) -> float:
    """Seconds to wait by a Retry-After header: a number of seconds, or a date; 0 for none."""
    if not text:
        return 0.0
    try:
        return max(float(text), 0.0)
    except ValueError:
        date = http_date(text)
        return max(date - now, 0.0) if date is not None else 0.0
