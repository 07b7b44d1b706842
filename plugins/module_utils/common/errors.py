# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error that a person is told."""

from __future__ import annotations


class ServingError(Exception):
    """What was asked for cannot be done. The message says what is wrong, where, and what to do about it."""
