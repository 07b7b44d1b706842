# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found: the words in which every part of the collection speaks of trouble."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field

MAX_TEXT = 400


@dataclass
class Finding:
    """One thing that is wrong.

    ``reason``: one word from the rules' table. ``object``: Kind/name. ``class`` in the returned data is ``fatal``
    (cannot heal), ``grace`` (fatal when it lasts) or ``wait`` (may heal, said so that nobody wonders).
    ``since`` and ``decided``: seconds from the start of the wait to the first sight of it and to the verdict.
    """

    reason: str
    object: str
    message: str
    remedy: str
    severity: str = "fatal"
    container: str | None = None
    pods: list = field(default_factory=list)
    evidence: list = field(default_factory=list)
    since: float | None = None
    decided: float | None = None

    def as_dict(self) -> dict:
        data = asdict(self)
        data["class"] = data.pop("severity")
        data["evidence"] = [redact(line) for line in self.evidence]
        data["message"] = redact(self.message)
        return data


def short(text: str | None, limit: int = MAX_TEXT) -> str:
    """One line, not longer than the limit."""
    line = " ".join((text or "").split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


_SECRET_WORDS = (
    r"(?:password|passwd|passphrase|(?<![a-z])pass(?![a-z])|secret|token(?!s|i[sz])|api[_-]?key|private[_-]?key|"
    r"access[_-]?key|credential|authorization|bearer)"
)
_SECRETS = (
    (
        re.compile(rf"(?i)([\w.-]*{_SECRET_WORDS}[\w.-]*[\"']?\s*[=:]\s*[\"']?)(?:(?:bearer|basic)\s+)?[^\s\"',;}}]+"),
        r"\1********",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 ********"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_.-]+"), "********"),
    (re.compile(r"(\w+://[^\s:/@]+:)[^\s@/]+@"), r"\1********@"),
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
        "********",
    ),
)


def is_secret(name: str) -> bool:
    """Whether a variable of that name is likely to hold a credential."""
    return bool(re.search(rf"(?i){_SECRET_WORDS}", name))


def redact(text: str) -> str:
    """The text without what looks like a credential. The key stays, so that one can still see what it was."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


_TELLING = re.compile(
    r"(?i)\b\w*(?:error|exception)\b|\b(?:fatal|panic|critical|cannot|can't|refused|denied|missing|invalid|unknown|"
    r"required|failed|not found|no such)\b"
)
_NOISE = re.compile(r"^\s*(?:File \"|at |\^+|~+|raise |Traceback |During handling|The above exception|return |\.\.\.)")


def last_words(log: str) -> str:
    """The line of a dead container's log that likely says why: the last that names an error, or else the last."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    if not lines:
        return ""
    told = [line for line in lines if _TELLING.search(line) and not _NOISE.match(line)]
    return redact(short(_unwrapped((told or lines)[-1])))


def _unwrapped(line: str) -> str:
    """The message inside a JSON log line; any other line as it is."""
    if not line.startswith("{"):
        return line
    import json

    try:
        record = json.loads(line)
    except ValueError:
        return line
    parts = [record.get(key) for key in ("message", "msg", "error", "exception", "exc_info")]
    text = [part.strip().splitlines()[-1] for part in parts if isinstance(part, str) and part.strip()]
    return ": ".join(dict.fromkeys(text)) or line
