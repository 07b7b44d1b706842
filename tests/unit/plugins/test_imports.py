# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every plugin finds what it imports, also those that only a cluster runs."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[3] / "plugins"
NAMES = sorted(
    ".".join(path.relative_to(PLUGINS).with_suffix("").parts)
    for path in PLUGINS.rglob("*.py")
    if "doc_fragments" not in path.parts and path.name != "__init__.py"
)


@pytest.mark.parametrize("name", NAMES)
def test_it_can_be_imported(name):
    importlib.import_module(f"ansible_collections.modelops.serving.plugins.{name}")
