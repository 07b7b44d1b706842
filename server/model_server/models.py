# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Models: found in the store, checked before they are opened, loaded, warmed up."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import loading

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
SAVED_WITH = re.compile(r'"_sklearn_version"\s*:\s*\{[^{}]*"content"\s*:\s*"\\"([0-9][^"\\]*)\\""')
SHA256 = re.compile(r"[0-9a-f]{64}")
# Columns beyond these get no counters of their own, so that wide models do not flood Prometheus.
MAX_COLUMNS = 100
METHODS = ("predict", "predict_proba")


class ModelError(Exception):
    """A model that is not served; the message says which, why, and what to do."""


@dataclass
class Model:
    """One version of one model, ready to predict.

    :ivar features: number of columns it takes.
    :ivar names: names of the columns, or None if it was fitted without.
    :ivar methods: those of METHODS that it has.
    :ivar frame: whether it takes a DataFrame, with columns of different kinds.
    :ivar example: rows from its metadata, shown to people and used for the warm-up.
    :ivar plans: how each method is run (plans.py).
    :ivar predicts: dtype kind and shape of one prediction.
    """

    name: str
    version: str
    estimator: Any
    sha256: str
    sklearn_version: str
    features: int
    names: list[str] | None
    methods: tuple[str, ...]
    classes: list | None
    allows_nan: bool
    frame: bool
    example: list[list]
    plans: dict[str, Any] = field(default_factory=dict)
    predicts: tuple[str, tuple[int, ...]] = ("f", ())

    @property
    def engine(self) -> dict[str, str]:
        """The name of each method's plan."""
        return {method: plan.name for method, plan in self.plans.items()}

    @cached_property
    def columns(self) -> list[str]:
        """A name for each column: its own, or its number."""
        return self.names or [str(i) for i in range(self.features)]

    @cached_property
    def column_labels(self) -> list[tuple[str, str, str]]:
        """Labels of the metrics that each column has of its own."""
        return [(self.name, self.version, column) for column in self.columns[:MAX_COLUMNS]]

    @property
    def info(self) -> dict[str, str]:
        """Labels of the metric that names the served models."""
        return {
            "model": self.name,
            "version": self.version,
            "estimator": type(self.estimator).__name__,
            "sklearn_version": self.sklearn_version,
            "sha256": self.sha256[:12],
            "engine": self.engine.get("predict", ""),
        }


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
    loading.lean_sklearn()
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
            return loading.open_skops(path, settings.model_trusted_types)
        if path.suffix not in (".joblib", ".pkl"):
            raise loading.FormatError("unknown format (known: .skops, .joblib)")
        if not settings.model_allow_joblib or pin != digest:
            raise loading.FormatError(
                "can run any code when it is opened; save it with skops, or set MODEL_ALLOW_JOBLIB=true "
                f"and MODEL_SHA256={path.parts[-3]}/{path.parts[-2]}={digest}"
            )
        return loading.open_joblib(path)
    except loading.FormatError as error:
        raise ModelError(f"{title}: {path.name} {error}") from error


def describe(name: str, version: str, digest: str, metadata: dict, estimator: Any) -> Model:
    features = getattr(estimator, "n_features_in_", None)
    if not hasattr(estimator, "predict") or features is None:
        raise ModelError(
            f"model {name} version {version}: {type(estimator).__name__} is no fitted estimator with predict"
        )
    names = getattr(estimator, "feature_names_in_", None)
    classes = getattr(estimator, "classes_", None)
    return Model(
        name=name,
        version=version,
        estimator=estimator,
        sha256=digest,
        sklearn_version=metadata["sklearn_version"],
        features=int(features),
        names=metadata.get("feature_names") or (None if names is None else [str(n) for n in names]),
        methods=tuple(m for m in METHODS if hasattr(estimator, m)),
        classes=None if classes is None else np.asarray(classes).tolist(),
        allows_nan=bool(estimator.__sklearn_tags__().input_tags.allow_nan),
        frame=names is not None and takes_frame(estimator),
        example=metadata.get("example") or [guess(estimator, names, int(features))],
    )


def takes_frame(estimator: Any) -> bool:
    """Whether somewhere in it columns are told apart, by name or kind, so that an array of numbers would not do."""
    if type(estimator).__name__ in ("ColumnTransformer", "OneHotEncoder", "OrdinalEncoder", "TargetEncoder"):
        return True
    inner = [step for _unused, step in getattr(estimator, "steps", ())]
    inner += [getattr(estimator, name) for name in ("estimator_", "best_estimator_") if hasattr(estimator, name)]
    return any(takes_frame(part) for part in inner)


def guess(estimator: Any, names: Any, features: int) -> list:
    """A row for a model that brings no example: the first category of what is encoded, zeros for the rest."""
    row: list = [0.0] * features
    for part in [estimator, *(step for _unused, step in getattr(estimator, "steps", ()))]:
        for _unused, encoder, columns in getattr(part, "transformers_", ()):
            categories = getattr(encoder, "categories_", None)
            if categories is None and hasattr(encoder, "steps"):
                categories = getattr(encoder.steps[-1][1], "categories_", None)
            for column, known in zip(columns, categories or (), strict=False):
                index = list(names).index(column) if isinstance(column, str) else int(column)
                row[index] = np.asarray(known).tolist()[0]
    return row


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


def load_all(settings: SimpleNamespace) -> Registry:
    """Every model of the store, loaded and warmed up.

    :raises ModelError: one of them cannot be served.
    """
    loading.lean_sklearn()  # before anything else imports scikit-learn
    from .probes import prepare

    loaded = [load(path, settings) for path in find(Path(settings.model_store))]
    for model in loaded:
        prepare(model)
    return Registry(loaded, settings.model_name)
