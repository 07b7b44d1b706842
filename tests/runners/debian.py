# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""execution-environment.yml for machines that reach Debian's packages and PyPI, but no image registry and no Galaxy.

What makes it Debian's is changed, and where kubernetes.core comes from. Packages and libraries are those of the file.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import yaml
from elsewhere import ROOT, run

BASE = "localhost/modelops-serving/base:trixie"
# Without recommended packages: pip's are a compiler and its headers, 300 MB.
PREPARE = [
    "RUN echo 'APT::Install-Recommends \"false\";' > /etc/apt/apt.conf.d/no-recommends",
    "RUN apt-get update && apt-get install -y python3-pip",
]
# A layer of its own each: what one leaves, a later one cannot remove.
TIDY = ["RUN rm -rf /var/lib/apt/lists/* /var/log/* /root/.cache /tmp/*"]


def execution_environment(folder: Path, programs: Path) -> Path:
    """Writes the file; ``programs``: those of an environment that has the ansible package."""
    said = yaml.safe_load((ROOT / "execution-environment.yml").read_text())
    archive = kubernetes_core(folder, programs)
    said["images"]["base_image"]["name"] = BASE
    said["options"] |= {"package_manager_path": "/usr/bin/apt-get", "skip_pip_install": True}
    said["dependencies"] |= {
        "python": str(ROOT / said["dependencies"]["python"]),
        "system": str(ROOT / said["dependencies"]["system"]),
        "galaxy": {"collections": [{"name": f"/build/collections/{archive.name}", "type": "file"}]},
    }
    said["additional_build_files"] = [{"src": str(archive), "dest": "collections"}]
    # `apt-get clean` is `clean all` in the words of dnf.
    said["build_arg_defaults"] = {"PKGMGR_PRESERVE_CACHE": "always"}
    said["additional_build_steps"] = {"prepend_base": PREPARE, "append_final": TIDY}
    written = folder / "execution-environment.yml"
    written.write_text(yaml.safe_dump(said))
    return written


def kubernetes_core(folder: Path, programs: Path) -> Path:
    """Its tarball, packed from the ansible package, which lacks some of the files that its own list names."""
    (source,) = programs.parent.glob("lib/python3*/site-packages/ansible_collections/kubernetes/core")
    copy = folder / "core"
    shutil.copytree(source, copy)
    (copy / "FILES.json").unlink()
    manifest = copy / "MANIFEST.json"
    about = json.loads(manifest.read_text())["collection_info"]
    manifest.unlink()
    (copy / "galaxy.yml").write_text(yaml.safe_dump({key: value for key, value in about.items() if value}))
    run(programs / "ansible-galaxy", "collection", "build", copy, "--output-path", folder)
    return next(folder.glob("kubernetes-core-*.tar.gz"))
