# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds variable names that do not exist, and the ones that were probably meant. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

PREFIX = "model_serving_"
# Names of variables that begin like ours and are the user's.
OWN = "model_serving_own_variables"
# Of the letters of both names, the share that a misspelt one has in common with the right one.
MISSPELT = 0.96


def unknown(given: Iterable[str], known: Iterable[str]) -> list[str]:
    """One sentence for each name in ``given`` that is not in ``known``, sorted by name."""
    names = sorted(str(name) for name in known)
    return [_sentence(name, names) for name in sorted({str(name) for name in given} - set(names))]


def nearly(given: Iterable[str], known: Iterable[str]) -> list[str]:
    """One sentence for each name that differs from a known one by its hyphens, its capitals, a plural or the form of
    serve alone, so that it does not even begin like one."""
    names = set(known)
    by_sound = {_sound(name): name for name in names}
    others = sorted({str(name) for name in given} - names)
    return [
        f"{name} is not a known variable; is {by_sound[_sound(name)]} meant? If it is your own, name it in {OWN}."
        for name in others
        if _sound(name) in by_sound
    ]


def _sound(name: str) -> str:
    letters = re.sub("[-_s]", "", name.lower())
    return re.sub("^modelerv(e|ing|er|ice)", "modelerving", letters)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant; None when none is similar.

    Of the same number of words, one with nearly the same letters; else a name with more words
    (model_serving_autoscaling_max_replicas for model_serving_max_replicas); else one with other letters.
    """
    names = list(known)
    as_long = [other for other in names if other.count("_") == name.count("_")]
    misspelt = difflib.get_close_matches(name, as_long, n=1, cutoff=MISSPELT)
    if misspelt:
        return misspelt[0]
    fuller = [other for other in names if _left_out(name, other)]
    if fuller:
        return min(fuller, key=lambda other: (other.count("_"), other))
    role = "_".join(name.split("_")[:2]) + "_"  # which many names begin with, and which says nothing
    by_ending = {other.removeprefix(role): other for other in names}
    return next((by_ending[end] for end in difflib.get_close_matches(name.removeprefix(role), by_ending, n=1)), None)


def _sentence(name: str, names: list[str]) -> str:
    meant = nearest(name, names)
    if meant:
        return f"{name} is not a known variable; is {meant} meant?"
    return f"{name} is not a known variable. If it is your own, name it in {OWN}."


def _left_out(name: str, other: str) -> bool:
    """Whether ``other`` has all words of ``name`` in the same order, and more."""
    rest = iter(other.split("_"))
    return name != other and all(word in rest for word in name.split("_"))
