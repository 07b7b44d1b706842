# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server knows the settings that the variables know."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.modelops.serving.plugins.module_utils.variables import server_settings

TABLE = Path(__file__).resolve().parents[5] / "server" / "model_server" / "process" / "settings.py"


def test_they_are_the_server_s():
    table = TABLE.read_text().partition("SETTINGS = (")[2]
    assert set(re.findall(r'Setting\(\s*"([A-Z_0-9]+)"', table)) == server_settings.KNOWN
