# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Memory for turns that allocate a lot at once and free all of it: neither collected nor given back in between."""

from __future__ import annotations

import ctypes
import gc

# Objects that the garbage collector waits for. Imports make many that stay, and a turn for hundreds of requests many
# that are freed at its end without the collector, which would look through all of them several times until then.
YOUNG_OBJECTS = 50_000
# What glibc keeps of freed memory. By default it returns a few MiB to the kernel after each turn, which has to clear
# and map the same pages again in the next one: a tenth of the time of requests with many rows.
KEPT_BYTES = 16 * 2**20
# Larger blocks are mapped one by one, so that a rare large request leaves nothing behind.
MAPPED_BYTES = 4 * 2**20
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of malloc.h


def tune() -> None:
    """Set the collector and, where the C library is glibc, its allocator."""
    gc.set_threshold(YOUNG_OBJECTS)
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
    mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES)
