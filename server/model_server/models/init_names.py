# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a package's `__init__` imports, read from its source without running it."""

from __future__ import annotations

import ast
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType


def imported_names(module: ModuleType) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """What a package's `__init__` imports: name to (module, name there), and the modules imported with a star.

    Names that another statement binds too are left out: only running the `__init__` shows what they are.
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
