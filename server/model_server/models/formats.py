# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Opens model files. The suffix decides the format; no other format is tried."""

from __future__ import annotations

import importlib
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from .minimal_imports import import_skops

# How skops writes a type.
TYPE = re.compile(r'"__class__":\s*"([^"]*)",\s*"__module__":\s*"([^"]*)"')


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


def named_types(path: Path) -> set[str]:
    """Dotted names of the types that a skops file's schema names: most of those it holds, if not all."""
    with ZipFile(path) as archive:
        schema = archive.read("schema.json").decode()
    return {f"{module}.{name}" for name, module in re.findall(TYPE, schema)}


def open_skops(path: Path, trusted: tuple[str, ...]) -> Any:
    """The object in a skops file, if every type in it is scikit-learn's own or trusted by the operator.

    :raises FormatError: a type is not trusted, or the file is damaged.
    """
    io = import_skops()
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        with suppress(UntrustedTypesFoundException):
            return io.load(path, trusted=[*trusted, *filter(is_trusted_by_skops, named_types(path))])
        # skops can list all types; that takes as long as opening the file.
        wanted = [name for name in io.get_untrusted_types(file=path) if name not in trusted]
        harmless = [name for name in wanted if is_trusted_by_skops(name)]
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
