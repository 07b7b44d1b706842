# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keeps what was measured of each model in a file, so that a page can be made of several runs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from table import Line, Open


def keep(path: Path, measured: dict[str, dict]) -> None:
    """Put the results of these models in place of earlier ones; those of others stay."""
    kept = json.loads(path.read_text()) if path.is_file() else {}
    kept |= {model: plain(found) for model, found in measured.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1))


def read(path: Path) -> dict[str, dict]:
    """All that was kept, by model, in the order in which models were measured first."""
    return {model: measured(found) for model, found in json.loads(path.read_text()).items()}


def plain(found: dict) -> dict:
    """Results without tuples and objects of Python's."""
    return {
        **found,
        "lines": [[*key, asdict(line)] for key, line in found["lines"].items()],
        "open": [[*key, asdict(line)] for key, line in found["open"].items()],
    }


def measured(found: dict) -> dict:
    """What plain() was given."""
    return {
        **found,
        "lines": {(name, connections): Line(**line) for name, connections, line in found["lines"]},
        "open": {(name, share): Open(**line) for name, share, line in found["open"]},
        "facts": {name: tuple(facts) for name, facts in found["facts"].items()},
        "two": tuple(found["two"]),
    }
