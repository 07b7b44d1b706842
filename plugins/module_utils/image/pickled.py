# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a joblib file says of itself, read without opening it as a model: none of its code is imported or run. Pure.

A pickle is a program that names classes and calls them. Here each name is a class of no consequence, so that only the
attributes remain. joblib writes the bytes of an array behind its description; they are passed over.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import math
import pickle
import re
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO, ClassVar

# By its first bytes, what opens a compressed file. lz4 is not Python's own.
COMPRESSED = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
    b"\x5d\x00": lzma.open,
    b"\x78": lambda file: BytesIO(zlib.decompress(file.read())),
}
VERSION = "_sklearn_version"
ARRAY = "NumpyArrayWrapper"
SCRIPT = "__main__"


@dataclass
class Content:
    """``sklearn_version``: of the scikit-learn that saved it, "" where no estimator of scikit-learn is in it.
    ``names``: dotted, of the classes and functions in it. ``kind``: the type of what it holds: "builtins.dict"."""

    sklearn_version: str = ""
    names: set[str] = field(default_factory=set)
    kind: str = ""

    @property
    def of_scripts(self) -> list[str]:
        """What a script or a notebook defined."""
        return sorted(name for name in self.names if name.startswith(SCRIPT + "."))


def read(file: BinaryIO) -> Content | None:
    """None where it cannot be told: of another format, or compressed by what Python does not have."""
    head = file.read(6)
    file.seek(0)
    opened = next((opener for magic, opener in COMPRESSED.items() if head.startswith(magic)), None)
    found = Content()
    try:
        top = _Reader(opened(file) if opened else file, found).load()
    # What a file that is no pickle makes of the reader is of any kind.
    except Exception:
        return None
    found.kind = f"{type(top).__module__}.{type(top).__qualname__}"
    return found


class _Nothing:
    """In place of every class and function of the file."""

    def __new__(cls, *args, **_named):
        # What makes an object of a class is given that first: copyreg._reconstructor.
        wanted = args[0] if args and isinstance(args[0], type) and issubclass(args[0], _Nothing) else cls
        made = object.__new__(wanted)
        made.args = args
        return made

    def __init__(self, *_args, **_named):
        pass

    def __call__(self, *_args, **_named):
        return _Nothing()

    def __setitem__(self, _name, _value):
        pass

    def append(self, _item):
        pass

    add = append

    def extend(self, _items):
        pass

    def __hash__(self):
        return id(self)


class _Reader(pickle._Unpickler):
    dispatch: ClassVar[dict] = dict(pickle._Unpickler.dispatch)

    def __init__(self, file: BinaryIO, found: Content):
        super().__init__(file, encoding="latin1")
        self.bare, self.found, self.classes = file, found, {}

    def find_class(self, module: str, name: str):
        key = f"{module}.{name}"
        self.found.names.add(key)
        if key not in self.classes:
            last = name.rpartition(".")[2]
            self.classes[key] = type(last, (_Nothing,), {"__module__": module, "__qualname__": name})
        return self.classes[key]

    def get_extension(self, code: int):
        raise pickle.UnpicklingError(f"extension {code}")

    def load_build(self):
        state = self.stack.pop()
        built = self.stack[-1]
        if isinstance(state, tuple) and len(state) == 2 and isinstance(state[0], dict):
            state = state[0]
        if isinstance(state, dict):
            # The whole is built last.
            self.found.sklearn_version = str(state.get(VERSION) or self.found.sklearn_version)
            if type(built).__name__ == ARRAY:
                self._pass_over(state)

    dispatch[pickle.BUILD[0]] = load_build

    def _pass_over(self, array: dict) -> None:
        """The bytes of an array, which stand behind its description."""
        kind = str(array["dtype"].args[0])
        if kind.startswith(("O", "|O")):
            _Reader(self.bare, self.found).load()
            return
        if array.get("numpy_array_alignment_bytes") is not None:
            self.bare.read(self.bare.read(1)[0])
        left = math.prod(array["shape"]) * _bytes_of(kind)
        while left:
            part = self.bare.read(min(left, 1 << 24))
            if not part:
                raise EOFError
            left -= len(part)


def _bytes_of(kind: str) -> int:
    """Of one element, by numpy's word for its type: "f8", "V64", "U5"."""
    letter, number = re.fullmatch(r"[<>|=]?([a-zA-Z?])([0-9]*)", kind).groups()
    return int(number or 1) * (4 if letter == "U" else 1)
