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


# What the import of a package's whole `__init__` is called below the package.
WHOLE = "__whole__"


class LateFinder:
    """Finds the packages of PACKAGES as the path does, and has them made by a LateLoader."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        package, _dot, last = name.rpartition(".")
        if last == WHOLE and package in PACKAGES:
            return ModuleSpec(name, WholeLoader(package))
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
            """The module's `__getattr__` until its `__init__` was run."""
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
            whole(module.__name__)
            if module.__dict__.get("__getattr__") is not ask:
                return getattr(module, name)
            if name in module.__dict__:  # `__init__` is being run by this thread, and has come that far
                return module.__dict__[name]
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r} yet")

        def names() -> list[str]:
            """The module's `__dir__` until its `__init__` was run."""
            whole(module.__name__)
            return sorted(module.__dict__)

        module.__getattr__, module.__dir__ = ask, names  # type: ignore[method-assign]


class WholeLoader:
    """Runs the whole `__init__` of a package that was made without, in its own namespace.

    It is an import like any other, so that the import system's locks see to it that it is run once, that other threads
    wait for it, and that the thread which runs it does not wait for itself.
    """

    def __init__(self, package: str):
        self.package = package

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        package = sys.modules[self.package]
        late = {name: package.__dict__.get(name) for name in ("__getattr__", "__dir__")}
        package.__spec__.loader.loader.exec_module(package)
        for name, function in late.items():
            if package.__dict__.get(name) is function:  # not one that the package has of its own
                del package.__dict__[name]


def whole(package: str) -> None:
    """Run the package's `__init__`, if that was not done."""
    importlib.import_module(f"{package}.{WHOLE}")


def imported_names(module: ModuleType) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """What a package's `__init__` imports: name to (module, name there), and the modules imported with a star.

    Names that something else in it binds too are left out: only running it tells what they are.
    """
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    found: dict[str, tuple[str, str]] = {}
    stars: list[str] = []
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            source = resolve_name("." * statement.level + (statement.module or ""), module.__name__)
            found.update({alias.asname or alias.name: (source, alias.name) for alias in statement.names})
            if "*" in found:
                stars.append(found.pop("*")[0])
        else:
            for name in bound(statement):
                found.pop(name, None)
    return found, stars


def bound(statement: ast.stmt) -> set[str]:
    """Names that a statement may bind."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    nodes = list(ast.walk(statement))
    return (
        {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        | {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        | {alias.asname or alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    )


def starred(name: str, stars: list[str]) -> Any:
    """The name's object in the first of the modules that gives it, or None.

    In the packages of PACKAGES no later one gives it another object, which the tests see to.
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
    """A function that stands for one of the package's."""

    def call(*args: Any, **kwargs: Any) -> Any:
        whole(package)  # which no longer answers with this function
        return getattr(sys.modules[package], name)(*args, **kwargs)

    call.__name__ = name
    return call


def install() -> None:
    """Make these packages late from now on, if none of them is there yet."""
    if not any(isinstance(finder, LateFinder) for finder in sys.meta_path) and "sklearn" not in sys.modules:
        sys.meta_path.insert(0, LateFinder())
