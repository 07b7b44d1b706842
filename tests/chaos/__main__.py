# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupts releases, rollbacks and removals on the real local cluster, and checks after each that nothing is lost and
nothing is left half-done: ``make chaos-release``, with RUNS=200 or MINUTES, and SEED.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

import image
from chaos import table
from chaos.attempts import Attempts
from chaos.life import Life
from chaos.place import Place
from chaos.promises import Broken
from chaos.users import Users
from chaos.wanted import BROKEN, GREETINGS, THEIRS, host_of
from cluster import Cluster

ENTRY = "http://10.213.0.11/health"
KNOWN = frozenset((*GREETINGS, BROKEN, THEIRS))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos-release", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="interruptions that meet a run")
    parser.add_argument("--minutes", type=float, default=0.0, help="in place of runs")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    return parser.parse_args()


def main() -> int:
    given = parsed()
    print(f"seed {given.seed}\n{table.HEAD}", flush=True)
    image.load()
    cluster = Cluster(f"chaos-{given.seed}")
    cluster.remove_namespace()
    cluster.make_namespace()
    rows: list[table.Row] = []
    began, random = time.monotonic(), Random(given.seed)

    def show(row: table.Row) -> None:
        rows.append(row)
        print(table.line(len(rows), row), flush=True)

    def more() -> bool:
        if given.minutes:
            return time.monotonic() < began + given.minutes * 60
        return sum(row.met for row in rows) < given.runs

    try:
        with tempfile.TemporaryDirectory() as folder, Users(ENTRY, host_of(cluster.namespace), KNOWN) as users:
            place = Place(cluster, users)
            place.begin()
            broken = carried_out(place, Attempts(Path(folder)), random, more, show)
    finally:
        cluster.remove_namespace()
    met, cut_short = sum(row.met for row in rows), sum(row.cut_short for row in rows)
    lost = sum(row.lost for row in rows)
    print("", *table.sums(rows), "", sep="\n")
    seconds = time.monotonic() - began
    print(f"seed {given.seed}: {met} interruptions, of which {cut_short} ended the run, in {seconds:.0f} s")
    print(f"users: {len(users.answers)} requests, {lost} failed while a release was to serve")
    print(f"BROKEN: {broken}" if broken else "nothing lost, nothing half-done")
    return 1 if broken else 0


def carried_out(place: Place, attempts: Attempts, random: Random, more, show) -> str:
    """Lives, one after the other; returns what was broken."""
    try:
        while more():
            Life(place, attempts, random, show).live(more)
    except Broken as broken:
        return f"{broken}\n{state(place)}"
    except AssertionError:
        return f"{traceback.format_exc()}\n{state(place)}"
    return ""


def state(place: Place) -> str:
    """What is there when a promise is broken."""
    history = [f"r{entry.number} {entry.status} {entry.hash} {entry.note}" for entry in place.history()]
    return "\n".join(["history:", *history, "ours:", *(f"{kind}/{name}" for kind, name in sorted(place.ours()))])


if __name__ == "__main__":
    sys.exit(main())
