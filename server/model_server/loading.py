# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Opening model files. The suffix decides the format; there is no falling back to another.

What is not needed is not imported: scikit-learn imports pandas wherever it is installed, and skops every estimator
there is. Together that is a third of the memory and of the time to start.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any


class FormatError(Exception):
    """A file that cannot or may not be opened; the message says why and what to do."""


def lean_sklearn() -> None:
    """Import scikit-learn without pandas, which its code only looks for in a reader of data sets.

    pandas is imported later for a model that takes a DataFrame.
    """
    if "sklearn" in sys.modules or "pandas" in sys.modules:
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]  # the import system's own way to say: not there
    try:
        importlib.import_module("sklearn")
    finally:
        del sys.modules["pandas"]


def lean_skops() -> Any:
    """skops.io without an import of all of scikit-learn.

    skops lists scikit-learn's estimators to trust them; `is_estimator` answers the same for the types of one file.
    """
    if "skops.io" not in sys.modules:
        utils = importlib.import_module("sklearn.utils")
        listing = utils.all_estimators
        utils.all_estimators = lambda *_unused, **__: []
        pandas = "pandas" in sys.modules
        if not pandas:
            sys.modules["pandas"] = None  # type: ignore[assignment]
        try:
            importlib.import_module("skops.io")
        finally:
            utils.all_estimators = listing
            if not pandas:
                del sys.modules["pandas"]
    return sys.modules["skops.io"]


def is_estimator(name: str) -> bool:
    """Whether the dotted name is one of scikit-learn's own estimators, which is what skops trusts by itself."""
    module, _unused, attribute = name.rpartition(".")
    if not module.startswith("sklearn."):
        return False
    from sklearn.base import BaseEstimator

    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except ImportError:
        return False
    return isinstance(found, type) and issubclass(found, BaseEstimator) and found.__module__ == module


def open_skops(path: Path, trusted: tuple[str, ...]) -> Any:
    """The object in a skops file, if every type in it is scikit-learn's own or trusted by the operator.

    :raises FormatError: a type is not trusted, or the file is damaged.
    """
    io = lean_skops()
    try:
        wanted = [name for name in io.get_untrusted_types(file=path) if name not in trusted]
        estimators = [name for name in wanted if is_estimator(name)]
        untrusted = sorted(set(wanted) - set(estimators))
        if not untrusted:
            return io.load(path, trusted=[*trusted, *estimators])
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
