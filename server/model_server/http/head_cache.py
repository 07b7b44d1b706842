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
    :ivar gaps: of each gap what comes before it, since the gap before, and the name of the header that fills it.
    :ivar rest: what comes after the last gap.
    :ivar measured: whether the length of the body is in a gap.
    """

    fields: dict[str, Any]
    headers: dict[str, str]
    gaps: tuple[tuple[str, str], ...]
    rest: str
    measured: bool


class HeadCache:
    """Heads that were accepted, with no body or one of a known length.

    :ivar known: by all their bytes.
    :ivar shapes: by their lines, None for each gap.
    :ivar last: that of the last head, which the next one has most often; None if it was known by all its bytes.
    """

    MAX_BYTES, MAX_HEADS, MAX_LINES = 2048, 256, 1024

    def __init__(self) -> None:
        self.known: dict[bytes, tuple[dict, dict]] = {}
        self.shapes: dict[tuple[bytes | None, ...], Shape] = {}
        self.last: Shape | None = None
        self._lines: dict[bytes, bytes] = {}  # that came twice
        self._once: dict[int, None] = {}  # hashes of lines, and of heads, that came once

    def find(self, head: bytes, max_body: int) -> tuple[dict[str, Any], dict[str, str]] | None:
        """What a head says, if it or one of its shape was parsed before: attributes of the parser, and the headers.

        :param max_body: a body of as many bytes is refused, which is for the parser to say.
        """
        if self.last is not None:
            found = filled(self.last, head, max_body)
            if found is not None:
                return found
        known = self.known.get(head)
        if known is not None:
            self.last = None
            return known[0], known[1].copy()
        if not 0 < len(head) <= self.MAX_BYTES:
            return None
        shape = self.shapes.get(tuple(map(self._lines.get, head.split(b"\r\n"))))
        found = None if shape is None else filled(shape, head, max_body)
        if found is not None:
            if not self._first_time(head):
                put(self.known, head, (found[0], found[1].copy()), self.MAX_HEADS)
            self.last = shape if shape.gaps else None
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
        shape = shape_of(lines, [known is None for known in signature], fields, headers)
        if shape is not None:
            put(self.shapes, signature, shape, self.MAX_HEADS)

    def _first_time(self, text: bytes) -> bool:
        key = hash(text)
        if key in self._once:
            return False
        put(self._once, key, None, self.MAX_LINES)
        return True


def shape_of(lines: list[bytes], new: list[bool], fields: dict[str, Any], headers: dict[str, str]) -> Shape | None:
    """The shape of a head of these lines; None where another value of a line that is new may be read in another way.

    :param new: for each line whether it is a gap.
    """
    gaps: list[tuple[str, str]] = []
    before = ""
    for number, line in enumerate(lines):
        before += "\r\n" if number else ""
        if not new[number]:
            before += line.decode("latin-1")
            continue
        name, colon, value = line.partition(b":")
        key = name.upper().replace(b"-", b"_").decode("latin-1")
        text = value.strip(b" \t").decode("latin-1")
        # A repeated header has another value than this line's.
        if not NAME.fullmatch(name) or key in FRAMING or headers.get(key) != text:
            return None
        if key == LENGTH and not a_length(text):
            return None
        gaps.append((before + (name + colon).decode("ascii"), key))
        before = ""
    return Shape(fields, headers, tuple(gaps), before, any(key == LENGTH for _before, key in gaps))


def filled(shape: Shape, head: bytes, max_body: int) -> tuple[dict[str, Any], dict[str, str]] | None:
    """What this head says; None if it has not this shape."""
    text = str(head, "latin-1")
    if not text.isascii():
        return None
    fields, headers, gaps, rest, measured = shape
    headers = headers.copy()
    at = 0
    for before, name in gaps:
        if not text.startswith(before, at):
            return None
        at += len(before)
        end = text.find("\r\n", at)
        value = text[at:end]
        if not value.isprintable():
            return None
        headers[name] = value.strip()
        at = end
    if text[at:] != rest:
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
