# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Optional API keys, from a file that is a mounted secret."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import time
from itertools import takewhile
from pathlib import Path

from .errors import RequestError

LOGGER = logging.getLogger("model_server")
REFRESH_SECONDS = 1.0
# Other letters come as UTF-8 from one client and as Latin-1 from another, and not at all from a third.
KEY = re.compile(r"[!-~]+")
CHALLENGE = (("WWW-Authenticate", "Bearer"),)


class ApiKeys:
    """Checks that a request carries one of the keys.

    :param keys_file: one key a line, with comments behind #; empty if no key is needed.
    :raises OSError: the file cannot be read.
    :raises ValueError: the file holds no key, two in one line, or one that is not ASCII.
    """

    def __init__(self, keys_file: str):
        self.path = Path(keys_file) if keys_file else None
        self.digests: list[bytes] = []
        self.seen: tuple[int, int, int] | None = None
        self.next = time.monotonic() + REFRESH_SECONDS
        if self.path is not None:
            self.seen = fingerprint(self.path)  # before it is read, so that no later change is missed
            self.digests = read(self.path)

    def refresh(self) -> None:
        """Read the file again if it changed; asked more than once a second it does nothing.

        A file that cannot be read, or is not as it should be, is logged and changes nothing: without keys all would be
        open.
        """
        now = time.monotonic()
        if self.path is None or now < self.next:
            return
        self.next = now + REFRESH_SECONDS
        try:
            found = fingerprint(self.path)
        except OSError:
            found = None
        if found == self.seen:
            return
        self.seen = found
        try:
            self.digests = read(self.path)
        except (OSError, ValueError) as error:
            LOGGER.error("the changed keys are not used: %s", error)
        else:
            LOGGER.info("API keys reloaded", extra={"fields": {"keys": len(self.digests)}})

    def check(self, authorization: str | None, api_key: str | None) -> None:
        """Check the headers Authorization and X-Api-Key.

        :raises RequestError: 401.
        """
        if not self.digests:
            return
        scheme, _unused, token = (authorization or "").partition(" ")
        given = token if scheme.lower() == "bearer" else api_key
        if not given:
            raise RequestError(401, "an API key is needed: Authorization: Bearer <key>", CHALLENGE)
        # Every key is compared, so that the time taken does not show how much of one was right.
        digest = hashlib.sha256(given.strip().encode("utf-8", "surrogateescape")).digest()
        if not sum(hmac.compare_digest(digest, known) for known in self.digests):
            raise RequestError(401, "the API key is not known", CHALLENGE)


def fingerprint(path: Path) -> tuple[int, int, int]:
    """Inode, size and time of the file, through the links of a mounted secret: they show a change."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def read(path: Path) -> list[bytes]:
    """The digest of each key in the file.

    A comment begins with # at a line's start or behind a blank; a key may have a # in it. Of two words in a line one
    might be a comment without #, and would be a key that is easy to guess.

    :raises ValueError: there is none, two are in one line, or one is not ASCII.
    """
    keys = []
    for number, line in enumerate(path.read_text("utf-8-sig", "surrogateescape").splitlines(), 1):
        words = list(takewhile(lambda word: not word.startswith("#"), line.split()))
        if len(words) > 1:
            wanted = "Write one key a line, and a comment behind #"
            raise ValueError(f"SERVER_API_KEYS_FILE {path}, line {number}: has a blank in it. {wanted}")
        if words and not KEY.fullmatch(words[0]):
            wanted = "Write ASCII letters, digits and signs"
            what = "has a character that clients send in different ways"
            raise ValueError(f"SERVER_API_KEYS_FILE {path}, line {number}: {what}. {wanted}")
        keys += words
    if not keys:
        raise ValueError(f"SERVER_API_KEYS_FILE {path} holds no key; lines that begin with # are comments")
    return [hashlib.sha256(key.encode()).digest() for key in keys]
