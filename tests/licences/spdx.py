# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which licence a text is, and whether an SPDX expression is accepted. Pure."""

from __future__ import annotations

import re

UNKNOWN = "unknown"
# A licence's own title stands at the beginning; others mention it in their text.
TITLES = (
    ("GNU AFFERO GENERAL PUBLIC LICENSE", "AGPL-3.0"),
    ("GNU LESSER GENERAL PUBLIC LICENSE", "LGPL"),
    ("GNU LIBRARY GENERAL PUBLIC LICENSE", "LGPL"),
    ("GNU GENERAL PUBLIC LICENSE", "GPL"),
    ("SERVER SIDE PUBLIC LICENSE", "SSPL-1.0"),
    ("BUSINESS SOURCE LICENSE", "BUSL-1.1"),
    ("ELASTIC LICENSE", "Elastic-2.0"),
    ("MOZILLA PUBLIC LICENSE", "MPL-2.0"),
    ("ECLIPSE PUBLIC LICENSE", "EPL"),
)
TITLE_LENGTH = 400
# What permissive licences say. Several may stand in one file.
SENTENCES = (
    (r"apache license,? version 2\.0|apache\.org/licenses/license-2\.0", "Apache-2.0"),
    (r"permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"),
    (r"permission to use, copy, modify, and( or)? distribute this software for any purpose with or without fee", "ISC"),
    (
        r"redistribution and use in source and binary forms(?=.*neither the name|.*may not be used to endorse)",
        "BSD-3-Clause",
    ),
    (
        r"redistribution and use in source and binary forms(?!.*neither the name|.*may not be used to endorse)",
        "BSD-2-Clause",
    ),
    (r"this is free and unencumbered software released into the public domain", "Unlicense"),
    (r"creative commons legal code cc0 1\.0|cc0 1\.0 universal", "CC0-1.0"),
    (r"creative commons attribution-sharealike 4\.0", "CC-BY-SA-4.0"),
    (r"attribution 4\.0 international", "CC-BY-4.0"),
)


def classify(text: str) -> set[str]:
    """The licences in the text of a file; {UNKNOWN} when none is recognized."""
    plain = " ".join(re.sub(r"[#*/\"\u201c\u201d]", " ", text).split())
    title = plain[:TITLE_LENGTH].upper()
    titled = [(title.index(words), name) for words, name in TITLES if words in title]
    if titled:
        return {min(titled)[1]}
    found = {name for pattern, name in SENTENCES if re.search(pattern, plain.lower())}
    return found or {UNKNOWN}


def accepted(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression is: of an OR one side, of an AND both."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression)
    held, rest = _either(tokens, allowed)
    if rest:
        raise ValueError(f"no licence expression: {expression}")
    return held


def _either(tokens: list[str], allowed: set[str]) -> tuple[bool, list[str]]:
    held, rest = _both(tokens, allowed)
    while rest and rest[0] == "OR":
        other, rest = _both(rest[1:], allowed)
        held = held or other
    return held, rest


def _both(tokens: list[str], allowed: set[str]) -> tuple[bool, list[str]]:
    held, rest = _one(tokens, allowed)
    while rest and rest[0] == "AND":
        other, rest = _one(rest[1:], allowed)
        held = held and other
    return held, rest


def _one(tokens: list[str], allowed: set[str]) -> tuple[bool, list[str]]:
    if not tokens:
        raise ValueError("a licence is missing")
    if tokens[0] == "(":
        held, rest = _either(tokens[1:], allowed)
        if not rest or rest[0] != ")":
            raise ValueError("a bracket is missing")
        return held, rest[1:]
    return tokens[0] in allowed, tokens[1:]
