# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Opening model files. The suffix decides the format; there is no falling back to another.

What is not needed is not imported: scikit-learn imports pandas wherever it is installed, and skops every estimator
there is. Together that is a third of the memory and of the time to start.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from . import lazy_imports

# How skops writes a type.
TYPE = re.compile(r'"__class__":\s*"([^"]*)",\s*"__module__":\s*"([^"]*)"')


class FormatError(Exception):
    """A file that cannot or may not be opened; the message says why and what to do."""


def lean_sklearn() -> None:
    """Import scikit-learn's base alone, without pandas, which its code only looks for in a reader of data sets.

    pandas is imported later for a model that takes a DataFrame.
    """
    lazy_imports.install()
    if "sklearn" not in sys.modules:
        with without_pandas():
            importlib.import_module("sklearn")
        arrays_are_no_frames()


def arrays_are_no_frames() -> None:
    """Spare narwhals, by which scikit-learn asks whether its input is a DataFrame, all of its imports for an array."""
    try:
        dependencies = importlib.import_module("narwhals.stable.v2.dependencies")
    except ImportError:  # of another version of scikit-learn
        return
    for name in ("is_into_dataframe", "is_into_series"):
        setattr(dependencies, name, no_array_and(getattr(dependencies, name)))


def no_array_and(asks: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda native: not isinstance(native, np.ndarray) and asks(native)


@contextmanager
def without_pandas() -> Iterator[None]:
    """Imports in here find no pandas, unless it is imported already."""
    if "pandas" in sys.modules:
        yield
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]  # the import system's own way to say: not there
    try:
        yield
    finally:
        del sys.modules["pandas"]


def lean_skops() -> Any:
    """The part of skops.io that reads files, without an import of all of scikit-learn.

    skops lists every estimator and every ufunc to trust them; `is_harmless` answers the same for the types of one file.
    """
    if "skops.io._persist" not in sys.modules:
        lists = [
            (importlib.import_module("sklearn.utils"), "all_estimators"),
            (importlib.import_module("skops.io._utils"), "get_public_type_names"),
        ]
        originals = [getattr(module, name) for module, name in lists]
        for module, name in lists:
            setattr(module, name, lambda *_unused, **__: [])
        try:
            with without_pandas():
                importlib.import_module("skops.io._persist")
        finally:
            for (module, name), original in zip(lists, originals, strict=True):
                setattr(module, name, original)
    return sys.modules["skops.io._persist"]


def is_harmless(name: str) -> bool:
    """Whether the dotted name is one of scikit-learn's own estimators or a ufunc of numpy or scipy.special.

    That is what skops trusts by itself.
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


def named_types(path: Path) -> set[str]:
    """Dotted names of types that a skops file holds, as they stand in its schema: most of them, if not all."""
    with ZipFile(path) as archive:
        schema = archive.read("schema.json").decode()
    return {f"{module}.{name}" for name, module in re.findall(TYPE, schema)}


def open_skops(path: Path, trusted: tuple[str, ...]) -> Any:
    """The object in a skops file, if every type in it is scikit-learn's own or trusted by the operator.

    :raises FormatError: a type is not trusted, or the file is damaged.
    """
    io = lean_skops()
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        with suppress(UntrustedTypesFoundException):
            return io.load(path, trusted=[*trusted, *filter(is_harmless, named_types(path))])
        # skops tells all types, which takes it as long as to open the file.
        wanted = [name for name in io.get_untrusted_types(file=path) if name not in trusted]
        harmless = [name for name in wanted if is_harmless(name)]
        untrusted = sorted(set(wanted) - set(harmless))
        if not untrusted:
            return io.load(path, trusted=[*trusted, *harmless])
    except Exception as error:
        raise FormatError(f"cannot be opened: {type(error).__name__}: {error}") from error
    names = ",".join(untrusted)
    raise FormatError(f"holds types that are not trusted. If you know them, set MODEL_TRUSTED_TYPES={names}")


def open_joblib(path: Path) -> Any:
    """The object in a joblib file. It can run any code, so call this only for a file whose checksum is pinned."""
    import joblib

    try:
        return joblib.load(path)
    except Exception as error:
        raise FormatError(f"cannot be opened: {type(error).__name__}: {error}") from error
