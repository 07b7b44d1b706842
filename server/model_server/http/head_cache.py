# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parsed heads of requests. A client repeats its head, byte for byte or with some headers that are new each time.

An ingress gives every request an id, a trace and its client's address. So a head is known by its shape: its lines, with
gaps for those that were not there before. What fills a gap must be a plain header of the same name, of those that
change nothing of how a request is read but the length of its body. Any other head is parsed as a whole.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

# waitress drops headers with an underscore in their name.
NAME = re.compile(rb"[!#$%&'*+\-.^`|~0-9A-Za-z]+")
# Headers that say how a request is read.
FRAMING = frozenset({"HOST", "CONNECTION", "EXPECT", "TRANSFER_ENCODING"})
LENGTH = "CONTENT_LENGTH"
MOST_DIGITS = 9


class Shape(NamedTuple):
    """A head with gaps.

    :ivar fields: attributes of the parser of one such head.
    :ivar headers: those of the same head.
    :ivar gaps: of each gap the line's number, its name with the colon as it was sent, and the header's name.
    :ivar measured: whether the length of the body is in a gap.
    """

    fields: dict[str, Any]
    headers: dict[str, str]
    gaps: tuple[tuple[int, str, str], ...]
    measured: bool


class HeadCache:
    """Heads that were accepted, with no body or one of a known length.

    :ivar known: by all their bytes.
    :ivar shapes: by their lines, None for each gap.
    """

    MAX_BYTES, MAX_HEADS, MAX_LINES = 2048, 256, 1024

    def __init__(self) -> None:
        self.known: dict[bytes, tuple[dict, dict]] = {}
        self.shapes: dict[tuple[bytes | None, ...], Shape] = {}
        self._lines: dict[bytes, bytes] = {}  # that came twice
        self._once: dict[int, None] = {}  # hashes of lines, and of heads, that came once

    def find(self, head: bytes, max_body: int) -> tuple[dict[str, Any], dict[str, str]] | None:
        """What a head says, if it or one of its shape was parsed before: attributes of the parser, and the headers.

        :param max_body: a body of as many bytes is refused, which is for the parser to say.
        """
        known = self.known.get(head)
        if known is not None:
            return known[0], known[1].copy()
        if not 0 < len(head) <= self.MAX_BYTES:
            return None
        lines = head.split(b"\r\n")
        shape = self.shapes.get(tuple(map(self._lines.get, lines)))
        found = None if shape is None else filled(shape, lines, max_body)
        if found is not None and not self._first_time(head):
            put(self.known, head, (found[0], found[1].copy()), self.MAX_HEADS)
        return found

    def keep(self, head: bytes, fields: dict[str, Any], headers: dict[str, str]) -> None:
        """Remember a head that was parsed; from its second time on, which shows what is new in each."""
        if len(head) > self.MAX_BYTES:
            return
        lines = head.split(b"\r\n")
        for line in lines:
            if not self._first_time(line):
                put(self._lines, line, line, self.MAX_LINES)
        signature = tuple(map(self._lines.get, lines))
        gaps = [gap(i, lines[i], headers) for i, known in enumerate(signature) if known is None]
        if None not in gaps:
            measured = any(name == LENGTH for _i, _prefix, name in gaps)
            put(self.shapes, signature, Shape(fields, headers, tuple(gaps), measured), self.MAX_HEADS)

    def _first_time(self, text: bytes) -> bool:
        key = hash(text)
        if key in self._once:
            return False
        put(self._once, key, None, self.MAX_LINES)
        return True


def gap(number: int, line: bytes, headers: dict[str, str]) -> tuple[int, str, str] | None:
    """The gap that other headers of this line's name can fill; None where another value may be read in another way."""
    name, colon, value = line.partition(b":")
    key = name.upper().replace(b"-", b"_").decode("latin-1")
    text = value.strip(b" \t").decode("latin-1")
    # A repeated header has another value than this line's.
    if not NAME.fullmatch(name) or key in FRAMING or headers.get(key) != text:
        return None
    return None if key == LENGTH and not a_length(text) else (number, (name + colon).decode("ascii"), key)


def filled(shape: Shape, lines: list[bytes], max_body: int) -> tuple[dict[str, Any], dict[str, str]] | None:
    """What the head of these lines says; None if one of them does not fit into its gap."""
    fields, headers, gaps, measured = shape
    headers = headers.copy()
    try:
        for number, prefix, name in gaps:
            line = lines[number].decode("ascii")
            if not (line.startswith(prefix) and line.isprintable()):
                return None
            headers[name] = line[len(prefix) :].strip()
    except UnicodeDecodeError:
        return None
    if measured:
        if not a_length(headers[LENGTH]) or int(headers[LENGTH]) >= max_body:
            return None
        fields = {**fields, "content_length": int(headers[LENGTH])}
    return fields, headers


def a_length(text: str) -> bool:
    """Whether it is the length of a body that is not empty, in plain digits."""
    return text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= MOST_DIGITS


def put(kept: dict, key: Any, value: Any, most: int) -> None:
    """Keep an entry; all others go when there are as many as may be."""
    if len(kept) >= most:
        kept.clear()
    kept[key] = value
