# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the licence of every Go module that the project pins, and writes go.txt: make licences

Fetches the modules (some hundred megabytes, once), for a licence stands in a module's own files.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from pinned import HERE, go_files, go_modules
from spdx import UNKNOWN, classify

NAMES = ("license", "licence", "copying", "unlicense", "copyright")


def downloaded(go_mod: Path) -> dict[tuple[str, str], Path]:
    """The folder of each module, by path and version. Go may add to its files: it is given copies."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("go.mod", "go.sum"):
            shutil.copy(go_mod.with_name(name), folder)
        environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
        done = subprocess.run(
            ["go", "mod", "download", "-json"], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    decoder, found, rest = json.JSONDecoder(), {}, done.stdout.lstrip()
    while rest:
        module, end = decoder.raw_decode(rest)
        rest = rest[end:].lstrip()
        if "Dir" not in module:
            raise SystemExit(f"{module['Path']} {module['Version']} was not fetched: {module.get('Error')}")
        found[module["Path"], module["Version"]] = Path(module["Dir"])
    if done.returncode:
        raise SystemExit(done.stderr)
    return found


def licence(folder: Path) -> str:
    """Of all licence files at the top of a module, as an expression."""
    found: set[str] = set()
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name.lower().startswith(NAMES):
            found |= classify(path.read_text(encoding="utf-8", errors="replace"))
    if len(found) > 1:
        found.discard(UNKNOWN)
    return " AND ".join(sorted(found)) or UNKNOWN


def main() -> None:
    lines = set()
    for go_mod in go_files():
        folders = downloaded(go_mod)
        for path, version in go_modules(go_mod.read_text(encoding="utf-8")):
            lines.add(f"{path} {version} {licence(folders[path, version])}")
        print(f"{go_mod.parent}: {len(folders)} modules", flush=True)
    (HERE / "go.txt").write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
