# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of an estimator before it predicts: its columns, methods and classes, and the form of its rows."""

from __future__ import annotations

from typing import Any

from .class_labels import plain
from .guess import guess
from .input_form import form
from .input_parts import first, input_parts
from .model import METHODS, Model, ModelError
from .precision import precision_of
from .schema import Column, read

# The name of the one column of a model that takes texts.
TEXT = "text"


def describe(name: str, version: str, digest: str, metadata: dict, estimator: Any) -> Model:
    """A model that is not prepared yet: it has no plans.

    :param metadata: of its model.json.
    :raises ModelError: the estimator is not fitted, cannot predict, or takes rows that no client can send.
    """
    title = f"model {name} version {version}"
    if not hasattr(estimator, "predict"):
        raise ModelError(f"{title}: {last_step(estimator)} has no predict: it does not answer for new rows")
    features = first(estimator, "n_features_in_") or columns_of(metadata)
    fitted_names = first(estimator, "feature_names_in_")
    names = None if fitted_names is None else [str(n) for n in fitted_names]
    example = metadata.get("example")
    parts = list(input_parts(estimator, int(features or 1), names))
    try:
        takes = form(parts, features is not None, names is not None, example)
    except ModelError as error:
        raise ModelError(f"{title}: {error}") from error
    if features is None and takes != "texts":
        raise ModelError(f"{title}: {why_unknown(estimator)}")
    check_names(title, metadata, features)
    classes = getattr(estimator, "classes_", None)
    return Model(
        name=name,
        version=version,
        estimator=estimator,
        sha256=digest,
        sklearn_version=metadata["sklearn_version"],
        features=int(features or 1),
        names=metadata.get("feature_names") or names or names_in(metadata) or ([TEXT] if takes == "texts" else None),
        methods=tuple(m for m in METHODS if hasattr(estimator, m)),
        classes=None if classes is None else plain(classes),
        takes=takes,
        parts=parts,
        example=example or [guess(parts, int(features or 1))],
        expected=metadata.get("expected"),
        schema=schema_for(title, metadata, names, features),
        precision=precision_of(estimator),
    )


def columns_of(metadata: dict) -> int | None:
    """How many columns its model.json says that the model takes. A transformer of one's own need not know."""
    rows = metadata.get("example") or []
    row = metadata.get("feature_names") or (rows[0] if isinstance(rows, list) and rows else None)
    return len(row) if isinstance(row, list) and row else None


def why_unknown(estimator: Any) -> str:
    """Why the number of columns is not known."""
    steps = getattr(estimator, "steps", None) or [("", estimator)]
    last, beginning = steps[-1][1], type(steps[0][1]).__name__
    # What fitting gives, such as coef_.
    if not any(name.endswith("_") and not name.startswith("_") for name in getattr(last, "__dict__", ())):
        return f"{type(estimator).__name__} is not fitted"
    return (
        f"{beginning} does not say how many columns it takes: have its fit set self.n_features_in_ = X.shape[1], and "
        "save the model again, or give model.json an example of rows"
    )


def check_names(title: str, metadata: dict, features: int | None) -> None:
    """:raises ModelError: the metadata names more or fewer columns than the model takes."""
    named = metadata.get("feature_names")
    if named and features is not None and len(named) != int(features):
        raise ModelError(f"{title}: 'feature_names' in model.json are {len(named)}; the model takes {int(features)}")


def schema_for(title: str, metadata: dict, names: list[str] | None, features: int | None) -> list[Column] | None:
    """The metadata's schema, if it has one.

    :param names: that the model was fitted with.
    :raises ModelError: it is of other columns than the model's.
    """
    if metadata.get("schema") is None:
        return None
    schema = read(metadata["schema"])
    found = [column.name for column in schema]
    wanted = metadata.get("feature_names") or names
    if len(schema) != int(features or 1) or (wanted is not None and found != wanted):
        raise ModelError(
            f"{title}: the schema in model.json has the columns {', '.join(found)[:300]}; the model takes "
            f"{', '.join(wanted)[:300] if wanted else features}, in this order"
        )
    return schema


def names_in(metadata: dict) -> list[str] | None:
    """The names of the schema's columns."""
    return [column["name"] for column in metadata["schema"]] if metadata.get("schema") else None


def last_step(estimator: Any) -> str:
    """The class of the estimator, or of a pipeline's last step."""
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[-1][1]
    return type(estimator).__name__
