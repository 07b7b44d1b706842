# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fields of a protobuf message, counted before it is parsed.

Parsed, a field of two bytes may take a hundred. Numbers that are packed into one field take sixteen times their bytes
at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# How often a message's length packed numbers take in memory at most, while they are parsed.
PARSED_FACTOR = 20
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIXED = {FIXED64: 8, FIXED32: 4}
# Of a varint; with more the message is malformed.
MOST_VARINT_BYTES = 10


class MalformedError(ValueError):
    """No protobuf message."""


class TooManyFieldsError(ValueError):
    """More fields than are taken."""


def fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Each field's number, and what is in it: empty for one that is a single number.

    :raises MalformedError: it ends within a field, or a field is of an unknown kind.
    """
    position, end = 0, len(data)
    while position < end:
        tag, position = varint(data, position)
        number, kind = tag >> 3, tag & 7
        content = data[:0]
        if kind == BYTES:
            size, position = varint(data, position)
            content = data[position : position + size]
            position += size
        elif kind == VARINT:
            _unused, position = varint(data, position)
        elif kind in FIXED:
            position += FIXED[kind]
        else:
            raise MalformedError(f"a field of the unknown kind {kind}")
        if position > end:
            raise MalformedError("it ends within a field")
        yield number, content


def varint(data: memoryview, position: int) -> tuple[int, int]:
    """The number at the position, and the position behind it."""
    value = shift = 0
    for place in range(position, min(position + MOST_VARINT_BYTES, len(data))):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place + 1
        shift += 7
    raise MalformedError("it ends within a number, or one is too long")


def count(data: memoryview, inside: Mapping[int, Any], most: int) -> int:
    """How many fields there are in the message and in those inside it.

    :param inside: of each field that is a message, its number, and the same of what is in that.
    :param most: with more, counting ends.
    :raises MalformedError: as fields does.
    :raises TooManyFieldsError: there are more.
    """
    found = 0
    for number, content in fields(data):
        found += 1
        if number in inside:
            found += count(content, inside[number], most - found)
        if found > most:
            raise TooManyFieldsError(f"more than {most} fields")
    return found
