# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image of the model server is built from: its files, their hash, the folder that they are copied to.

Files are by their path in the folder: a path on disk, or the content itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

BESIDE = ("Dockerfile", ".dockerignore")
NEEDED = ("Dockerfile", "server/requirements.txt")
# What a build of the example left here; an image's models are the user's, or trained in its own build.
LEFT_OUT = "server/models"


def sources(root: str) -> dict[str, str]:
    """The Dockerfile, its ignore file and the server. Raises ServingError where they are not."""
    files = {name: os.path.join(root, name) for name in BESIDE}
    for folder, folders, names in os.walk(os.path.join(root, "server")):
        below = os.path.relpath(folder, root)
        folders[:] = [name for name in folders if name != "__pycache__" and os.path.join(below, name) != LEFT_OUT]
        files.update(
            {os.path.join(below, name): os.path.join(folder, name) for name in names if not name.endswith(".pyc")}
        )
    missing = [name for name in NEEDED if not os.path.isfile(os.path.join(root, name))]
    if missing:
        raise ServingError(f"{root} does not hold the server's sources: no {', '.join(missing)} (model_image_source)")
    return files


def digest(files: dict[str, str | bytes], base: str) -> str:
    """A hash of base, names and contents, in an order that does not depend on the file system."""
    total = hashlib.sha256(base.encode())
    for name in sorted(files):
        total.update(f"\0{name}\0".encode())
        total.update(hashlib.sha256(_content(files[name])).digest())
    return total.hexdigest()


def write(files: dict[str, str | bytes], path: str) -> None:
    """Makes the folder, which is there whole or not at all."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = tempfile.mkdtemp(dir=os.path.dirname(path), prefix=".new-")
    try:
        for name, source in files.items():
            target = os.path.join(temporary, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(_content(source))
        os.rename(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _content(source: str | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    with open(source, "rb") as file:
        return file.read()
