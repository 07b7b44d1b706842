# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault suite runs on the local cluster. It fails, and does not skip, when the cluster cannot be reached.

By default the quick half runs. ``MODEL_SERVING_FAULTS=all`` runs every fault and must-pass case. ``exclusive`` cases
disturb the whole cluster (a node, the API server): run them alone, with ``MODEL_SERVING_FAULTS=exclusive``.
``checklist`` cases load it for half an hour: run them with ``MODEL_SERVING_FAULTS=checklist``. ``healthy`` runs alone
what must raise no alarm; it is part of ``all`` too.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
import image
from cluster import Cluster

WANTED = os.environ.get("MODEL_SERVING_FAULTS", "quick")
ROWS: list[dict] = []


def pytest_configure(config):
    config.addinivalue_line("markers", "thorough: runs with MODEL_SERVING_FAULTS=all only")
    config.addinivalue_line("markers", "healthy: runs with MODEL_SERVING_FAULTS=all or healthy")
    config.addinivalue_line("markers", "checklist: takes long, MODEL_SERVING_FAULTS=checklist only")
    config.addinivalue_line("markers", "exclusive: disturbs the whole cluster, MODEL_SERVING_FAULTS=exclusive only")


def pytest_collection_modifyitems(config, items):
    """Deselects the cases that MODEL_SERVING_FAULTS does not name; none is skipped."""

    def wanted(item) -> bool:
        if HERE not in Path(item.path).parents:
            return True
        for marker in ("exclusive", "checklist"):
            if item.get_closest_marker(marker):
                return marker == WANTED
        if item.get_closest_marker("healthy"):
            return WANTED in ("all", "healthy")
        if item.get_closest_marker("thorough"):
            return WANTED == "all"
        return WANTED in ("quick", "all")

    out = [item for item in items if not wanted(item)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if wanted(item)]


@pytest.fixture(scope="session")
def fault_image() -> str:
    return image.load()


@pytest.fixture
def cluster(request, fault_image):
    """The cluster with a new namespace for this test, removed afterwards."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:40].strip("-")
    own = Cluster(f"t-{name}")
    own.make_namespace()
    yield own
    own.remove_namespace()


@pytest.fixture
def table() -> list[dict]:
    """Rows for the table that is printed at the end."""
    return ROWS


def pytest_terminal_summary(terminalreporter):
    if not ROWS:
        return
    terminalreporter.section("faults")
    form = "{fault:<34} {reason:<22} {seconds:>9} {total:>7}  {restored}"
    terminalreporter.line(
        form.format(fault="fault", reason="reason named", seconds="to verdict", total="in all", restored="restored")
    )
    for row in ROWS:
        terminalreporter.line(form.format(**row))
