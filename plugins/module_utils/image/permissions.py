# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server must be permitted before it opens a model's file, said before the image is built. Pure."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

# The packages of what scikit-learn's models are made of. The server opens such files where their checksum is pinned, as
# that of every model is which is built into an image.
KNOWN = {"sklearn", "numpy", "scipy", "builtins", "collections"}


# Of the letters of two names, the share that they have in common where one is the other, mistyped.
ALIKE = 0.9


@dataclass(frozen=True)
class Permissions:
    """What the user permits: ``trusted_types`` beside scikit-learn's in skops files, and to open joblib files."""

    trusted_types: tuple[str, ...]
    allow_joblib: bool


def check_skops(path: str, schema: str, permissions: Permissions) -> None:
    """Raises ServingError when the schema of a skops file names types that nobody trusts."""
    wanted = sorted(unknown_types(schema) - set(permissions.trusted_types))
    if not wanted:
        return
    scripts = [name for name in wanted if name.startswith("__main__.")]
    if scripts:
        raise ServingError(
            f"{path} holds {', '.join(scripts)}, which a script or notebook defined: the server cannot import it. "
            "Move it into a module, a .py file of its own, fit the model with that, save it again, and name the file "
            "in model_image_modules."
        )
    # A mistyped name goes for the right one.
    kept = [
        name for name in permissions.trusted_types if not difflib.get_close_matches(name, wanted, n=1, cutoff=ALIKE)
    ]
    listed = [*kept, *wanted]
    raise ServingError(
        f"{path} holds types that are not scikit-learn's: {', '.join(wanted)}. If you trust them, set "
        f"model_serving_trusted_types to {json.dumps(listed)}. The image has them where model_image_modules names "
        "modules of your own, and model_image_packages packages."
    )


def unknown_types(schema: str) -> set[str]:
    """Dotted names of the types and functions in a skops file that are of none of the KNOWN packages."""
    return {name for name in named(json.loads(schema)) if name.partition(".")[0] not in KNOWN}


def named(node: Any) -> Iterator[str]:
    """What the nodes of a skops schema name as their class."""
    if isinstance(node, list):
        for part in node:
            yield from named(part)
    elif isinstance(node, dict):
        kind, module = node.get("__class__"), node.get("__module__")
        if isinstance(kind, str) and isinstance(module, str):
            yield f"{module}.{kind}"
        for part in node.values():
            yield from named(part)


def check_joblib(path: str, sklearn_version: str | None, permissions: Permissions) -> None:
    """Raises ServingError, with all that is to be set, when the file may not be opened or its version is not known."""
    missing = []
    if not permissions.allow_joblib:
        missing.append("model_serving_allow_joblib: true")
    if not sklearn_version:
        missing.append("model_image_model_sklearn_version: the version that saved it, which this file does not record")
    if missing:
        raise ServingError(
            f"{path} is a joblib file, which can run any code when it is opened. Save the model with skops.io.dump, "
            f"or, if the file is your own, set {' and '.join(missing)}. This run pins its checksum."
        )
