# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the text of a setting. Each function raises ValueError with what is expected."""

from __future__ import annotations

from collections.abc import Callable


def text(value: str) -> str:
    return value.strip()


def words(value: str) -> tuple[str, ...]:
    """Comma or whitespace separated words."""
    return tuple(value.replace(",", " ").split())


def listed(value: str) -> tuple[str, ...]:
    """Words that may hold blanks, with commas between."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def switch(value: str) -> bool:
    lowered = value.strip().lower()
    if lowered in ("true", "yes", "on", "1"):
        return True
    if lowered in ("false", "no", "off", "0"):
        return False
    raise ValueError("expected true or false")


def whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(value)
        if not low <= number <= high:
            raise ValueError(f"expected a whole number from {low} to {high}")
        return number

    return parse


def seconds(low: float, high: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        number = float(value)
        if not low <= number <= high:
            raise ValueError(f"expected seconds from {low:g} to {high:g}")
        return number

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        for choice in choices:
            if value.strip().lower() == choice.lower():
                return choice
        raise ValueError("expected one of " + ", ".join(choices))

    return parse


def share(value: str) -> float:
    number = float(value)
    if not 0 <= number <= 1:
        raise ValueError("expected a number from 0 to 1")
    return number
