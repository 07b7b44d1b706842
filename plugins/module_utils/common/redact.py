# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes credentials from text before it is shown, logged or recorded. Pure."""

from __future__ import annotations

import re

HIDDEN = "********"
_SECRET_WORDS = (
    r"(?:password|passwd|passphrase|(?<![a-z])pass(?![a-z])|secret|token(?!s|i[sz])|api[_-]?key|private[_-]?key|"
    r"access[_-]?key|credential|authorization|bearer)"
)
# Parts of a name, by dashes, underscores, dots and case, that say the same; and ends of a part, as in STORAGEKEY.
_SECRET_PARTS = frozenset(
    ("auth", "cred", "creds", "dsn", "jwt", "key", "keys", "otp", "pass", "pat", "psk", "pw", "pwd", "salt", "sas")
)
_SECRET_ENDS = ("key", "pwd", "passwd")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Names of fields in Kubernetes' own objects, and words that only end like one.
_HARMLESS = frozenset(("key", "keys", "topologyKey", "publicKey", "PUBLIC_KEY"))
_HARMLESS_PARTS = frozenset(("monkey", "turkey", "hockey", "donkey", "whiskey", "hotkey"))
# What tells of a credential and is none.
_REFERENCE = re.compile(
    r"(?i)(?:(?:name|ref|file|path|mount|policy|type|version|seconds|mode)s?|"
    r"[-_.](?:prefix|suffix|length|size|algorithm|dir|ttl|enabled|required|format|column)s?)$"
)
# Reasons of findings that contain such a word: what follows names an object.
_REASONS = r"(?!\b(?-i:SecretMissing|SecretKeyMissing|CredentialsRejected):)"
# How the API server goes on after a field's name, and containerd after "failed to fetch oauth token"; a value follows
# later, if at all.
_SAID_OF_A_FIELD = (
    r"(?!(?-i:expected [a-z ()]+, got (?:something else|string|number|bool|map|list)\b|"
    r"(?:Invalid|Unsupported|Duplicate|Required) value\b|Forbidden: |Too (?:long|many)|"
    r"field (?:not declared|is immutable)|illegal base64|unexpected status from ))"
)
# A name that ends like this is of a file, which is no secret.
_NO_PATH = "(?<!_FILE)(?<!_PATH)(?<!_DIR)"
# What follows the name of an object, or of a kind, is what is said of it.
_NO_OBJECT = "".join(f"(?<!{text})" for text in ("Kind=", "Secret/", "ConfigMap/", "Deployment/", "Pod/", "Service/"))
# What a sentence says of a file, such as /etc/passwd.
_NO_FILE = r"(?!(?<=/)[\w.-]+: )"
# How a JSON Web Token begins, the only credential that is told by itself. All others need a name or a word before them.
_TOKEN = "eyJ"
_ONE_WORD = re.compile(r"[\w./@+-]*\Z")
# Values in what the API server says of an object.
_VALUES = (
    # What was sent in place of what a field takes.
    (re.compile(r"(, got) &?value\.\w+\{.*?\}(?=\s*(?:\n\s*\.|\Z))", re.DOTALL), r"\1 something else"),
    # A whole part of an object, in Go's own form or as JSON.
    (
        re.compile(
            r"(: (?:Invalid|Unsupported|Duplicate) value: )(?:&?(?:\[\])?\w[\w.]*\{.*\}|\{.*\}|\[.*\])(?=: )", re.DOTALL
        ),
        r"\1…",
    ),
    (re.compile(r"(error found in #\d+ byte of \.\.\.)\|.*", re.DOTALL), r"\1"),
    (
        re.compile(
            rf"(?i)(?<![\w.-])([\w.-]*{_SECRET_WORDS}[\w.\-\[\]]*: (?:invalid|unsupported|duplicate) value: )"
            r"(?:\"(?:[^\"\\]|\\.)*\"|[^\s:]+)"
        ),
        r"\1********",
    ),
)
_SECRETS = (
    *_VALUES,
    (
        re.compile(
            rf"(?i){_REASONS}{_NO_OBJECT}{_NO_FILE}(?<![\w.-])([\w.-]*{_SECRET_WORDS}[\w.-]*{_NO_PATH}[\"']?\s*[=:]\s*[\"']?){_SAID_OF_A_FIELD}"
            r"(?:(?:bearer|basic)\s+)?[^\s\"',;}]+"
        ),
        r"\1********",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 ********"),
    (re.compile(rf"\b{_TOKEN}[A-Za-z0-9_-]{{10,}}\.[A-Za-z0-9_.-]+"), "********"),
    (re.compile(r"(?<!\w)(\w+://[^\s:/@]*:)[^\s/\"']+@"), r"\1********@"),
    # Azure's keys and signed URLs, those of S3 and Google Cloud, .netrc, and what ODBC calls a password.
    (
        re.compile(r"(?i)\b((?:accountkey|sharedaccesskey|x-amz-signature|x-goog-signature|sig|pwd)=)[^\s&;\"']+"),
        r"\1********",
    ),
    (re.compile(r"(?i)(stringData[\"']?:\s*)(?:\{[^}]*\}?|\S+)"), r"\1********"),
    (re.compile(r"(?i)([?&]key=)[^\s&;\"']+"), r"\1********"),
    (re.compile(r"(?i)(\blogin\s+\S+\s+password\s+)\S+"), r"\1********"),
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
        "********",
    ),
)
# A name and what is assigned to it. After a colon it has to look like a variable, or to stand in quotes: a sentence
# has colons, too.
_ASSIGNED = re.compile(r"(?<![\w.-])([\w.-]+)([\"']?\s*=\s*[\"']?)([^\s\"',;&}*]+)")
_WRITTEN = re.compile(
    rf"(?<![\w./-])([A-Z0-9]+(?:_[A-Z0-9]+)+(?=:\s)|(?<=[\"'])[\w.-]+(?=[\"']\s*:))([\"']?:\s*[\"']?){_SAID_OF_A_FIELD}"
    r"([^\s\"',;}*{\[]+)"
)
_FLAG = re.compile(r"(?<![\w-])(--?[A-Za-z][\w-]*)([\"']?(?:\s*,\s*|\s+)[\"']?)([^\s\"',;*-][^\s\"',;]*)")
# As in `ENV PASSWORD x` and `AUTH x`. One plain word that a sentence goes on after is none.
_BESIDE = re.compile(
    r"(?<![\w./-])([A-Z][A-Z0-9_]*)(\s+[\"']?)(?![A-Z]\w*/|[A-Z]+(?:_[A-Z]+)+\s)"
    r"((?=[^\s\"',;]*[^\sa-z\"',;.:)])[\w$!@#%^+/=.~-]{4,}|[a-z]{4,}(?=[\"']?\s*(?:[;\"'\n]|\Z)))"
)
# As a variable's entry is told of in a sentence: `settings.SERVER_API_KEYS (['x'])`.
_TOLD = re.compile(r"(?<![\w.-])((?:[\w-]+(?:\[\d+\])?\.)+[\w-]+)( \()('[^']*'|\[[^\]]*\])(?=\))")
_OF_A_SENTENCE = frozenset(
    ("missing", "expired", "invalid", "failed", "required", "wrong", "empty", "unset", "rejected", "refused", "denied")
)


def is_secret(name: str) -> bool:
    """Whether a variable of that name is likely to hold a credential."""
    if re.search(rf"(?i){_SECRET_WORDS}", name):
        return True
    return name not in _HARMLESS and any(_is_secret_part(part.lower()) for part in _PART.findall(name))


def names_credential(name: str) -> bool:
    """The same, but for what tells of a credential without being one: its path, its name, its length."""
    return is_secret(name) and not _REFERENCE.search(name)


def _is_secret_part(part: str) -> bool:
    return part in _SECRET_PARTS or (part.endswith(_SECRET_ENDS) and part not in _HARMLESS_PARTS)


def redact(text: str) -> str:
    """The text with every likely credential hidden; the key in front of it stays readable."""
    if _ONE_WORD.match(text) and _TOKEN not in text:
        return text
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    for pattern in (_ASSIGNED, _WRITTEN, _FLAG, _TOLD):
        text = pattern.sub(_without_value, text)
    return _BESIDE.sub(_without_word, text)


def said(error: BaseException) -> str:
    """What an error of somebody else's says, as a part of our own sentence. A library that was given credentials may
    show them, so this is the only way in which such a text gets into a message."""
    return redact(" ".join(str(error).split()))


def without_values(text: str) -> str:
    """What the API server says of an object, without what was written where another type belongs, or in a field that
    is called like a credential's."""
    for pattern, replacement in _VALUES:
        text = pattern.sub(replacement, text)
    return text


def _without_value(found: re.Match) -> str:
    name, between, value = found.groups()
    return f"{name}{between}{HIDDEN if names_credential(name) else value}"


def _without_word(found: re.Match) -> str:
    name, between, value = found.groups()
    hidden = names_credential(name) and value not in _OF_A_SENTENCE
    return f"{name}{between}{HIDDEN if hidden else value}"
