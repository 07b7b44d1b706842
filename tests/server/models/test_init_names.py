# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names that an `__init__` imports."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from model_server.models.init_names import imported_names

SOURCE = """
import os
from ._a import one, two as second
from .. import above
from other.place import *
from ._b import changed, hidden, tried
changed += 1
def hidden(): pass
try:
    from ._c import tried
except ImportError:
    tried = None
"""


def test_names_that_nothing_else_binds(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text(SOURCE)
    module = ModuleType("top.package")
    module.__file__ = str(tmp_path / "__init__.py")
    names, stars = imported_names(module)
    assert names == {
        "one": ("top.package._a", "one"),
        "second": ("top.package._a", "two"),
        "above": ("top", "above"),
    }
    assert stars == ["other.place"]
