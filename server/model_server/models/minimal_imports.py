# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""scikit-learn and skops imported without what serving does not need.

scikit-learn imports pandas wherever it is installed, and skops every estimator there is. Together that is a third of
the memory and of the time to start.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from . import lazy_imports


def import_sklearn() -> None:
    """Import scikit-learn's base alone, without pandas, which only its readers of data sets use.

    pandas is imported later for a model that takes a DataFrame. Without late imports scikit-learn is imported as usual.
    """
    if not lazy_imports.installed():
        importlib.import_module("sklearn")
    elif "sklearn" not in sys.modules:
        with without_pandas():
            importlib.import_module("sklearn")
        skip_dataframe_checks_of_arrays()


def skip_dataframe_checks_of_arrays() -> None:
    """Have narwhals answer for an array without its imports; scikit-learn asks it whether an input is a DataFrame."""
    try:
        dependencies = importlib.import_module("narwhals.stable.v2.dependencies")
    except ImportError:  # of another version of scikit-learn
        return
    for name in ("is_into_dataframe", "is_into_series"):
        setattr(dependencies, name, false_for_arrays(getattr(dependencies, name)))


def false_for_arrays(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda native: not isinstance(native, np.ndarray) and check(native)


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


def import_skops() -> Any:
    """The part of skops.io that reads files, without an import of all of scikit-learn.

    skops lists every estimator and every ufunc to trust them; formats.is_trusted_by_skops answers the same for the
    types of one file.
    """
    if not lazy_imports.installed():
        importlib.import_module("skops.io")
    elif "skops.io._persist" not in sys.modules:
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
