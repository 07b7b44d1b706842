# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many connections the process may have open: each is a file descriptor, and those have a limit."""

from __future__ import annotations

import resource

# For sockets that listen, files of models and all else that is no connection.
OTHERS = 64


def connections(wanted: int) -> int:
    """Raise the process's limit as far as it may; returns how many connections there is room for, at most those wanted.

    A server that runs out of descriptors can neither accept nor refuse a connection.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHERS
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - OTHERS))
