# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges variables before anything is changed: each by itself, then all together. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.variables import forms, ranges, structures
from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints import table
from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints.constraint import Variables
from ansible_collections.modelops.serving.plugins.module_utils.variables.reading import Reading

MOST = 25


def problems(reading: Reading, defaults: dict, image: str, manifests: list[str]) -> list[str]:
    """One sentence for each thing that is wrong.

    ``defaults``: the values of the variables that were not read, for others are judged with them. ``image``: the one
    that would be deployed. ``manifests``: those in the release.
    """
    alone = [
        *ranges.outside(reading.values),
        *forms.misshapen(reading.values),
        *structures.misshapen(reading.values),
    ]
    wrong = {name for name, _sentence in alone}
    right = {name: value for name, value in reading.values.items() if name not in wrong}
    variables = Variables.of({**defaults, **right}, image, manifests)
    return _few([*reading.problems, *(sentence for _name, sentence in alone), *table.problems(variables)])


def _few(sentences: list[str]) -> list[str]:
    """As many as a person reads; a long list may have one wrong element thousands of times."""
    more = len(sentences) - MOST
    return sentences if more <= 0 else [*sentences[:MOST], f"There are {more} more."]
