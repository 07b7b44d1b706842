# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the licence check lets pass and what it names."""

from __future__ import annotations

import pytest
from check_licences import debian_problems, go_problems, idle_rules, python_problems
from pinned import go_modules
from record_debian import licences
from spdx import UNKNOWN, accepted, classify

MIT = "The MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software"
BSD = "Redistribution and use in source and binary forms, with or without modification, are permitted"
NAME = "Neither the name of the holder nor the names of its contributors may be used to endorse or promote"
MPL = 'Mozilla Public License Version 2.0\n1.12. "Secondary License" means the GNU Affero General Public License'
RULES = {
    "images": ["MIT", "Apache-2.0"],
    "tools": ["GPL-3.0-or-later"],
    "refused_in_debian": ["AGPL"],
    "by_hand": {"silent-but-read": {"licence": "MIT", "why": ""}},
}
GO_MOD = """
module modelops.serving/load

go 1.26.0

tool modelops.serving/load/load-generator

require github.com/tsenart/vegeta/v12 v12.13.0

require (
<tab>go.k6.io/k6 v1.8.1 // indirect
<tab>k8s.io/api v0.0.0
)

replace k8s.io/api => k8s.io/api v0.36.3
""".replace("<tab>", "\t")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (MIT, {"MIT"}),
        (BSD, {"BSD-2-Clause"}),
        (f"{BSD}\n// {NAME}", {"BSD-3-Clause"}),
        (MPL, {"MPL-2.0"}),
        ("# GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3", {"AGPL-3.0"}),
        ("GNU LESSER GENERAL PUBLIC LICENSE\n This incorporates the GNU General Public License", {"LGPL"}),
        ("Apache License\n   Version 2.0, January 2004", {"Apache-2.0"}),
        (f"Apache License Version 2.0 ... {MIT}", {"Apache-2.0", "MIT"}),
        (
            "ISC\nPermission to use, copy, modify, and/or distribute this software for any purpose with or without fee",
            {"ISC"},
        ),
        ("All rights reserved.", {UNKNOWN}),
    ],
)
def test_a_text_is_recognized(text, found):
    assert classify(text) == found


@pytest.mark.parametrize(
    ("expression", "held"),
    [
        ("MIT", True),
        ("AGPL-3.0", False),
        ("MIT AND Apache-2.0", True),
        ("MIT AND AGPL-3.0", False),
        ("AGPL-3.0 OR MIT", True),
        ("MIT AND (AGPL-3.0 OR Apache-2.0)", True),
        ("AGPL-3.0 OR MIT AND GPL", False),
    ],
)
def test_an_expression(expression, held):
    assert accepted(expression, {"MIT", "Apache-2.0"}) is held


@pytest.mark.parametrize("expression", ["", "(MIT", "MIT)", "MIT Apache-2.0", "MIT AND"])
def test_what_is_no_expression_is_refused(expression):
    with pytest.raises(ValueError):
        accepted(expression, {"MIT"})


def test_what_a_go_mod_requires():
    assert go_modules(GO_MOD) == {
        ("github.com/tsenart/vegeta/v12", "v12.13.0"),
        ("go.k6.io/k6", "v1.8.1"),
        ("k8s.io/api", "v0.36.3"),
    }


def test_an_agpl_module_is_refused_and_one_that_was_not_read():
    read = {("github.com/tsenart/vegeta/v12", "v12.13.0"): "MIT", ("go.k6.io/k6", "v1.8.1"): "AGPL-3.0"}
    assert go_problems(go_modules(GO_MOD), read, RULES) == [
        "go.k6.io/k6 v1.8.1: AGPL-3.0 is not accepted",
        "k8s.io/api v0.36.3: its licence was not read: make licences",
    ]


def test_a_new_version_is_read_again():
    read = {("k8s.io/api", "v0.36.2"): "Apache-2.0"}
    assert len(go_problems({("k8s.io/api", "v0.36.3")}, read, RULES)) == 1


def test_a_tool_may_be_what_an_image_may_not():
    assert python_problems("tools", {"ansible": "GPL-3.0-or-later"}, RULES) == []
    assert python_problems("images", {"ansible": "GPL-3.0-or-later"}, RULES) == [
        "ansible: GPL-3.0-or-later is not accepted in images"
    ]


@pytest.mark.parametrize("said", ["", None])
def test_a_package_that_does_not_say_is_named_until_it_was_read(said):
    assert python_problems("images", {"silent-but-read": said}, RULES) == []
    (problem,) = python_problems("images", {"silent": said}, RULES)
    assert "by_hand" in problem


def test_what_was_read_by_hand_and_is_pinned_no_more():
    assert idle_rules({"silent-but-read"}, RULES) == []
    assert len(idle_rules({"other"}, RULES)) == 1


def test_debian_packages():
    text = "Files: *\nLicense: GPL-2+\n\nFiles: debian/*\nLicense: AGPL-3\n\n"
    text += "License: Permission is hereby granted, free of charge, to any person\n obtaining a copy"
    assert licences(text) == ["AGPL-3", "GPL-2+"]
    assert licences("This is free software.") == ["prose"]
    assert debian_problems(["base: AGPL-3, GPL-2+", "agpl-tools: GPL-2+"], RULES) == ["base: AGPL-3, GPL-2+"]
