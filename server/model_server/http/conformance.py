# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What RFC 9112 has a server refuse, and waitress takes: mostly heads that a proxy may read in another way.

A proxy and a server that disagree on where a request ends let a client hide a second request in the first.
"""

from __future__ import annotations

import re

from waitress.utilities import BadRequest, Error

VERSIONS = ("1.0", "1.1")
# Anywhere in the head, as the parser joins and drops some headers.
CODING = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
CODINGS = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*(?=\r\n)", re.IGNORECASE)
# A name or address with an optional port; empty where the target has no authority.
HOST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
FOLD = re.compile(rb"\r\n[ \t]")
BLANKS = b" \t\v\f\r\n"
CONTROLS = re.compile(rb"[\x00-\x1f\x7f-\xff]")


class VersionNotSupported(Error):
    code = 505
    reason = "HTTP Version Not Supported"


class ExpectationFailed(Error):
    code = 417
    reason = "Expectation Failed"


def refusal(head: bytes, version: str, headers: dict[str, str]) -> Error | None:
    """Why a head is refused, or None.

    :param head: as it was sent, to its empty line.
    :param version: of HTTP; empty where the request line names none.
    :param headers: by name in upper case with underscores; a repeated one's values are joined with commas.
    """
    if version not in VERSIONS:
        return VersionNotSupported("this server speaks HTTP/1.1 and 1.0")
    line = head.partition(b"\r\n")[0]
    if CONTROLS.search(line) or line.endswith(b" "):
        return BadRequest("the request line has a character that is not allowed")
    if FOLD.search(head):
        return BadRequest("a header is folded over several lines")
    host = headers.get("HOST")
    if version == "1.1" and host is None:
        return BadRequest("Host is missing")
    if host is not None and not HOST.fullmatch(host):
        return BadRequest("Host is there twice, or no host")
    codings = len(CODING.findall(head))
    if codings:
        if version == "1.0" or "CONTENT_LENGTH" in headers:
            return BadRequest("Transfer-Encoding with HTTP/1.0 or beside Content-Length")
        if codings > 1 or not CODINGS.search(head):
            return BadRequest("Transfer-Encoding: expected chunked, once")
    if version == "1.1" and headers.get("EXPECT", "100-continue").lower() != "100-continue":
        return ExpectationFailed("Expect: only 100-continue is known")
    return None


def begins_with_blank(data: bytes) -> bool:
    """Whether a request begins with another blank than the empty lines that are allowed before it."""
    return data.lstrip(b"\r\n")[:1] in (b" ", b"\t", b"\v", b"\f")


def options(connection: str) -> set[str]:
    """The options of a Connection header."""
    return {option.strip(" \t").lower() for option in connection.split(",")}
