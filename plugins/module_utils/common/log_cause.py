# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line of a container's log that names why it ended. Pure."""

from __future__ import annotations

import json
import re

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import short
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

_ERROR = re.compile(
    r"(?i)\b\w*(?:error|exception)\b|\b(?:fatal|panic|critical|cannot|can't|refused|denied|missing|invalid|unknown|"
    r"required|failed|not found|no such)\b"
)
_TRACE = re.compile(r"^\s*(?:File \"|at |\^+|~+|raise |Traceback |During handling|The above exception|return |\.\.\.)")


# The line of the program that warns, which Python writes below each warning.
_SOURCE = re.compile(r"^\s*(?:\w+\.)?warn\(")
# What a supervisor says when the program under it has said why.
_EPILOGUE = re.compile(
    r"(?i)worker failed to boot|shutting down|\bexiting\b|exit(?:ed)? with (?:code|status|error)|goodbye|"
    r"complete log of this run|lifecycle script|command failed|main process exited"
)


def log_cause(log: str) -> str:
    """The line that likely names the cause, in one line without credentials; "" for an empty log."""
    return redact(short(cause_line(log)))


def cause_line(log: str, words: tuple[str, ...] = ()) -> str:
    """That line whole: the last that names an error or holds one of ``words``, or else the last.

    ``words``: regular expressions, without regard to case.
    """
    lines = [line.strip() for line in log.splitlines() if line.strip() and not _SOURCE.match(line)]
    if not lines:
        return ""
    telling = [line for line in lines if _tells(line, words) and not _TRACE.match(line)]
    causes = [line for line in telling if not _EPILOGUE.search(line)]
    return _unwrapped((causes or telling or lines)[-1])


def _tells(line: str, words: tuple[str, ...]) -> bool:
    return bool(_ERROR.search(line)) or any(re.search(entry, line, re.IGNORECASE) for entry in words)


def _unwrapped(line: str) -> str:
    """The message inside a JSON log line; any other line as it is."""
    if not line.startswith("{"):
        return line
    try:
        record = json.loads(line)
    except ValueError:
        return line
    parts = [record.get(key) for key in ("message", "msg", "error", "exception", "exc_info")]
    text = [part.strip().splitlines()[-1] for part in parts if isinstance(part, str) and part.strip()]
    return ": ".join(dict.fromkeys(text)) or line
