# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of a set's Secrets, to be hidden wherever a program has logged them. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from ansible_collections.modelops.serving.plugins.module_utils.common.redact import HIDDEN

# Shorter ones, such as "true", are in many words.
LEAST = 6
# Of a value of several lines, such as a key file, each line that is as long as this.
LEAST_OF_A_LINE = 16


def of(objects: list) -> set[str]:
    """The values that the set shows in no other object: a user's name may be the release's, too."""
    secrets = [obj for obj in objects if obj["kind"] == "Secret"]
    if not secrets:
        return set()
    shown = json.dumps([obj for obj in objects if obj["kind"] != "Secret"], ensure_ascii=False)
    shown += " ".join(obj["metadata"]["name"] for obj in secrets)
    found = {text for obj in secrets for text in _texts(obj)}
    parts = {line for text in found for line in text.splitlines() if len(line) >= LEAST_OF_A_LINE}
    plain = {text for text in found | parts if len(text) >= LEAST and text not in shown}
    return plain.union(*map(_as_written, plain))


def _as_written(text: str) -> set[str]:
    """How programs write a text: in JSON, in a URL, in a form, in Python."""
    quoted = {json.dumps(text), json.dumps(text, ensure_ascii=False), repr(text)}
    return {quote(text), quote(text, ""), quote_plus(text), *(found[1:-1] for found in quoted)}


def _texts(secret: dict) -> Iterable[str]:
    for encoded in (secret.get("data") or {}).values():
        yield encoded
        try:
            yield base64.b64decode(encoded, validate=True).decode().strip()
        except ValueError:
            continue  # it is no text
    yield from ((secret.get("stringData") or {}).values())


def hide(found, values: set[str]):
    """The same text, list or dictionary without them."""
    if isinstance(found, dict):
        return {name: hide(entry, values) for name, entry in found.items()}
    if isinstance(found, list):
        return [hide(entry, values) for entry in found]
    if not isinstance(found, str):
        return found
    for value in sorted(values, key=len, reverse=True):
        if value in found:
            found = found.replace(value, HIDDEN)
    return found
