# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of all roles, as their argument specifications have them."""

from __future__ import annotations

from pathlib import Path

import yaml

ROLES = Path(__file__).parents[4] / "roles"
OPTIONS = {
    name: option
    for path in ROLES.glob("*/meta/argument_specs.yml")
    for spec in yaml.safe_load(path.read_text())["argument_specs"].values()
    for name, option in spec["options"].items()
}
