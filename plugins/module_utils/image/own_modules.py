# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's own Python modules, which models need when they are opened: checked, and put beside the server."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.image import own_packages

# Of the build context; the image has it on PYTHONPATH.
FOLDER = "server/modules"
SERVER = "model_server"
# What a package is imported as, where its name does not say so.
IMPORTED = {
    "scikit_learn": "sklearn",
    "grpcio": "grpc",
    "pysimdjson": "simdjson",
    "python_dateutil": "dateutil",
    "protobuf": "google",
}
SKIPPED = ("__pycache__",)


def files(paths: Iterable[str], requirements: str) -> dict[str, str]:
    """By path in the build context, the files of the modules at ``paths``. Raises ServingError.

    :param requirements: the text of the server's lock.
    """
    found: dict[str, str] = {}
    taken = {_imported(name): f"the image's package {name}" for name in own_packages.locked(requirements)}
    taken[SERVER] = "the server itself"
    for path in paths:
        name = _name(path)
        if name in sys.stdlib_module_names:
            raise _shadows(path, name, "a module of Python itself")
        if name in taken:
            raise _shadows(path, name, taken[name])
        taken[name] = path
        found |= _package(path, name) if os.path.isdir(path) else {f"{FOLDER}/{name}.py": path}
    return found


def _imported(package: str) -> str:
    return IMPORTED.get(package.replace("-", "_"), package.replace("-", "_"))


def _name(path: str) -> str:
    """What the module at ``path`` is imported as."""
    if not os.path.exists(path):
        raise ServingError(f"{path} does not exist: fix model_image_modules.")
    name = os.path.basename(os.path.normpath(path))
    if os.path.isdir(path):
        if not os.path.isfile(os.path.join(path, "__init__.py")):
            raise ServingError(
                f"{path} has no __init__.py, so that it is no package: add an empty one, or name the .py files in it "
                "(model_image_modules)."
            )
    elif name.endswith(".py"):
        name = name.removesuffix(".py")
    else:
        raise ServingError(f"{path} is neither a .py file nor the folder of a package: fix model_image_modules.")
    if not name.isidentifier():
        raise ServingError(f"{path} cannot be imported by the name {name!r}: rename it (model_image_modules).")
    return name


def _package(path: str, name: str) -> dict[str, str]:
    found = {}
    for folder, folders, names in os.walk(path):
        folders[:] = [each for each in folders if each not in SKIPPED and not each.startswith(".")]
        below = os.path.normpath(os.path.join(FOLDER, name, os.path.relpath(folder, path)))
        found |= {os.path.join(below, each): os.path.join(folder, each) for each in names if not each.endswith(".pyc")}
    return found


def _shadows(path: str, name: str, other: str) -> ServingError:
    return ServingError(
        f"{path} would be imported as {name}, as is {other}: rename it, fit the model with it under its new name, and "
        "save it again (model_image_modules)."
    )
