# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packages whose contents are imported when they are asked for.

To import one estimator, scikit-learn imports most of itself and of scipy, for fitting, plotting and data sets: more
than half of the time to start and a third of the memory. Here the packages of PACKAGES are made without running their
`__init__`. A name asked of one is imported from where its `__init__` would import it; what is not found that way runs
the whole `__init__`. So the same names give the same objects, in another order of imports. It is what lazy_loader of
scientific-python does inside a package, for packages that do not use it.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGES = frozenset(
    {
        *("narwhals", "narwhals.stable", "narwhals.stable.v2"),
        *("numpy.f2py", "numpy.testing"),
        *("scipy.integrate", "scipy.interpolate", "scipy.optimize", "scipy.spatial", "scipy.stats"),
        *("sklearn.callback", "sklearn.cluster", "sklearn.compose", "sklearn.covariance", "sklearn.datasets"),
        *("sklearn.decomposition", "sklearn.ensemble", "sklearn.feature_extraction", "sklearn.feature_selection"),
        *(
            "sklearn.inspection",
            "sklearn.linear_model",
            "sklearn.manifold",
            "sklearn.metrics",
            "sklearn.metrics.cluster",
        ),
        *("sklearn.model_selection", "sklearn.neighbors", "sklearn.neural_network", "sklearn.preprocessing"),
        *("sklearn.svm", "sklearn.tree", "skops.io"),
    }
)
# Functions that are imported by name and called only while fitting: they become functions that import when called.
WHEN_CALLED = {"scipy.integrate": {"trapezoid"}, "scipy.stats": {"gmean", "rankdata"}}


class LateFinder:
    """Finds the packages of PACKAGES as the path does, and has them made by a LateLoader."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in PACKAGES:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin and spec.origin.endswith("__init__.py"):
            spec.loader = LateLoader(spec.loader)
        return spec


class LateLoader:
    """Makes a package that runs nothing yet.

    :param loader: the package's own, for when its whole `__init__` is needed after all.
    """

    def __init__(self, loader: Any):
        self.loader = loader

    def __getattr__(self, name: str) -> Any:
        """What readers of source and resources ask of a loader."""
        return getattr(self.loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        sources: dict[str, tuple[str, str]] | None = None
        stars: list[str] = []

        def ask(name: str) -> Any:
            """The module's `__getattr__` until its `__init__` is run."""
            nonlocal sources, stars
            if name in WHEN_CALLED.get(module.__name__, ()):
                return when_called(module.__name__, name)
            if sources is None:
                sources, stars = imported_names(module)
            value = None
            if name in sources:
                value = imported(module.__name__, *sources[name])
            elif not name.startswith("__"):
                value = submodule(module.__name__, name) or starred(name, stars)
            if value is None:
                module.__dict__.pop("__getattr__", None)
                self.loader.exec_module(module)
                return getattr(module, name)
            return module.__dict__.setdefault(name, value)

        module.__getattr__ = ask  # type: ignore[method-assign]


def imported_names(module: ModuleType) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """What a package's `__init__` imports: name to (module, name there), and the modules imported with a star."""
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    found: dict[str, tuple[str, str]] = {}
    stars: list[str] = []
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            source = resolve_name("." * statement.level + (statement.module or ""), module.__name__)
            found.update({alias.asname or alias.name: (source, alias.name) for alias in statement.names})
            if "*" in found:
                stars.append(found.pop("*")[0])
    return found, stars


def starred(name: str, stars: list[str]) -> Any:
    """The name's object in the first of the modules that gives it, or None; their order is that of `__init__`."""
    for source in stars:
        module = importlib.import_module(source)
        if name in getattr(module, "__all__", ()) or (not hasattr(module, "__all__") and hasattr(module, name)):
            return getattr(module, name)
    return None


def imported(package: str, source: str, name: str) -> Any:
    """What `from source import name` gives in the package's `__init__`."""
    if source == package:
        return importlib.import_module(f"{package}.{name}")
    module = importlib.import_module(source)
    try:
        return getattr(module, name)
    except AttributeError:
        return importlib.import_module(f"{source}.{name}")


def submodule(package: str, name: str) -> ModuleType | None:
    """The module of this name in the package, or None."""
    try:
        return importlib.import_module(f"{package}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{package}.{name}":
            raise
        return None


def when_called(package: str, name: str) -> Any:
    """A function that stands for one of the package's."""

    def call(*args: Any, **kwargs: Any) -> Any:
        module = sys.modules[package]
        # The name is asked of the whole package, which no longer answers with this function.
        if "__getattr__" in module.__dict__:
            module.__dict__.pop("__getattr__")
            module.__spec__.loader.loader.exec_module(module)
        return getattr(module, name)(*args, **kwargs)

    call.__name__ = name
    return call


def install() -> None:
    """Make these packages late from now on, if none of them is there yet."""
    if not any(isinstance(finder, LateFinder) for finder in sys.meta_path) and "sklearn" not in sys.modules:
        sys.meta_path.insert(0, LateFinder())
