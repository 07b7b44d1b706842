# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's model files, checked, with the metadata that the server needs. No file is ever loaded as a model."""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import said
from ansible_collections.modelops.serving.plugins.module_utils.image import pickled
from ansible_collections.modelops.serving.plugins.module_utils.image.extras import LIBRARIES
from ansible_collections.modelops.serving.plugins.module_utils.image.permissions import (
    Permissions,
    check_joblib,
    check_skops,
)
from ansible_collections.modelops.serving.plugins.module_utils.image.pickled import Content
from ansible_collections.modelops.serving.plugins.module_utils.image.without_predict import NAMES as WITHOUT_PREDICT

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
FORMATS = (".skops", ".joblib", *LIBRARIES)
METADATA = "model.json"
# The packages of plain data, of which no type predicts.
NO_MODELS = ("builtins", "numpy", "pandas", "collections")
# skops writes an estimator's attributes as JSON in a string of JSON.
SKLEARN_VERSION = re.compile(r'"_sklearn_version"\s*:\s*\{[^{}]*"content"\s*:\s*"\\"([0-9][^"\\]*)\\""')


@dataclass(frozen=True)
class Version:
    """One version of a model. ``files``: by name in the store, a path on disk (str) or the content itself (bytes).
    ``sklearn_version``: of the scikit-learn that saved it, "" where none did."""

    name: str
    version: str
    sha256: str
    sklearn_version: str
    files: dict[str, str | bytes]

    def __post_init__(self):
        for given in (self.name, self.version):
            if not NAME.fullmatch(given):
                raise ServingError(
                    f"{given!r} is not allowed as the name or version of a model: use at most 63 letters, digits, '.', "
                    "'_' and '-', and begin with a letter or digit (model_image_model_name, model_image_model_version)."
                )


@dataclass(frozen=True)
class Naming:
    """What the user sets. ``name`` "": use the file's or folder's. ``sklearn_version`` "": read it from the file."""

    name: str
    version: str
    sklearn_version: str


def versions(path: str, naming: Naming, permissions: Permissions) -> list[Version]:
    """The versions in ``path``: a file, a folder with metadata, or a store of such folders. Raises ServingError."""
    if not os.path.exists(path):
        shown = path if path == path.strip() else repr(path)
        raise ServingError(f"the model {shown} does not exist: fix model_image_model.")
    if os.path.isfile(path):
        return [_single_file(path, naming, permissions)]
    if os.path.isfile(os.path.join(path, METADATA)):
        return [_with_metadata(path, naming.name or os.path.basename(path), naming.version, permissions)]
    found = [_with_metadata(folder, name, version, permissions) for folder, name, version in _store(path)]
    if not found:
        raise ServingError(
            f"{path} has neither {METADATA} nor <name>/<version>/{METADATA}: fix model_image_model, or add the file."
        )
    return found


def check_default(names: list[str], default: str, needed: bool) -> None:
    """Raises ServingError where a request that names no model could not be answered. ``names``: [] for the example."""
    listed = ", ".join(sorted(set(names)))
    if default and names and default not in names:
        raise ServingError(
            f"model_serving_model_name is {default}, and the image has {listed}: name one of these. The name of a "
            "single model is that of its file, or model_image_model_name."
        )
    if needed and not default and len(set(names)) > 1:
        raise ServingError(
            f"the image has several models, {listed}, and none answers /predict, which the release asks: set "
            "model_serving_model_name to one of them, or model_serving_verify_path to /v1/models/NAME:predict."
        )


def _single_file(path: str, naming: Naming, permissions: Permissions) -> Version:
    stem, suffix = os.path.splitext(os.path.basename(path))
    if suffix not in FORMATS:
        raise ServingError(
            f"{path} is no folder, and no file of {', '.join(FORMATS)}: save the model with skops.io.dump as a .skops "
            "file, or with joblib.dump as a .joblib file, or fix model_image_model."
        )
    recorded = _recorded(path)
    _check_content(path, recorded)
    _check_permissions(path, naming.sklearn_version or recorded.sklearn_version, permissions)
    _check_version(path, recorded, naming.sklearn_version, "model_image_model_sklearn_version")
    boosted = suffix in LIBRARIES
    saved_with = "" if boosted else naming.sklearn_version or recorded.sklearn_version
    if not saved_with and not boosted:
        raise ServingError(
            f"{path} does not record the scikit-learn version that saved it: set model_image_model_sklearn_version."
        )
    # XGBoost's JSON needs another name than the metadata.
    metadata = {"file": "xgboost.json" if suffix == ".json" else f"model{suffix}", "sha256": _sha256(path)}
    if not boosted:
        metadata["sklearn_version"] = saved_with
    files = {metadata["file"]: path, METADATA: json.dumps(metadata, indent=2).encode()}
    return Version(naming.name or stem, naming.version, metadata["sha256"], saved_with or "", files)


def _with_metadata(folder: str, name: str, version: str, permissions: Permissions) -> Version:
    described = os.path.join(folder, METADATA)
    try:
        with open(described, encoding="utf-8") as file:
            metadata = json.load(file)
        named, sha256 = metadata["file"], metadata["sha256"]
    except (OSError, ValueError, TypeError) as error:
        raise ServingError(f"{described} cannot be read: {said(error)}") from error
    except KeyError as error:
        raise ServingError(f"{described} has no {said(error)}: add it.") from error
    path = os.path.join(folder, str(named))
    if os.path.dirname(path) != folder or not os.path.isfile(path):
        raise ServingError(f"{described} names the file {named!r}, which is not in the same folder.")
    if _sha256(path) != sha256:
        raise ServingError(
            f"{path} does not have the sha256 in {METADATA}: the file was changed, or {METADATA} is another model's."
        )
    saved_with = str(metadata.get("sklearn_version") or "")
    if not saved_with and os.path.splitext(path)[1] not in LIBRARIES:
        raise ServingError(f"{described} has no sklearn_version: add the version of scikit-learn that saved the model.")
    recorded = _recorded(path)
    _check_content(path, recorded)
    _check_permissions(path, saved_with, permissions)
    _check_version(path, recorded, saved_with, f"sklearn_version in {described}")
    return Version(name, version, sha256, saved_with, {named: path, METADATA: described})


def _check_permissions(path: str, sklearn_version: str, permissions: Permissions) -> None:
    suffix = os.path.splitext(path)[1]
    if suffix == ".skops":
        schema = _schema(path)
        check_skops(path, schema, permissions)
        _check_estimator(path, json.loads(schema))
    elif suffix in LIBRARIES:
        _check_boosted(path, suffix)
    else:
        _check_pickle(path)
        check_joblib(path, sklearn_version, permissions)


def _check_pickle(path: str) -> None:
    """Raises ServingError for a file that is cut off, or another one's. What joblib has compressed is not known."""
    size = os.path.getsize(path)
    if not size:
        raise ServingError(f"{path} is empty: save the model again.")
    with open(path, "rb") as file:
        head = file.read(2)
        file.seek(size - 1)
        last = file.read(1)
    if head == b"PK":
        raise ServingError(f"{path} is a zip archive, as skops writes it: give it the suffix .skops.")
    if head[:1] == b"\x80" and last != b".":
        raise ServingError(f"{path} is cut off: copy the whole file, or save the model again.")


def _check_boosted(path: str, suffix: str) -> None:
    """Raises ServingError for a file that is not what its suffix says."""
    with open(path, "rb") as file:
        head = file.read(64)
    expected = {".txt": b"tree\n", ".ubj": b"{", ".json": b"{"}[suffix]
    if not head.startswith(expected) or (suffix != ".txt" and b"learner" not in head):
        raise ServingError(
            f"{path} is not a model as {LIBRARIES[suffix]} saves it in a {suffix} file: write it with save_model, or "
            "fix model_image_model."
        )


def _store(path: str) -> Iterator[tuple[str, str, str]]:
    """(folder, name, version) of each <name>/<version> that has metadata."""
    for name in sorted(os.listdir(path)):
        if os.path.isdir(os.path.join(path, name)):
            for version in sorted(os.listdir(os.path.join(path, name))):
                folder = os.path.join(path, name, version)
                if os.path.isfile(os.path.join(folder, METADATA)):
                    yield folder, name, version


def _recorded(path: str) -> Content:
    """What the file says of itself; nothing where it does not, or cannot be read."""
    suffix = os.path.splitext(path)[1]
    if suffix in LIBRARIES:
        return Content()
    if suffix == ".skops":
        schema = _schema(path)
        top, found = json.loads(schema), SKLEARN_VERSION.search(schema)
        return Content(found.group(1) if found else "", kind=f"{top.get('__module__')}.{top.get('__class__')}")
    with open(path, "rb") as file:
        return pickled.read(file) or Content()


def _check_content(path: str, recorded: Content) -> None:
    """Raises ServingError for a file that holds no model, or one that no server can import."""
    if recorded.of_scripts:
        raise ServingError(
            f"{path} needs {', '.join(recorded.of_scripts)}, which a script or notebook defined: the server cannot "
            "import it. Move it into a module, a .py file of its own, fit the model with that, save it again, and name "
            "the file in model_image_modules."
        )
    if recorded.kind.partition(".")[0] in NO_MODELS:
        raise ServingError(f"{path} holds no model, but a {recorded.kind}: save the fitted estimator itself.")


def _check_version(path: str, recorded: Content, declared: str, where: str) -> None:
    """Raises ServingError for a file that another scikit-learn has saved than is declared (``where``)."""
    if declared and recorded.sklearn_version and declared != recorded.sklearn_version:
        raise ServingError(
            f"{path} was saved by scikit-learn {recorded.sklearn_version}, as it says itself, and not by {declared}: "
            f"correct {where}, or leave it out where the file is given alone."
        )


def _check_estimator(path: str, top: dict) -> None:
    """Raises ServingError for an estimator of scikit-learn that cannot predict. Of anything else the server knows.
    ``top``: what the skops file holds."""
    try:
        predicting = _predicting(top)
        name, attributes = predicting["__class__"], set(predicting["content"]["content"])
        ours = str(predicting["__module__"]).startswith("sklearn.")
    except (LookupError, TypeError, AttributeError):
        return
    if ours and name in WITHOUT_PREDICT:
        raise ServingError(f"{path} ends in a {name}, which has no predict: save an estimator that has one.")
    # What fitting gives, such as classes_.
    if ours and not any(attribute.endswith("_") and not attribute.startswith("_") for attribute in attributes):
        raise ServingError(f"{path} holds a {top['__class__']} that was never fitted: fit it, and save it again.")


def _predicting(node: dict) -> dict:
    """The part of a skops file's description that predicts: of a pipeline, its last step."""
    attributes = node["content"]["content"]
    return _predicting(attributes["steps"]["content"][-1]["content"][-1]) if "steps" in attributes else node


def _schema(path: str) -> str:
    """The description of its content that a skops file holds, as JSON."""
    try:
        with zipfile.ZipFile(path) as archive:
            schema = archive.read("schema.json").decode("utf-8")
        json.loads(schema)
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ServingError(
            f"{path} is not a skops file ({said(error)}): save it anew, or copy the whole file."
        ) from error
    return schema


def _sha256(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
