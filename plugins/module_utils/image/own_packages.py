# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that a user's models need beside the server's own: requirement lines, checked before the build.

The server's lock stays what it is: pip gets it as constraints, and a package that needs another version of what the
lock has ends the build. An exact version that differs is named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import said

# In the folder that the build copies anyway.
SELECTED = "server/extras/own/packages.txt"
FILE = ".txt"
LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)
LINE = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[\w\s,.-]*\])?\s*(?P<rest>(?:[<>=!~@;(].*)?)")
EXACT = re.compile(r"==\s*([^\s,;*]+)\s*(?:;.*|--hash.*)?$")


def locked(requirements: str) -> dict[str, str]:
    """Versions by name, of the server's lock."""
    return {_plain(name): version for name, version in LOCKED.findall(requirements)}


def selected(given: Iterable[str], requirements: str) -> bytes:
    """What the build installs; b"" for nothing. Raises ServingError for what it cannot.

    :param given: requirement lines, and paths of files of such lines, whose name ends with .txt.
    :param requirements: the text of the server's lock.
    """
    lines = [line for entry in given for line in _lines(entry)]
    ours = locked(requirements)
    for line in lines:
        _check(line, ours)
    return "".join(f"{line}\n" for line in lines).encode()


def _lines(entry: str) -> list[str]:
    if not entry.endswith(FILE):
        return [entry.strip()]
    try:
        with open(entry, encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or said(error)
        raise ServingError(f"{entry} cannot be read ({why}): fix model_image_packages.") from error
    whole = re.sub(r"\\\n", " ", text).splitlines()
    return [line for line in (re.sub(r"(^|\s)#.*$", "", line).strip() for line in whole) if line]


def _check(line: str, ours: dict[str, str]) -> None:
    found = LINE.fullmatch(line)
    if not found:
        raise ServingError(
            f"model_image_packages has {line!r}, which is no requirement such as feature-engine==1.8.3: options of pip "
            "belong into model_image_pip_conf, and code of your own into model_image_modules."
        )
    here = ours.get(_plain(found["name"]))
    exact = EXACT.match(found["rest"])
    if here and exact and exact.group(1) != here:
        raise ServingError(
            f"model_image_packages has {line!r}, and the server's lock has {here}: leave it out, or write {here}. To "
            "have another version, lock it in sources of your own (model_image_source)."
        )


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
