# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tunes memory for turns that allocate a lot and free all of it: no collection, no return to the kernel in between."""

from __future__ import annotations

import ctypes
import gc

# New objects before the garbage collector runs. Imports make many that stay. A turn for hundreds of requests makes many
# that are freed at its end without the collector, which would otherwise traverse them all several times.
YOUNG_OBJECTS = 50_000
# Freed memory that glibc keeps. By default it returns a few MiB to the kernel after each turn, and the kernel maps and
# clears the same pages in the next one: a tenth of the time of requests with many rows.
KEPT_BYTES = 16 * 2**20
# Larger blocks are mapped one by one, so that the memory of a rare large request is returned.
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
