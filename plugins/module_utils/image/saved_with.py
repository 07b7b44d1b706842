# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the image's scikit-learn opens a model that another version saved, said before the image is built. Pure."""

from __future__ import annotations

import re

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

REQUIREMENTS = "server/requirements.txt"
LOCKED = re.compile(r"^scikit-learn==([^\s;\\]+)", re.MULTILINE)
VERSION = re.compile(r"[0-9]+\.[0-9]+.*")
# How many numbers of a version must match, by the word of the server's MODEL_VERSION_CHECK.
COMPARED_NUMBERS = {"exact": 3, "minor": 2, "off": 0}


def check(model: str, saved: str, requirements: str, rule: str) -> None:
    """Raises ServingError when the server would refuse the model.

    ``saved`` is the version that saved it, "" for what no scikit-learn saved. ``requirements`` is the text of the
    image's; where they name no one version, the server decides.
    """
    if saved and not VERSION.fullmatch(saved):
        raise ServingError(
            f"the model {model} was saved with scikit-learn {saved!r}, which is no version: give what "
            "sklearn.__version__ was, such as 1.9.1 (model_image_model_sklearn_version, or model.json)."
        )
    locked = LOCKED.search(requirements)
    if not saved or not locked:
        return
    numbers, here = COMPARED_NUMBERS[rule], locked.group(1)
    if saved.split(".")[:numbers] == here.split(".")[:numbers]:
        return
    raise ServingError(
        f"the model {model} was saved with scikit-learn {saved}, and the image has {here}, which may read it wrongly. "
        f"Fit and save it again with {here}, or have {saved} in {REQUIREMENTS} of sources of your own "
        '(model_image_source). To try it all the same, set model_serving_settings.MODEL_VERSION_CHECK to "off".'
    )
