# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Opens model files. The suffix decides the format; no other format is tried."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import numpy as np

from . import boosted
from .minimal_imports import import_skops

# How skops writes a type.
TYPE = re.compile(r'"__class__":\s*"([^"]*)",\s*"__module__":\s*"([^"]*)"')
# Functions that SplineTransformer keeps.
ARRAY_FUNCTIONS = {"scipy._lib.array_api_compat.numpy._aliases.asarray"}


class FormatError(Exception):
    """A file that cannot or may not be opened; the message says why and what to do."""


def is_trusted_by_skops(name: str) -> bool:
    """Whether the dotted name is one of scikit-learn's own estimators or a ufunc of numpy or scipy.special.

    skops trusts these by itself.
    """
    module, _unused, attribute = name.rpartition(".")
    if module.startswith(("numpy", "scipy.special")):
        found = getattr(sys.modules.get(module), attribute, None)
        public = (np, importlib.import_module("scipy.special"))
        return isinstance(found, np.ufunc) and any(getattr(place, attribute, None) is found for place in public)
    if not module.startswith("sklearn."):
        return False
    from sklearn.base import BaseEstimator

    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except ImportError:
        return False
    return isinstance(found, type) and issubclass(found, BaseEstimator) and found.__module__ == module


def is_of_sklearn(name: str) -> bool:
    """Whether scikit-learn makes models of it: one of its own types and functions, or a type of numpy or scipy.

    Such as the tree of a forest, the score function of a selector, a sparse matrix.

    :param name: dotted.
    """
    module, _unused, attribute = name.rpartition(".")
    package = module.partition(".")[0]
    if package not in ("sklearn", "numpy", "scipy"):
        return False
    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except ImportError:
        return False
    if package != "sklearn" and not isinstance(found, type) and name not in ARRAY_FUNCTIONS:
        return False
    return callable(found) and getattr(found, "__module__", "").partition(".")[0] == package


def is_trusted_if_pinned(name: str) -> bool:
    """Whether a file that the operator vouches for may hold the type or function."""
    return is_trusted_by_skops(name) or is_of_sklearn(name)


def named_types(file: bytes) -> set[str]:
    """Dotted names of the types that a skops file's schema names: most of those it holds, if not all."""
    with ZipFile(BytesIO(file)) as archive:
        schema = archive.read("schema.json").decode()
    return {f"{module}.{name}" for name, module in re.findall(TYPE, schema)}


def open_skops(file: bytes, trusted: tuple[str, ...], harmless: Callable[[str], bool]) -> Any:
    """The object in a skops file, if every type in it is trusted.

    :param trusted: types that the operator trusts.
    :param harmless: whether a type is trusted by its name.
    :raises FormatError: a type is not trusted, or the file is damaged.
    """
    io = import_skops()
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        with suppress(UntrustedTypesFoundException):
            return io.loads(file, trusted=[*trusted, *filter(harmless, named_types(file))])
        # skops can list all types; that takes as long as opening the file.
        wanted = [name for name in io.get_untrusted_types(data=file) if name not in trusted]
        untrusted = sorted(name for name in wanted if not harmless(name))
        if not untrusted:
            return io.loads(file, trusted=[*trusted, *wanted])
    except Exception as error:
        raise FormatError(f"cannot be opened: {type(error).__name__}: {error}") from error
    remedy = (
        f"If you know them, set MODEL_TRUSTED_TYPES={','.join(untrusted)} (model_serving_trusted_types of the role)"
    )
    if all(is_trusted_if_pinned(name) for name in untrusted):
        remedy += ", or pin the file's checksum in MODEL_SHA256: scikit-learn's own types are then trusted"
    raise FormatError(f"holds types that are not trusted. {remedy}")


def open_boosted(file: bytes, library: str) -> Any:
    """The model in a file that XGBoost or LightGBM wrote.

    :param library: one of boosted.LIBRARIES.
    :raises FormatError: the image does not have the library, or the file is damaged.
    """
    try:
        model = boosted.OPENERS[library](file)
        model.library = library
        return model
    except ImportError as error:
        raise FormatError(
            f"needs {library}, which this image does not have ({error}): build the image with model_image_model or "
            f"model_serving_models set to the model, or by hand with the line {library} in server/extras.txt"
        ) from error
    except Exception as error:
        raise FormatError(f"cannot be opened by {library}: {error}"[:500]) from error


def open_joblib(file: bytes) -> Any:
    """The object in a joblib file. It can run any code, so call this only for a file whose checksum is pinned."""
    import joblib

    try:
        return joblib.load(BytesIO(file))
    except Exception as error:
        raise FormatError(f"cannot be opened: {type(error).__name__}: {error}") from error
