# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The build context of a model server's image: its files, their hash, and the folder that they are copied to.

``files`` maps a path in the context to a path on disk (str) or to the content itself (bytes).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

TOP_LEVEL = ("Dockerfile", ".dockerignore")
REQUIRED = ("Dockerfile", "server/requirements.txt")
# Models of an earlier build on this machine. An image gets the user's models, or trains the example in its own build.
EXCLUDED = "server/models"


def sources(root: str) -> dict[str, str]:
    """The Dockerfile, its ignore file and the server. Raises ServingError when ``root`` does not have them."""
    files = {name: os.path.join(root, name) for name in TOP_LEVEL}
    for folder, folders, names in os.walk(os.path.join(root, "server")):
        below = os.path.relpath(folder, root)
        folders[:] = [name for name in folders if name != "__pycache__" and os.path.join(below, name) != EXCLUDED]
        files.update(
            {os.path.join(below, name): os.path.join(folder, name) for name in names if not name.endswith(".pyc")}
        )
    missing = [name for name in REQUIRED if not os.path.isfile(os.path.join(root, name))]
    if missing:
        raise ServingError(
            f"{root} does not have the server's sources: {', '.join(missing)} is missing. Fix model_image_source."
        )
    return files


def text(files: dict[str, str | bytes], name: str) -> str:
    """The content of the file ``name``; "" when there is none."""
    return _content(files[name]).decode("utf-8") if name in files else ""


def digest(files: dict[str, str | bytes], base: str) -> str:
    """A hash of base, names and contents, the same on every file system."""
    total = hashlib.sha256(base.encode())
    for name in sorted(files):
        total.update(f"\0{name}\0".encode())
        total.update(hashlib.sha256(_content(files[name])).digest())
    return total.hexdigest()


def write(files: dict[str, str | bytes], path: str) -> None:
    """Creates the folder ``path`` with all ``files``, or nothing when a file cannot be copied. Another run may create
    the same one meanwhile: its name is that of its content."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = tempfile.mkdtemp(dir=os.path.dirname(path), prefix=".new-")
    try:
        for name, source in files.items():
            target = os.path.join(temporary, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(_content(source))
        _move(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _move(temporary: str, path: str) -> None:
    try:
        os.rename(temporary, path)
    except OSError:
        if not os.path.isdir(path):
            raise


def _content(source: str | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    with open(source, "rb") as file:
        return file.read()
