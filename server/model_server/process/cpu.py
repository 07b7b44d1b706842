# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many CPUs this process may use: the cgroup's quota, not the machine's number of cores."""

from __future__ import annotations

import math
import os
from pathlib import Path

# Each numeric library has a variable of its own.
OPENMP = "OMP_NUM_THREADS"
VARIABLES = (OPENMP, "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
CGROUP = Path("/sys/fs/cgroup")


def quota(cgroup: Path = CGROUP) -> int:
    """Whole CPUs by the cgroup's quota (rounded up), at most those the process may be scheduled on, at least 1."""
    allowed = len(os.sched_getaffinity(0))
    limit = _read_v2(cgroup / "cpu.max") or _read_v1(cgroup / "cpu")
    return max(1, min(allowed, math.ceil(limit) if limit else allowed))


def thread_variables(threads: int) -> dict[str, str]:
    """The environment that bounds the thread pools."""
    # joblib's own import, which is lazy here, sets the last one for Intel's OpenMP in forked processes.
    return dict.fromkeys(VARIABLES, str(threads)) | {"KMP_INIT_AT_FORK": "FALSE"}


def allow_fork() -> None:
    """Keep OpenMP from starting threads in this process, from before the numeric libraries are imported.

    A process that is forked from one with such threads would wait for them for ever.
    """
    os.environ[OPENMP] = "1"


def set_openmp_threads(threads: int) -> None:
    """Give a forked process its threads: in the libraries that its parent has loaded, and in those still to come."""
    os.environ[OPENMP] = str(threads)
    if threads > 1:
        from threadpoolctl import threadpool_limits

        threadpool_limits(threads, user_api="openmp")


def _read_v2(path: Path) -> float | None:
    """`max 100000` or `150000 100000`: microseconds per period."""
    try:
        limit, period = path.read_text().split()
    except (OSError, ValueError):
        return None
    return None if limit == "max" else int(limit) / int(period)


def _read_v1(folder: Path) -> float | None:
    try:
        limit = int((folder / "cpu.cfs_quota_us").read_text())
        period = int((folder / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError):
        return None
    return limit / period if limit > 0 else None
