# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of docs/models.md, written anew between its two marks:

PYTHONPATH=server:tests/server python -m served.table
"""

from __future__ import annotations

from pathlib import Path

from .cells import Cell, cell
from .data import KINDS
from .estimators import ROWS

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "models.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"


def heading() -> list[str]:
    return [f"| | {' | '.join(kind.name for kind in KINDS)} |", f"|{' --- |' * (len(KINDS) + 1)}"]


def line(name: str, cells: list[Cell]) -> str:
    return f"| {name} | {' | '.join(map(words, cells))} |"


def words(found: Cell) -> str:
    """A cell as people read it."""
    if found.differs:
        return f"differs: {', '.join(found.differs)}"
    if found.refused:
        return "refused"
    return "after a step" if found.behind else "yes"


def written() -> dict[str, str]:
    """The lines of the document, by the name of the row."""
    table = DOCUMENT.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    lines = [text for text in table.splitlines() if text.startswith("| ") and "---" not in text]
    return {text.split("|")[1].strip(): text for text in lines}


def main() -> None:
    lines = [*heading(), *(line(row.name, [cell(row, kind) for kind in KINDS]) for row in ROWS)]
    before, _begin, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
    table = "".join(f"{text}\n" for text in lines)
    DOCUMENT.write_text(f"{before}{BEGIN}{table}{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
