# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the person stands who runs a playbook: what a relative path of a variable begins at.

Modules run in the playbook's folder. The environment's PWD is only the name that a shell has for the working directory:
a service or a container starts Ansible with none, or with that of another process. ansible-runner, and with it AWX,
starts Ansible in the project, which may be read-only; where the job stands is the folder above its artifacts.
"""

from __future__ import annotations

import os

# ansible-runner's: the folder JOB/artifacts/IDENT.
ARTIFACTS = "AWX_ISOLATED_DATA_DIR"


def folder() -> str:
    """The job's folder, or the working directory, by the shell's name where it has one: links stay as they were
    written."""
    artifacts = os.environ.get(ARTIFACTS, "")
    if os.path.isabs(artifacts):
        return os.path.dirname(os.path.dirname(os.path.normpath(artifacts)))
    named = os.environ.get("PWD", "")
    try:
        known = os.path.isabs(named) and os.path.samefile(named, ".")
    except OSError:
        known = False
    return named if known else os.getcwd()


def absolute(path: str) -> str:
    """A path from there; an absolute one as it is."""
    return os.path.join(folder(), os.path.expanduser(path)) if path else folder()
