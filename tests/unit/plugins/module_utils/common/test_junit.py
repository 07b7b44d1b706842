# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JUnit that every reader of XML takes, whatever stood in a log."""

from __future__ import annotations

from xml.etree import ElementTree

from ansible_collections.modelops.serving.plugins.module_utils.common.junit import Case, Failure, suite

CASES = [
    Case("verify.api", "Pods start", 1.24, output="3 of 3 ready"),
    Case("verify.api", "Ingress routes", 2.0, (Failure("IngressFails", "HTTP 404 <html>", "first\nsecond"),)),
    Case("verify.api", "HPA scales up", skipped="not asked for"),
]


def test_cases_are_counted_by_what_became_of_them():
    root = ElementTree.fromstring(suite("verify", CASES, 3.24))
    assert root.attrib == {
        "name": "verify",
        "tests": "3",
        "failures": "1",
        "skipped": "1",
        "errors": "0",
        "time": "3.2",
    }
    assert [case.get("name") for case in root] == ["Pods start", "Ingress routes", "HPA scales up"]
    assert root[0].get("time") == "1.2"
    assert root[0].get("classname") == "verify.api"


def test_each_case_says_what_was_found():
    passed, failed, skipped = ElementTree.fromstring(suite("verify", CASES, 0.0))
    assert passed.findtext("system-out") == "3 of 3 ready"
    assert failed.find("failure").attrib == {"type": "IngressFails", "message": "HTTP 404 <html>"}
    assert failed.findtext("failure") == "first\nsecond"
    assert failed.find("system-out") is None
    assert skipped.find("skipped").get("message") == "not asked for"


def test_a_case_with_two_failures_is_one_that_failed():
    both = Case("api", "release r2", failures=(Failure("A", "a"), Failure("B", "b")))
    root = ElementTree.fromstring(suite("api", [both], 0.0))
    assert root.get("failures") == "1"
    assert [entry.get("type") for entry in root.iter("failure")] == ["A", "B"]


def test_what_xml_cannot_hold_does_not_break_the_file():
    coloured = Failure("CrashLoop", "exit 3: \x1b[31mno such file\x1b[0m", "a\x00b\udc80c → ✔\ttab")
    failure = ElementTree.fromstring(suite("api", [Case("api", "r1", failures=(coloured,))], 0.0)).find(".//failure")
    assert failure.get("message") == "exit 3: \ufffd[31mno such file\ufffd[0m"
    assert failure.text == "a\ufffdb\ufffdc → ✔\ttab"


def test_the_declaration_names_the_encoding_of_the_bytes():
    content = suite("→", [], 0.0)
    assert content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert "→".encode() in content
