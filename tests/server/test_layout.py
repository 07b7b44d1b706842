# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tests of a module x/y.py of the server are in x/test_y.py."""

from __future__ import annotations

from pathlib import Path

from support import REPOSITORY

TESTS = Path(__file__).parent
# They decide nothing, or all tests of a running server are theirs too.
WITHOUT = {"__main__.py", "fetch.py", "fast/steps.py", "http/responses.py", "inference/call.py"}
# Of several modules together, or of a module in more than one file.
WITHOUT_MODULE = {
    "http/test_page.py",
    "models/test_object_stores.py",
    "process/test_settings_known_to_ansible.py",
    "protocols/test_clients.py",
    "protocols/test_open_inference_rest.py",
}


def test_every_module_has_its_tests_and_every_test_its_module() -> None:
    root = REPOSITORY / "server" / "model_server"
    modules = {str(path.relative_to(root)) for path in root.rglob("*.py") if path.name != "__init__.py"}
    tests = {str(path.relative_to(TESTS)) for path in TESTS.glob("*/test_*.py")}
    wanted = {str(Path(name).with_name(f"test_{Path(name).name}")) for name in modules - WITHOUT}
    assert tests - WITHOUT_MODULE == wanted
    assert modules >= WITHOUT
    assert tests >= WITHOUT_MODULE
