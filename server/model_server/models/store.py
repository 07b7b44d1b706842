# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The model store: finds the models in it, and checks each before it is opened."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from . import boosted, formats, minimal_imports, tree_ranges
from .checksum import pinned_sha256, pins_of_the_image
from .class_labels import name_classes
from .description import describe
from .metadata import read_metadata
from .model import Model, ModelError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
# How many numbers of a version must match, by the word of MODEL_VERSION_CHECK.
COMPARED_NUMBERS = {"exact": 3, "minor": 2, "off": 0}


def find(store: Path) -> list[Path]:
    """The metadata file of every version of every model in the store, in order of name and version.

    Hidden folders are left out: programs put them beside what they write.

    :raises ModelError: no model, or a name that is not allowed.
    """
    if not store.is_dir():
        raise ModelError(f"MODEL_STORE {store} is not a folder; it must hold <model name>/<version>/model.json")
    found = list(store.glob("[!.]*/[!.]*/model.json"))
    if not found:
        raise ModelError(f"no model in MODEL_STORE {store}: expected <model name>/<version>/model.json below it")
    for path in sorted(found):
        for word in path.parts[-3:-1]:
            if not NAME.fullmatch(word):
                raise ModelError(f"{path}: {word!r} is no name for a model or version (letters, digits, '.', '_', '-')")
    return sorted(found, key=lambda path: (path.parts[-3], version_key(path.parts[-2])))


def version_key(version: str) -> tuple:
    """Sorts 2 before 10, and 1.9 before 1.10."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"[._-]", version))


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

    built_in = pins_of_the_image(settings.model_sha256_file, Path(settings.model_store))
    pin = pinned_sha256(name, version, (*settings.model_sha256, *built_in))
    # Read once: another file put in place after the check of the checksum is not what is opened.
    file = path.read_bytes()
    digest = hashlib.sha256(file).hexdigest()
    for expected, source in ((pin, "MODEL_SHA256"), (metadata["sha256"], "model.json")):
        if expected is not None and digest != expected:
            raise ModelError(
                f"{title}: {path.name} has sha256 {digest}, {source} says {expected}: "
                "damaged or tampered with; it was not opened"
            )
    if path.suffix not in boosted.LIBRARIES:  # those formats are made to last from version to version
        check_version(title, metadata["sklearn_version"], settings.model_version_check)
    estimator = open_file(title, path, file, digest, pin, settings)
    damage = tree_ranges.fault(estimator)
    if damage is not None:
        raise ModelError(f"{title}: {path.name}: {damage}")
    name_classes(title, estimator, metadata.get("classes"))
    return describe(name, version, digest, metadata, estimator)


def check_version(title: str, saved: str, rule: str) -> None:
    """Compare the scikit-learn version that saved a model with the server's.

    :param rule: a key of COMPARED_NUMBERS.
    :raises ModelError: they differ by more than the rule allows.
    """
    minimal_imports.import_sklearn()
    here = sys.modules["sklearn"].__version__
    numbers = COMPARED_NUMBERS[rule]
    if saved.split(".")[:numbers] != here.split(".")[:numbers]:
        raise ModelError(
            f"{title} was saved with scikit-learn {saved}, this server has {here}: save it again with {here}, "
            "build the image with the model's version, or set MODEL_VERSION_CHECK=off"
        )


def open_file(title: str, path: Path, file: bytes, digest: str, pin: str | None, settings: SimpleNamespace) -> Any:
    """The estimator in the file.

    :param file: what was read from the path.
    :param pin: the checksum that the operator pinned; a joblib file needs it.
    :raises ModelError: it may not or cannot be opened.
    """
    try:
        if path.suffix == ".skops":
            harmless = formats.is_trusted_if_pinned if pin == digest else formats.is_trusted_by_skops
            return formats.open_skops(file, settings.model_trusted_types, harmless)
        if path.suffix in boosted.LIBRARIES:
            return formats.open_boosted(file, boosted.LIBRARIES[path.suffix])
        if path.suffix not in (".joblib", ".pkl"):
            raise formats.FormatError("unknown format (known: .skops, .joblib, and .json, .ubj, .txt of boosters)")
        if not settings.model_allow_joblib or pin != digest:
            raise formats.FormatError(
                "can run any code when it is opened; save it with skops, or, if it is your own, set "
                "MODEL_ALLOW_JOBLIB=true (model_serving_allow_joblib of the role)"
                + ("" if pin == digest else f" and MODEL_SHA256={path.parts[-3]}/{path.parts[-2]}={digest}")
            )
        return formats.open_joblib(file)
    except formats.FormatError as error:
        raise ModelError(f"{title}: {path.name} {error}") from error
