# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the licences of the base image's Debian packages, and writes debian.txt.

    python tests/licences/record_debian.py ROOT

ROOT is the image's file system: of the base that roles/model_image makes, as buildah mount shows it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pinned import HERE

PROSE = "prose"
_PACKAGE = re.compile(r"^Package: (\S+)$", re.MULTILINE)
_NAMED = re.compile(r"^License: *([A-Za-z0-9.+/_ -]{2,60})$", re.MULTILINE)


def licences(copyright_file: str) -> list[str]:
    """The short names in a copyright file of the machine-readable kind; [PROSE] in one of another kind."""
    return sorted({name.strip() for name in _NAMED.findall(copyright_file)}) or [PROSE]


def main(root: Path) -> None:
    lines = []
    for name in sorted(set(_PACKAGE.findall((root / "var/lib/dpkg/status").read_text(encoding="utf-8")))):
        text = (root / "usr/share/doc" / name / "copyright").read_text(encoding="utf-8", errors="replace")
        lines.append(f"{name}: {', '.join(licences(text))}")
    (HERE / "debian.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
