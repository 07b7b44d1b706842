# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checksums, and which of them is pinned."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from model_server.models.checksum import pinned_sha256, pins_of_the_image, sha256_of
from model_server.models.model import ModelError

A, B = "a" * 64, "b" * 64


def test_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"model")
    assert sha256_of(tmp_path / "f") == hashlib.sha256(b"model").hexdigest()


@pytest.mark.parametrize(
    ("pins", "pinned"),
    [
        ((), None),
        ((f"iris/2={A}",), None),
        ((f"iris/2={A}", f"iris/1={B}"), B),
        ((A,), A),
        ((f"iris/1={A}", B), A),
        ((f"iris/10={A}",), None),
        ((f"iris/1={A.upper()}",), A),
    ],
)
def test_which_is_pinned(pins: tuple[str, ...], pinned: str | None) -> None:
    assert pinned_sha256("iris", "1", pins) == pinned


@pytest.mark.parametrize("digest", ["", "a" * 63, "g" * 64])
def test_a_pin_that_is_no_checksum_is_refused(digest: str) -> None:
    with pytest.raises(ModelError, match="is no sha256"):
        pinned_sha256("iris", "1", (f"iris/1={digest}",))


def test_the_pins_that_the_image_brings_count_for_its_own_store(tmp_path: Path) -> None:
    pins = tmp_path / "models.sha256"
    pins.write_text(f"iris/1={A}\nforest/1={B}\n")
    assert pins_of_the_image(str(pins), tmp_path) == (f"iris/1={A}", f"forest/1={B}")
    assert pins_of_the_image("", tmp_path) == pins_of_the_image(str(tmp_path / "none"), tmp_path) == ()


def test_and_not_for_a_volume_over_it(tmp_path: Path) -> None:
    pins = tmp_path / "models.sha256"
    pins.write_text(f"iris/1={A}\n")
    volume = Path("/dev/shm")
    assert volume.stat().st_dev != tmp_path.stat().st_dev
    assert pins_of_the_image(str(pins), volume) == ()
