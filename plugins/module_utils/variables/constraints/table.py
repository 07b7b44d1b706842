# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What values the variables of the role model_serving may have: a table with one row for each constraint. Pure.

A new constraint is a row in one of the modules beside this one, and one in table.yml next to the table's test.
Names and types have been checked already.
"""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints import (
    additions,
    capacity,
    models,
    naming,
    routing,
    settings,
)
from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints.constraint import Variables

SUBJECTS = (naming, models, capacity, settings, routing, additions)
CONSTRAINTS = tuple(row for subject in SUBJECTS for row in subject.ROWS)


def problems(variables: Variables) -> list[str]:
    """One sentence for each thing that is wrong, in the order of the table."""
    return [sentence for constraint in CONSTRAINTS for sentence in constraint.sentences(variables)]
