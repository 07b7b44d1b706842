# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contracts in pyproject.toml still mean what they say; that they are kept is checked by make lint."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
PLUGINS = "ansible_collections.modelops.serving.plugins."
OURS = f"{PLUGINS}module_utils."
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
PURE = CONTRACTS["pure"]

# What any module may import from Python: it computes, and reaches nothing. datetime is among them, for it also parses;
# that the time is an argument of what decides is left to the reader of a change.
COMPUTES = {
    *(
        "__future__",
        "collections",
        "contextlib",
        "copy",
        "dataclasses",
        "functools",
        "importlib",
        "inspect",
        "io",
        "itertools",
        "pkgutil",
    ),
    *("base64", "email", "gzip", "hashlib", "heapq", "html", "json", "re", "traceback", "urllib", "xml", "zipfile"),
    *("datetime", "decimal", "difflib", "fractions", "ipaddress", "math", "operator", "statistics", "types", "typing"),
    *("shlex", "textwrap"),
    # Bytes that were read; pickle by a reader of our own that imports nothing.
    *("bz2", "lzma", "pickle", "zlib"),
}


def imported(path: Path) -> set[str]:
    """The full names of what a file imports: of ``from a import b`` both a and a.b."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
    return names


def owner(name: str) -> str:
    """What a contract calls the package that a name comes from: its first part, or the collection."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "ansible_collections" else parts[0]


def files_of(module: str) -> list[Path]:
    path = ROOT.joinpath("plugins", *module.removeprefix(PLUGINS).split("."))
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def test_who_may_do_io_may_not_be_imported_by_what_is_pure():
    does_io = {name for name in PURE["allowed_importers"] if name.startswith(OURS)}
    kept_from_pure = {name for name in PURE["protected_modules"] if name.startswith(OURS)}
    assert does_io == kept_from_pure


def test_no_module_is_listed_that_is_pure():
    kept = PURE["protected_modules"]
    pure = [
        listed
        for listed in PURE["allowed_importers"]
        if not any(
            name == other or name.startswith(f"{other}.")
            for path in files_of(listed)
            for name in imported(path)
            for other in kept
            if other != listed
        )
    ]
    assert pure == []


def test_every_package_that_is_imported_computes_or_has_a_contract():
    held = {name for contract in CONTRACTS.values() for name in contract.get("protected_modules", [])}
    packages = {owner(name) for path in (ROOT / "plugins").rglob("*.py") for name in imported(path)}
    assert packages - COMPUTES - held - {"ansible_collections.modelops"} == set()
