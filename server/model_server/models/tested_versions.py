# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the libraries are those that late imports were tested with: they rely on what other packages do inside."""

from __future__ import annotations

import importlib.metadata
from importlib.machinery import PathFinder
from pathlib import Path

# Those of server/requirements.txt; a test compares them. Package: name of the distribution, versions.
TESTED = {
    "joblib": ("joblib", {"1.6.0"}),
    "narwhals": ("narwhals", {"2.29.0"}),
    "numpy": ("numpy", {"2.4.6", "2.5.5"}),
    "scipy": ("scipy", {"1.17.1", "1.18.1"}),
    "sklearn": ("scikit_learn", {"1.9.1"}),
    "skops": ("skops", {"0.16.0"}),
}


def others() -> list[str]:
    """The libraries here of which another version was tested, with the version that is here."""
    return [
        f"{name} {installed(name)}" for package, (name, versions) in TESTED.items() if not tested(package, versions)
    ]


def tested(package: str, versions: set[str]) -> bool:
    """Whether one of the versions stands beside the package. To read all metadata takes longer than to start."""
    spec = PathFinder.find_spec(package)
    if spec is None or not spec.origin:
        return False
    folder = Path(spec.origin).parents[1]
    name = TESTED[package][0]
    return any((folder / f"{name}-{version}.dist-info").is_dir() for version in versions)


def installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "of an unknown version"
