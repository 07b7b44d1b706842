# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Models: found in the store, checked before they are opened, loaded, warmed up."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from . import formats
from .model import Model, ModelError, describe

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
SAVED_WITH = re.compile(r'"_sklearn_version"\s*:\s*\{[^{}]*"content"\s*:\s*"\\"([0-9][^"\\]*)\\""')
SHA256 = re.compile(r"[0-9a-f]{64}")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find(store: Path) -> list[Path]:
    """The metadata file of every version of every model in the store, in order of name and version.

    :raises ModelError: no model, or a name that is not allowed.
    """
    if not store.is_dir():
        raise ModelError(f"MODEL_STORE {store} is not a folder; it must hold <model name>/<version>/model.json")
    found = sorted(store.glob("*/*/model.json"), key=lambda p: (p.parts[-3], version_key(p.parts[-2])))
    if not found:
        raise ModelError(f"no model in MODEL_STORE {store}: expected <model name>/<version>/model.json below it")
    for path in found:
        for word in path.parts[-3:-1]:
            if not NAME.fullmatch(word):
                raise ModelError(f"{path}: {word!r} is no name for a model or version (letters, digits, '.', '_', '-')")
    return found


def version_key(version: str) -> tuple:
    """Sorts 2 before 10, and 1.9 before 1.10."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"[._-]", version))


def pinned_sha256(name: str, version: str, pins: tuple[str, ...]) -> str | None:
    """The checksum the operator pinned for this model, from the words of MODEL_SHA256."""
    for pin in pins:
        target, _unused, digest = pin.rpartition("=")
        if target in (f"{name}/{version}", ""):
            if not SHA256.fullmatch(digest):
                raise ModelError(f"MODEL_SHA256: {digest!r} is no sha256 (64 hexadecimal digits)")
            return digest
    return None


def load(metadata_path: Path, settings: SimpleNamespace) -> Model:
    """Check, open and describe one model. Nothing of it is opened before its checksum and version are accepted.

    :raises ModelError: with the reason.
    """
    name, version = metadata_path.parts[-3:-1]
    title = f"model {name} version {version}"
    metadata = read_metadata(metadata_path)
    path = metadata_path.parent / metadata["file"]
    if path.parent != metadata_path.parent or not path.is_file():
        raise ModelError(f"{title}: {metadata_path} names the file {metadata['file']!r}, which is not beside it")

    pin = pinned_sha256(name, version, settings.model_sha256)
    digest = sha256_of(path)
    for expected, source in ((pin, "MODEL_SHA256"), (metadata["sha256"], "model.json")):
        if expected is not None and digest != expected:
            raise ModelError(
                f"{title}: {path.name} has sha256 {digest}, {source} says {expected}: "
                "damaged or tampered with; it was not opened"
            )
    check_version(title, metadata["sklearn_version"], settings.model_version_check)
    estimator = open_file(title, path, digest, pin, settings)
    return describe(name, version, digest, metadata, estimator)


def read_metadata(path: Path) -> dict:
    try:
        metadata = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as JSON: {error}") from error
    for key in ("file", "sha256", "sklearn_version"):
        if not isinstance(metadata, dict) or not isinstance(metadata.get(key), str):
            raise ModelError(f"{path}: {key!r} is missing or no text")
    return metadata


def saved_with(path: Path) -> str | None:
    """The scikit-learn version a skops file says it was saved with; read as text, nothing is constructed."""
    if path.suffix != ".skops":
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            found = SAVED_WITH.search(archive.read("schema.json").decode("utf-8"))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is no skops file: {error}") from error
    return found[1] if found else None


def check_version(title: str, saved: str, rule: str) -> None:
    formats.lean_sklearn()
    here = sys.modules["sklearn"].__version__
    parts = {"exact": 3, "minor": 2, "off": 0}[rule]
    if saved.split(".")[:parts] != here.split(".")[:parts]:
        raise ModelError(
            f"{title} was saved with scikit-learn {saved}, this server has {here}: save it again with {here}, "
            "build the image with the model's version, or set MODEL_VERSION_CHECK=off"
        )


def open_file(title: str, path: Path, digest: str, pin: str | None, settings: SimpleNamespace) -> Any:
    try:
        if path.suffix == ".skops":
            return formats.open_skops(path, settings.model_trusted_types)
        if path.suffix not in (".joblib", ".pkl"):
            raise formats.FormatError("unknown format (known: .skops, .joblib)")
        if not settings.model_allow_joblib or pin != digest:
            raise formats.FormatError(
                "can run any code when it is opened; save it with skops, or set MODEL_ALLOW_JOBLIB=true "
                f"and MODEL_SHA256={path.parts[-3]}/{path.parts[-2]}={digest}"
            )
        return formats.open_joblib(path)
    except formats.FormatError as error:
        raise ModelError(f"{title}: {path.name} {error}") from error


class Registry:
    """The models that are served, by name and version."""

    def __init__(self, models: list[Model], default: str):
        self.models: dict[str, dict[str, Model]] = {}
        for model in models:
            self.models.setdefault(model.name, {})[model.version] = model
        if default and default not in self.models:
            raise ModelError(f"MODEL_NAME={default!r} is not in the store, which has: {', '.join(self.models)}")
        self.default = default or (next(iter(self.models)) if len(self.models) == 1 else "")

    def replace(self, other: Registry) -> None:
        """Serve the other registry's models from now on."""
        self.models, self.default = other.models, other.default

    def get(self, name: str, version: str = "") -> Model | None:
        """The version asked for, or else the newest; None if there is no such model. An empty name is the default's."""
        versions = self.models.get(name or self.default)
        if versions is None:
            return None
        return versions.get(version) if version else next(reversed(versions.values()))

    def all(self) -> list[Model]:
        return [model for versions in self.models.values() for model in versions.values()]
