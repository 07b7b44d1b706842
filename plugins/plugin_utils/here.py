# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the person stands who runs a playbook: what a relative path of a variable begins at.

Modules run in the playbook's folder. The environment's PWD is only the name that a shell has for the working directory:
a service, a container or ansible-runner starts Ansible with none, or with that of another process.
"""

from __future__ import annotations

import os


def folder() -> str:
    """The working directory, by the shell's name where it has one; a name with links stays as it was written."""
    named = os.environ.get("PWD", "")
    try:
        known = os.path.isabs(named) and os.path.samefile(named, ".")
    except OSError:
        known = False
    return named if known else os.getcwd()


def absolute(path: str) -> str:
    """A path from there; an absolute one as it is."""
    return os.path.join(folder(), os.path.expanduser(path)) if path else folder()
