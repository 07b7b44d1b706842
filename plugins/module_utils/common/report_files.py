# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes reports: one prefix, one file for each format."""

from __future__ import annotations

import json
import os

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import said


def as_json(data: dict) -> str:
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def write(prefix: str, contents: dict[str, str | bytes]) -> list[str]:
    """Writes ``prefix``.SUFFIX for each suffix of ``contents``, and makes the folder; returns the paths.

    Raises OSError.
    """
    folder = os.path.dirname(prefix)
    if folder:
        os.makedirs(folder, exist_ok=True)
    paths = []
    for suffix, content in contents.items():
        paths.append(f"{prefix}.{suffix}")
        _write(paths[-1], content)
    return paths


def refuse_unwritable(prefix: str, variable: str) -> None:
    """Makes the folder, so that work of an hour does not end with a report that cannot be written. Raises
    ServingError, which names the ``variable``."""
    folder = os.path.dirname(prefix) or "."
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise ServingError(f"the report cannot be written: {said(error)}. Correct report ({variable}).") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ServingError(f"the report cannot be written: {folder} is not writable. Correct report ({variable}).")


def _write(path: str, content: str | bytes) -> None:
    """The only place that writes a report's file."""
    if isinstance(content, str):
        # A lone surrogate, from a byte that was not UTF-8, becomes an escape that JSON can read.
        content = content.encode("utf-8", "backslashreplace")
    # Evidence holds logs and configuration: for its owner alone.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        os.fchmod(stream.fileno(), 0o600)
        stream.write(content)
