# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text of a setting, read."""

from __future__ import annotations

import pytest

from model_server.process import parsers


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parsers.text, " a b ", "a b"),
        (parsers.words, "a,b  c,", ("a", "b", "c")),
        (parsers.listed, "petal width (cm), none,", ("petal width (cm)", "none")),
        (parsers.switch, " Yes", True),
        (parsers.switch, "0", False),
        (parsers.whole(1, 10), "10", 10),
        (parsers.seconds(0, 1), "0.5", 0.5),
        (parsers.one_of("INFO", "DEBUG"), "debug ", "DEBUG"),
        (parsers.share, "0.25", 0.25),
    ],
)
def test_what_is_read(parse, text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (parsers.switch, "perhaps", "true or false"),
        (parsers.whole(1, 10), "11", "from 1 to 10"),
        (parsers.whole(1, 10), "1.5", "invalid literal"),
        (parsers.seconds(0.01, 3600), "0", "from 0.01 to 3600"),
        (parsers.seconds(0, 1), "nan", "from 0 to 1"),
        (parsers.one_of("INFO", "DEBUG"), "LOUD", "INFO, DEBUG"),
        (parsers.share, "1.1", "from 0 to 1"),
    ],
)
def test_what_is_refused(parse, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)
