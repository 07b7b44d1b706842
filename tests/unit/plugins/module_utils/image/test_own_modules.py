# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules of a user's own go into the image, unless the server would import something else by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.image import own_modules

LOCK = "numpy==2.3.1 \\\n    --hash=sha256:ab\nscikit-learn==1.7.2 \\\n    --hash=sha256:cd\n"


def written(folder: Path, *names: str) -> list[str]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    return [str(folder / name) for name in names]


def test_a_file_and_a_package_are_put_beside_the_server(tmp_path):
    (file,) = written(tmp_path, "mytransforms.py")
    written(tmp_path, "shop/__init__.py", "shop/deep/clip.py", "shop/words.json")
    written(tmp_path, "shop/__pycache__/clip.cpython-313.pyc", "shop/.git/config")
    found = own_modules.files([file, f"{tmp_path / 'shop'}/"], LOCK)
    assert sorted(found) == [
        "server/modules/mytransforms.py",
        "server/modules/shop/__init__.py",
        "server/modules/shop/deep/clip.py",
        "server/modules/shop/words.json",
    ]
    assert found["server/modules/mytransforms.py"] == file


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("model_server.py", "as is the server itself"),
        ("json.py", "as is a module of Python itself"),
        ("numpy.py", "as is the image's package numpy"),
        ("sklearn.py", "as is the image's package scikit-learn"),
        ("my-transforms.py", "cannot be imported by the name 'my-transforms'"),
        ("notes.txt", "is neither a .py file nor the folder of a package"),
    ],
)
def test_what_the_server_could_not_import_is_refused(tmp_path, name, words):
    with pytest.raises(ServingError, match=words) as refused:
        own_modules.files(written(tmp_path, name), LOCK)
    assert "model_image_modules" in str(refused.value)


def test_what_is_not_there_or_no_package_is_refused(tmp_path):
    written(tmp_path, "shop/clip.py")
    for path, words in (("gone.py", "does not exist"), ("shop", "has no __init__.py")):
        with pytest.raises(ServingError, match=words):
            own_modules.files([str(tmp_path / path)], LOCK)


def test_two_modules_of_one_name_are_refused(tmp_path):
    with pytest.raises(ServingError, match="would be imported as clip, as is"):
        own_modules.files(written(tmp_path, "a/clip.py", "b/clip.py"), LOCK)
