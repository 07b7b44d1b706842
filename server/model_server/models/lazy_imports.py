# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packages whose contents are imported when they are used.

To import one estimator, scikit-learn imports most of itself and of scipy, for fitting, plotting and data sets: more
than half of the time to start and a third of the memory. Here the packages of PACKAGES are made without running their
`__init__`. When a name of one is used, it is imported from where the `__init__` would import it; for a name that is not
found that way the whole `__init__` runs. So the same names give the same objects, in another order of imports.
scientific-python's lazy_loader does this inside a package; this does it for packages that do not use it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from .init_names import imported_names

PACKAGES = frozenset(
    {
        *("joblib", "narwhals", "narwhals.stable", "narwhals.stable.v2"),
        *("numpy.f2py", "numpy.testing"),
        *("scipy.integrate", "scipy.interpolate", "scipy.optimize", "scipy.spatial", "scipy.stats"),
        *("sklearn.callback", "sklearn.cluster", "sklearn.compose", "sklearn.covariance", "sklearn.datasets"),
        *("sklearn.decomposition", "sklearn.ensemble", "sklearn.feature_extraction", "sklearn.feature_selection"),
        *("sklearn.inspection", "sklearn.linear_model", "sklearn.manifold"),
        *("sklearn.metrics", "sklearn.metrics.cluster"),
        "sklearn.externals.array_api_extra",
        *("sklearn.model_selection", "sklearn.neighbors", "sklearn.neural_network", "sklearn.preprocessing"),
        *("sklearn.svm", "sklearn.tree", "skops.io"),
    }
)
# Functions that are imported by name and called only while fitting: they become functions that import when called.
WHEN_CALLED = {"scipy.integrate": {"trapezoid"}, "scipy.stats": {"gmean", "rankdata"}}
# The name under which a package's whole `__init__` is imported, below the package.
INIT = "__run_init__"


class LazyFinder:
    """Finds the packages of PACKAGES on the path, and gives them a LazyLoader."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        package, _dot, last = name.rpartition(".")
        if last == INIT and package in PACKAGES:
            return ModuleSpec(name, InitLoader(package))
        if name not in PACKAGES:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin and spec.origin.endswith("__init__.py"):
            spec.loader = LazyLoader(spec.loader)
        return spec


class LazyLoader:
    """Makes a package without running its `__init__`.

    :param loader: the package's own loader, for when its whole `__init__` is needed after all.
    """

    def __init__(self, loader: Any):
        self.loader = loader

    def __getattr__(self, name: str) -> Any:
        """Everything else of the package's own loader, for readers of source and resources."""
        return getattr(self.loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        sources: dict[str, tuple[str, str]] | None = None
        stars: list[str] = []

        def get(name: str) -> Any:
            """The module's `__getattr__` until its `__init__` has run."""
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
            if value is not None:
                return module.__dict__.setdefault(name, value)
            run_init(module.__name__)
            if module.__dict__.get("__getattr__") is not get:
                return getattr(module, name)
            if name in module.__dict__:  # this thread is running the `__init__`, which has bound it already
                return module.__dict__[name]
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r} yet")

        def names() -> list[str]:
            """The module's `__dir__` until its `__init__` has run."""
            run_init(module.__name__)
            return sorted(module.__dict__)

        module.__getattr__, module.__dir__ = get, names  # type: ignore[method-assign]


class InitLoader:
    """Runs the whole `__init__` of a package that a LazyLoader made, in the package's namespace.

    It is an import like any other, so the import system's locks apply: it runs once, other threads wait for it, and the
    thread that runs it does not wait for itself.
    """

    def __init__(self, package: str):
        self.package = package

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        package = sys.modules[self.package]
        lazy = {name: package.__dict__.get(name) for name in ("__getattr__", "__dir__")}
        package.__spec__.loader.loader.exec_module(package)
        for name, function in lazy.items():
            if package.__dict__.get(name) is function:  # not one that the package defines itself
                del package.__dict__[name]


def run_init(package: str) -> None:
    """Run the package's `__init__`, if it has not run yet."""
    importlib.import_module(f"{package}.{INIT}")


def starred(name: str, stars: list[str]) -> Any:
    """The name's object in the first of the modules that gives it, or None.

    In the packages of PACKAGES no later one gives it another object; a test holds that.
    """
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
    """A function that imports the package's function of this name when it is called."""

    def call(*args: Any, **kwargs: Any) -> Any:
        run_init(package)  # from now on the package gives its own function
        return getattr(sys.modules[package], name)(*args, **kwargs)

    call.__name__ = name
    return call


def installed() -> bool:
    """Whether these packages are imported lazily."""
    return any(isinstance(finder, LazyFinder) for finder in sys.meta_path)


def install() -> None:
    """Import these packages lazily from now on, if none of them is imported yet."""
    if not installed() and "sklearn" not in sys.modules:
        sys.meta_path.insert(0, LazyFinder())
