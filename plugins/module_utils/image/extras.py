# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extras: Python packages that the image has only where a setting or a model needs them. Pure.

Each is a lock in ``server/extras/``; ``server/extras.txt`` names those that the build installs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

SELECTED = "server/extras.txt"
LOCK = "server/extras/{name}.txt"
# By suffix of a model's file, the library that opens it, which is the extra's name too.
LIBRARIES = {".json": "xgboost", ".ubj": "xgboost", ".txt": "lightgbm"}


def of_models(files: Iterable[str]) -> set[str]:
    """The extras that models need.

    :param files: names of the models' files.
    """
    return {LIBRARIES[suffix] for suffix in (os.path.splitext(file)[1] for file in files) if suffix in LIBRARIES}


def selected(own: str, needed: Iterable[str], files: Iterable[str]) -> bytes:
    """What ``server/extras.txt`` is to hold. Raises ServingError when the sources have no lock for one of them.

    :param own: what the sources' file holds.
    :param needed: the names of extras that settings need.
    :param files: paths of the sources.
    """
    names = sorted({*own.split(), *needed})
    missing = [LOCK.format(name=name) for name in names if LOCK.format(name=name) not in set(files)]
    if missing:
        raise ServingError(
            f"the server's sources do not have {', '.join(missing)}, which this release needs. Fix model_image_source."
        )
    return "".join(f"{name}\n" for name in names).encode()
