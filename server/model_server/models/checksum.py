# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checksums of model files: computed, and as the operator pins them in MODEL_SHA256."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from .model import ModelError

SHA256 = re.compile(r"[0-9a-f]{64}")


def sha256_of(path: Path) -> str:
    """The file's checksum as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pins_of_the_image(file: str, store: Path) -> tuple[str, ...]:
    """The pins that the image's build made, one a line of the file.

    They are of the models that were built in. Where a volume is mounted over the store, its models are others: then
    there are none.
    """
    path = Path(file)
    if not file or not path.is_file() or path.parent.stat().st_dev != store.stat().st_dev:
        return ()
    return tuple(path.read_text(encoding="utf-8").split())


def pinned_sha256(name: str, version: str, pins: tuple[str, ...]) -> str | None:
    """The checksum that the operator pinned for this model, or None.

    :param pins: the words of MODEL_SHA256.
    :raises ModelError: the pin is no sha256.
    """
    for pin in pins:
        target, _unused, digest = pin.rpartition("=")
        if target in (f"{name}/{version}", ""):
            if not SHA256.fullmatch(digest.lower()):  # some programs write it in capitals
                raise ModelError(f"MODEL_SHA256: {digest!r} is no sha256 (64 hexadecimal digits)")
            return digest.lower()
    return None
