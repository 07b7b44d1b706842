# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as JUnit XML, which CI systems show as tests. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

# Characters that XML 1.0 cannot hold, such as the escape that colours a log line. One makes the file unreadable.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Failure:
    """``reason``: one word. ``message``: one line. ``text``: the evidence."""

    reason: str
    message: str
    text: str = ""


@dataclass(frozen=True)
class Case:
    """One test case. ``group``: the heading in CI systems. ``skipped``: why it did not run, None when it ran."""

    group: str
    name: str
    seconds: float = 0.0
    failures: tuple[Failure, ...] = ()
    skipped: str | None = None
    output: str = ""


def suite(name: str, cases: list[Case], seconds: float) -> bytes:
    """The file's content, UTF-8. ``seconds``: the total duration."""
    root = _element(
        None,
        "testsuite",
        name=name,
        tests=str(len(cases)),
        failures=str(sum(1 for case in cases if case.failures)),
        skipped=str(sum(1 for case in cases if case.skipped is not None)),
        errors="0",
        time=f"{seconds:.1f}",
    )
    for case in cases:
        _add(root, case)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _add(root: ElementTree.Element, case: Case) -> None:
    element = _element(root, "testcase", classname=case.group, name=case.name, time=f"{case.seconds:.1f}")
    if case.skipped is not None:
        _element(element, "skipped", message=case.skipped)
    for failure in case.failures:
        _element(element, "failure", failure.text, type=failure.reason, message=failure.message)
    if case.output:
        _element(element, "system-out", case.output)


def _element(parent: ElementTree.Element | None, tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
    clean = {name: _NOT_XML.sub("\ufffd", value) for name, value in attributes.items()}
    element = ElementTree.Element(tag, clean) if parent is None else ElementTree.SubElement(parent, tag, clean)
    element.text = _NOT_XML.sub("\ufffd", text)
    return element
