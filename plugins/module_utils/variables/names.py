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
# What all names of a role begin with has so many words.
WORDS = 2
# Letters of a word that may be mistyped: load and road, gke and aks are words of their own.
LONG = 5
# Of the letters of both names, the share that a misspelt one has in common with the right one.
MISSPELT = 0.96


def unknown(given: Iterable[str], known: Iterable[str], facts: Iterable[str] = ()) -> list[str]:
    """One sentence for each name in ``given`` that is not in ``known``, sorted by name. ``facts``: those of the known
    names that no user sets, so that none of them is meant."""
    names = {str(name) for name in known}
    meant = sorted(names - set(facts))
    return [_sentence(name, meant) for name in sorted({str(name) for name in given} - names)]


def nearly(given: Iterable[str], known: Iterable[str]) -> list[str]:
    """One sentence for each name that does not even begin like a known one, and differs from it by its hyphens, its
    capitals, a plural, the form of serve, or a mistyped letter in a word that it begins with."""
    names = set(known)
    by_sound = {_sound(name): name for name in names}
    beginnings = {"_".join(name.split("_")[:WORDS]) for name in names}
    others = sorted({str(name) for name in given} - names)
    meant = {name: by_sound.get(_sound(name)) or _begun_wrongly(name, names, beginnings) for name in others}
    return [
        f"{name} is not a known variable; is {meant[name]} meant? If it is your own, name it in {OWN}."
        for name in others
        if meant[name]
    ]


def _sound(name: str) -> str:
    letters = re.sub("[-_s]", "", name.lower())
    return re.sub("^modelerv(ing|er|ice|e)", "modelerving", letters)


def _begun_wrongly(name: str, known: set[str], beginnings: set[str]) -> str | None:
    """The known name that has the same rest, and other letters in what it begins with."""
    words = name.split("_")
    for beginning in sorted(beginnings):
        right = beginning.split("_")
        if len(words) > WORDS and all(map(_mistyped, words, right)):
            found = f"{beginning}_{'_'.join(words[WORDS:])}"
        elif _mistyped(words[0], "".join(right)):
            found = f"{beginning}_{'_'.join(words[1:])}"
        else:
            continue
        if found in known:
            return found
    return None


def _mistyped(word: str, right: str) -> bool:
    """Whether they are the same but for two letters that changed places, and in a long word for one letter."""
    begin = next((at for at, pair in enumerate(zip(word, right, strict=False)) if len(set(pair)) > 1), len(word))
    left, other = word[begin:], right[begin:]
    swapped = left[1::-1] == other[:2] and left[2:] == other[2:]
    missing, more, another = left == other[1:], left[1:] == other, left[1:] == other[1:]
    return word == right or swapped or (len(right) >= LONG and (missing or more or another))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant; None when none is similar.

    Of the same number of words, one with two letters exchanged, or with nearly the same letters; else a name with
    more words (model_serving_autoscaling_max_replicas for model_serving_max_replicas); else one with other letters.
    """
    names = list(known)
    as_long = [other for other in names if other.count("_") == name.count("_")]
    exchanged = [other for other in as_long if _exchanged(name, other)]
    if exchanged:
        return exchanged[0]
    misspelt = difflib.get_close_matches(name, as_long, n=1, cutoff=MISSPELT)
    if misspelt:
        return misspelt[0]
    fuller = [other for other in names if _left_out(name, other)]
    if fuller:
        return min(fuller, key=lambda other: (other.count("_"), other))
    role = "_".join(name.split("_")[:2]) + "_"  # which many names begin with, and which says nothing
    of_a_role = name.count("_") >= WORDS
    by_ending = {other.removeprefix(role): other for other in names if not of_a_role or "_" in other}
    return next((by_ending[end] for end in difflib.get_close_matches(name.removeprefix(role), by_ending, n=1)), None)


def without_a_value(words: str) -> list[str]:
    """A sentence when Ansible kept ``words`` of -e that name no value, which it otherwise passes over."""
    if not words.strip():
        return []
    first = words.split()[0].rstrip(":")
    return [
        f"-e has {first} without a value, so that it sets nothing: write NAME=VALUE, without blanks beside = and with "
        "quotes around a value that has blanks, or JSON."
    ]


def _sentence(name: str, names: list[str]) -> str:
    meant = nearest(name, names)
    if meant:
        return f"{name} is not a known variable; is {meant} meant?"
    return f"{name} is not a known variable. If it is your own, name it in {OWN}."


def _exchanged(name: str, other: str) -> bool:
    """Whether they are the same but for two neighbouring letters that changed places."""
    differ = [at for at, pair in enumerate(zip(name, other, strict=False)) if len(set(pair)) > 1]
    if len(name) != len(other) or len(differ) != 2:
        return False
    first, second = differ
    return second == first + 1 and name[first : second + 1] == other[second] + other[first]


def _left_out(name: str, other: str) -> bool:
    """Whether ``other`` has all words of ``name`` in the same order, and more."""
    rest = iter(other.split("_"))
    return name != other and all(word in rest for word in name.split("_"))
