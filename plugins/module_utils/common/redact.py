# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes credentials from text before it is shown, logged or recorded. Pure."""

from __future__ import annotations

import re

_SECRET_WORDS = (
    r"(?:password|passwd|passphrase|(?<![a-z])pass(?![a-z])|secret|token(?!s|i[sz])|api[_-]?key|private[_-]?key|"
    r"access[_-]?key|credential|authorization|bearer)"
)
# Reasons of findings that contain such a word: what follows names an object.
_REASONS = r"(?!\b(?-i:SecretMissing|SecretKeyMissing|CredentialsRejected):)"
_SECRETS = (
    (
        re.compile(
            rf"(?i){_REASONS}([\w.-]*{_SECRET_WORDS}[\w.-]*[\"']?\s*[=:]\s*[\"']?)(?:(?:bearer|basic)\s+)?[^\s\"',;}}]+"
        ),
        r"\1********",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 ********"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_.-]+"), "********"),
    (re.compile(r"(\w+://[^\s:/@]*:)[^\s@/]+@"), r"\1********@"),
    # Azure's keys and signed URLs, those of S3 and Google Cloud, .netrc, and what ODBC calls a password.
    (
        re.compile(r"(?i)\b((?:accountkey|sharedaccesskey|x-amz-signature|x-goog-signature|sig|pwd)=)[^\s&;\"']+"),
        r"\1********",
    ),
    (re.compile(r"(?i)(\blogin\s+\S+\s+password\s+)\S+"), r"\1********"),
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
        "********",
    ),
)


def is_secret(name: str) -> bool:
    """Whether a variable of that name is likely to hold a credential."""
    return bool(re.search(rf"(?i){_SECRET_WORDS}", name))


def redact(text: str) -> str:
    """The text with every likely credential hidden; the key in front of it stays readable."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text
