# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Galaxy takes the tarball: its own importer has nothing to say about it."""

from __future__ import annotations

import json

from elsewhere import run

SETTINGS = """[galaxy-importer]
RUN_ANSIBLE_DOC = True
RUN_ANSIBLE_LINT = True
RUN_FLAKE8 = False
CHECK_REQUIRED_TAGS = True
ANSIBLE_LOCAL_TMP = {folder}/tmp
"""


def test_the_importer_takes_it_without_a_warning(environment, tarball, installed, tmp_path):
    (tmp_path / "importer.cfg").write_text(SETTINGS.format(folder=tmp_path))
    output = run(
        environment / "python",
        "-m",
        "galaxy_importer.main",
        tarball,
        cwd=tmp_path,
        PATH=f"{environment}:/usr/bin:/bin",
        GALAXY_IMPORTER_CONFIG=str(tmp_path / "importer.cfg"),
        ANSIBLE_COLLECTIONS_PATH=str(installed),
        ANSIBLE_HOME=str(tmp_path / "home"),
        ANSIBLE_CONFIG="",
    )
    said = [line for line in output.splitlines() if line.startswith(("WARNING", "ERROR"))]
    assert said == [], "\n".join(said)
    found = json.loads((tmp_path / "importer_result.json").read_text())
    assert {item["name"] for item in found["contents"] if item["content_type"] == "role"} >= {
        "local_cluster",
        "model_image",
        "model_serving",
    }
