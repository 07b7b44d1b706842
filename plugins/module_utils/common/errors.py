# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error whose message is shown to the user."""

from __future__ import annotations


class ServingError(Exception):
    """The request cannot be carried out. The message says what is wrong, where, and what to do."""
