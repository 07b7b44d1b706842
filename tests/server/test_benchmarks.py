# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of benchmarks follows from what was measured, by one run or several."""

from __future__ import annotations

import sys
from pathlib import Path

from support import REPOSITORY

sys.path.append(str(REPOSITORY / "bench"))

import results
import table
from table import Line, Open


def found(ours: float, peers: dict[str, float], missing: tuple[str, ...] = ()) -> dict:
    """Results at 8 and 32 connections; with 8, half the rates."""
    rates = {"ours": ours, **peers}
    return {
        "date": "2026-01-02",
        "seconds": 1,
        "rounds": 3,
        "missing": list(missing),
        "one": 1e-4,
        "batched": 1e6,
        "rows": 1,
        "lines": {(name, c): Line(rate * c / 32, 1.0, 2.0, 3.0, 0.1) for c in (8, 32) for name, rate in rates.items()},
        "open": {(name, 0.8): Open(rate * 0.8, 1.0, 2.0, 3.0, 0.0, 0) for name, rate in rates.items()},
        "facts": dict.fromkeys(rates, (70.0, 0.4)),
        "two": (1.9, 1.8),
        "tls": 0.7,
        "heads": 1.2,
    }


def test_several_runs_make_one_page(tmp_path: Path) -> None:
    kept = tmp_path / "cache" / "results.json"
    first = {"iris-lr": found(40_000, {"kserve": 1000}), "forest": found(10, {"kserve": 1})}
    again = {"forest": found(30_000, {"fastapi": 200})}
    results.keep(kept, first)
    results.keep(kept, again)
    assert results.read(kept) == first | again
    table.write(tmp_path / "page.md", results.read(kept))
    page = (tmp_path / "page.md").read_text()
    assert page.index("## iris LogisticRegression") < page.index("## RandomForest(100), 30 columns")
    assert "30000/s" in (tmp_path / "page.svg").read_text()


def test_the_best_peer_is_another_server(tmp_path: Path) -> None:
    peers = {"fastapi": 2000.0, "fastapi-orjson": 4000.0, "fastapi-fast": 9000.0, "ours-constant": 50_000.0}
    table.write(tmp_path / "page.md", {"iris-lr": found(40_000, peers, missing=("kserve",))})
    page = (tmp_path / "page.md").read_text()
    assert "| iris LogisticRegression, 1 row | 32 | 40000 | fastapi-orjson | 4000 | 10.0 |" in page
    assert "- 32 connections: 10.0 times the best peer's requests/s, " in page
    assert "4.4 times fastapi-fast." in page
    assert "Measured 2026-01-02: 3 rounds, 1 s each time. Not measured, as they could not" in page
    assert "did not start: kserve." in page
    assert "- A head of its own costs a request 1.20 times the CPU time of one whose head came before." in page
