# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the project pins, and which licence the Python packages among it say they have."""

from __future__ import annotations

import re
import subprocess
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
# Everything in the development environment; and what of it goes into the model server's image.
PYTHON_LOCKS = {
    "tools": [ROOT / "requirements/dev.txt"],
    "images": [ROOT / "server/requirements.txt", *sorted(ROOT.glob("server/extras/*.txt"))],
}
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_REQUIRED = re.compile(r"^\s*(?:require\s+)?(\S+) (v\S+?)(?:\s*//.*)?$")
_REPLACED = re.compile(r"^\s*(?:replace\s+)?(\S+)(?: v\S+)? => (\S+) (v\S+)$")
# How metadata calls licences that have an SPDX name.
SPDX = {
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd license": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gnu affero general public license v3": "AGPL-3.0",
    "gnu affero general public license v3 or later (agplv3+)": "AGPL-3.0",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "zope public license": "ZPL-2.1",
    "zpl 2.1": "ZPL-2.1",
}
_EXPRESSION = re.compile(r"[A-Za-z0-9.+() -]{2,80}")


def python_names(lock: Path) -> set[str]:
    return {name.lower() for name in _PINNED.findall(lock.read_text(encoding="utf-8"))}


def python_licence(name: str) -> str | None:
    """As an SPDX expression; "" when the metadata does not say it clearly, None when it is not installed here."""
    try:
        facts = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    if facts.get("License-Expression"):
        return facts["License-Expression"]
    given = (facts.get("License") or "").strip()
    classifiers = [entry.rpartition("::")[2].strip() for entry in facts.get_all("Classifier") or []]
    known = [SPDX[entry.lower()] for entry in [given, *classifiers] if entry.lower() in SPDX]
    if known:
        return known[0]
    # A short licence field that is no prose is taken for a name.
    return given if _EXPRESSION.fullmatch(given) and " " not in given else ""


def go_files() -> list[Path]:
    """Every go.mod of the project: each is built by something."""
    done = subprocess.run(["git", "ls-files", "*go.mod"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.split()]


def go_modules(go_mod: str) -> set[tuple[str, str]]:
    """Path and version of what the text of a go.mod requires, replacements applied."""
    replaced = {}
    required = set()
    for line in go_mod.splitlines():
        if found := _REPLACED.match(line):
            replaced[found[1]] = (found[2], found[3])
        elif (found := _REQUIRED.match(line)) and "." in found[1]:
            required.add((found[1], found[2]))
    return {replaced.get(path, (path, version)) for path, version in required}
