# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The surveys of AWX, from the questions of awx_setup_surveys and the argument specifications of the roles."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.awx import surveys
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.variables import ranges, reading
from ansible_collections.modelops.serving.plugins.module_utils.variables.names import nearest

# The entry points whose variables each playbook reads.
READ = {
    "deploy": ("model_serving.main", "model_image.main"),
    "rollback": ("model_serving.rollback",),
    "verify": ("model_serving.checklist",),
    "load_test": ("model_serving.load_test",),
    "diagnose": ("model_serving.diagnose",),
    "status": ("model_serving.status",),
}


def asked(questions: dict, specs: dict, targets: list[dict]) -> dict[str, dict]:
    """The survey of each playbook."""
    unknown = [playbook for playbook in questions if playbook not in READ]
    if unknown:
        raise ServingError(
            f"awx_setup_surveys has {unknown[0]}, which is no job template; it may have {', '.join(READ)}."
        )
    found = {}
    for playbook, titles in questions.items():
        options = {name: option for entry in READ[playbook] for name, option in specs[entry].items()}
        _refuse_unreadable(playbook, titles, options)
        read = [_read(each, titles, options) for each in targets]
        found[playbook] = surveys.survey(
            playbook, titles, options, ranges.RANGES, surveys.agreed(read, list(titles)) if read else {}
        )
    return found


def _read(target: dict, titles: dict, options: dict) -> dict:
    """What the inventory has as text is read as its type says, as a deployment does; None is not shown."""
    found = {name: target[name] for name in titles if name in target}
    hidden = [name for name, value in found.items() if value is None]
    shown = {name: value for name, value in found.items() if value is not None}
    return reading.read(shown, options).values | dict.fromkeys(hidden)


def _refuse_unreadable(playbook: str, titles: dict, options: dict) -> None:
    """Raises ServingError for what is no question of the playbook."""
    where = f"awx_setup_surveys.{playbook}"
    if not isinstance(titles, dict):
        raise ServingError(f"{where} must be a mapping of variables to the titles of their questions.")
    untitled = [variable for variable, title in titles.items() if not isinstance(title, str) or not title.strip()]
    if untitled:
        raise ServingError(f"{where}.{untitled[0]} has no title: write the question as text.")
    unknown = [variable for variable in titles if variable not in options]
    if unknown:
        meant = nearest(unknown[0], sorted(options))
        remedy = f"is {meant} meant?" if meant else "leave it out."
        raise ServingError(f"{where} asks for {unknown[0]}, which this playbook does not read; {remedy}")


def problems(questions: dict, specs: dict) -> list[str]:
    """The sentence for what cannot be asked."""
    try:
        asked(questions, specs, [])
    except ServingError as error:
        return [str(error)]
    return []
