# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of docs/helm.md by which a release is handed to another tool, run as a person types them."""

from __future__ import annotations

import os
import subprocess

from cluster import KUBECONFIG, ROOT
from go_programs import CACHE

PAGE = ROOT / "docs" / "helm.md"


def lines_after(heading: str, first: str, count: int) -> str:
    """So many lines from the first one below the heading that begins like this."""
    below = PAGE.read_text().partition(heading)[2]
    found = below.partition(f"    {first}")[2].splitlines()[:count]
    return "\n".join([first + found[0], *(line.strip() for line in found[1:])])


def run_typed(script: str, namespace: str) -> str:
    """Runs lines of the page in another namespace. What they say."""
    # The local cluster's own, of which there is one for each set of pinned versions.
    program = max(CACHE.glob("*/kubectl"), key=lambda path: path.stat().st_mtime)
    environment = {**os.environ, "KUBECONFIG": str(KUBECONFIG), "PATH": f"{program.parent}:{os.environ['PATH']}"}
    typed = script.replace("ml-serving", namespace)
    done = subprocess.run(
        ["sh", "-ec", typed], env=environment, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
