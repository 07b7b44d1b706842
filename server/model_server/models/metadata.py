# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of a model before its file is opened: its model.json, and the version in a skops file."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import orjson

from .boosted import LIBRARIES
from .class_labels import are_labels
from .model import ModelError
from .schema import SchemaError, read

# The fields that documents and refusals show.
SHOWN = ("feature_names", "example", "expected", "classes", "schema")
SAVED_WITH = re.compile(r'"_sklearn_version"\s*:\s*\{[^{}]*"content"\s*:\s*"\\"([0-9][^"\\]*)\\""')


def read_metadata(path: Path) -> dict:
    """The contents of a model.json.

    :raises ModelError: it cannot be read, or lacks a field.
    """
    try:
        metadata = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read as JSON: {error}") from error
    for key in ("file", "sha256", "sklearn_version"):
        if key == "sklearn_version" and isinstance(metadata, dict) and of_booster(metadata):
            continue
        if not isinstance(metadata, dict) or not isinstance(metadata.get(key), str):
            raise ModelError(f"{path}: {key!r} is missing or no text")
    check_shapes(path, metadata)
    return {"sklearn_version": "", **metadata, "sha256": metadata["sha256"].lower()}


def of_booster(metadata: dict) -> bool:
    """Whether the file is XGBoost's or LightGBM's own, which no scikit-learn saved."""
    return Path(str(metadata.get("file"))).suffix in LIBRARIES


def check_shapes(path: Path, metadata: dict) -> None:
    """Check the optional fields; null stands for none.

    :raises ModelError: one of them has another shape than it must have, or holds what no answer can.
    """
    for field in SHOWN:
        try:
            orjson.dumps(metadata.get(field))
        except TypeError as error:
            raise ModelError(f"{path}: {field!r} cannot be shown to clients: {error}") from error
    example, expected = metadata.get("example"), metadata.get("expected")
    names = metadata.get("feature_names")
    if names is not None and not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise ModelError(f"{path}: 'feature_names' is no list of texts")
    if example is not None and not (
        isinstance(example, list) and all(isinstance(row, list | dict | str) for row in example)
    ):
        raise ModelError(
            f"{path}: 'example' is no list of rows, each a list of values, an object by column name, or a text"
        )
    if expected is not None and not (isinstance(expected, list) and len(expected) == len(example or [])):
        raise ModelError(f"{path}: 'expected' is no list of one prediction for each row of 'example'")
    if metadata.get("classes") is not None and not are_labels(metadata["classes"]):
        raise ModelError(f"{path}: 'classes' is no list of different texts, whole numbers or booleans, all of one kind")
    if metadata.get("schema") is not None:
        try:
            read(metadata["schema"])
        except SchemaError as error:
            raise ModelError(f"{path}: 'schema'{error}") from error


def saved_with(path: Path) -> str | None:
    """The scikit-learn version that saved a skops file, or None. Read as text: nothing of the file is constructed.

    :raises ModelError: it is no skops file.
    """
    if path.suffix != ".skops":
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            found = SAVED_WITH.search(archive.read("schema.json").decode("utf-8"))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is no skops file: {error}") from error
    return found[1] if found else None
