# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The image's Python packages as bills of materials in CycloneDX, one for the server and one for each extra; and what
PyPI knows against them.

    python tests/static/audit.py FOLDER
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "collection")]

from environments import environment

TOOLS = ROOT / "requirements" / "audit.txt"
SERVER = ROOT / "server" / "requirements.txt"


def locks() -> list[Path]:
    return [SERVER, *sorted((ROOT / "server" / "extras").glob("*.txt"))]


def write_bill(lock: Path, folder: Path) -> Path:
    """The bill of a lock; the tool itself checks it against CycloneDX's schema."""
    name = "server" if lock == SERVER else lock.stem
    path = folder / f"{name}.cdx.json"
    tool = environment(TOOLS) / "cyclonedx-py"
    asked = [tool, "requirements", lock, "--spec-version", "1.6", "--output-reproducible", "--validate", "-o", path]
    done = subprocess.run(list(map(str, asked)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return path


def known(lock: Path) -> int:
    """Prints what PyPI knows against the packages of a lock. The status of the tool: 0 for nothing."""
    tool = environment(TOOLS) / "pip-audit"
    asked = [tool, "--disable-pip", "--require-hashes", "--strict", "--requirement", lock]
    return subprocess.run(list(map(str, asked)), check=False).returncode


def main(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    for lock in locks():
        print(write_bill(lock, folder))
    # With --strict, a package that PyPI's service does not answer for is an error, and not a package without fault.
    return max([known(lock) for lock in locks()])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
