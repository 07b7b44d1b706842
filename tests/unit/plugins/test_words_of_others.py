# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a library, the system or a program says gets into a message by ``common.redact.said`` only, which hides
credentials: who was given some may show them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
PLUGINS = ROOT / "plugins"
# This one runs by itself in a pod: it has no credentials, and nothing of ours beside it.
ALONE = PLUGINS / "module_utils" / "load" / "loop.py"
TREES = {path.relative_to(ROOT): ast.parse(path.read_text()) for path in sorted(PLUGINS.rglob("*.py")) if path != ALONE}


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def own_errors() -> set[str]:
    """The errors whose words are ours, and those of Ansible that are raised with words of ours."""
    classes = [node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {node.name for node in classes if any(name_of(base).endswith(("Error", "Exception")) for base in node.bases)}


OWN = own_errors() | {
    node.name
    for tree in TREES.values()
    for node in ast.walk(tree)
    if isinstance(node, ast.ClassDef) and any(name_of(base) in own_errors() for base in node.bases)
}


def caught(handler: ast.ExceptHandler) -> list[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
    # One of a module, such as google.auth.exceptions.TransportError, may have the name of one of ours.
    return [kind.id if isinstance(kind, ast.Name) else "" for kind in kinds]


def is_of_a_file(path: Path, handler: ast.ExceptHandler) -> bool:
    """A module opens no connections: its OSErrors are of the files of its options."""
    return path.parent.name == "modules" and caught(handler) == ["OSError"]


def shows(node: ast.AST, name: str) -> Iterator[int]:
    """The lines where a message is made of the error itself: str(error), f"{error}", its reason."""
    if isinstance(node, ast.Compare):  # what it says is looked at, not shown
        return
    if isinstance(node, ast.FormattedValue) and name_of(node.value) == name:
        yield node.lineno
    if isinstance(node, ast.Call) and name_of(node.func) in ("str", "repr"):
        yield from (node.lineno for given in node.args if name_of(given) == name)
    if isinstance(node, ast.FormattedValue) and "reason" in ast.unparse(node.value) and "said" not in ast.unparse(node):
        yield from (node.lineno for part in ast.walk(node) if isinstance(part, ast.Name) and part.id == name)
    for child in ast.iter_child_nodes(node):
        yield from shows(child, name)


def test_words_of_others_are_redacted_wherever_they_become_a_message():
    found = []
    for path, tree in TREES.items():
        for handler in ast.walk(tree):
            if not isinstance(handler, ast.ExceptHandler) or not handler.name or set(caught(handler)) <= OWN:
                continue
            if is_of_a_file(path, handler):
                continue
            found += [f"{path}:{line}" for part in handler.body for line in shows(part, handler.name)]
    assert not found, "say it by common.redact.said: " + ", ".join(found)
