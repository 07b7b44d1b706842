# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Optional API keys, from a file that is a mounted secret."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from .errors import RequestError

CHALLENGE = (("WWW-Authenticate", "Bearer"),)


class ApiKeys:
    """Checks that a request carries one of the keys.

    :param keys_file: one key a line; empty if no key is needed.
    :raises OSError: the file cannot be read.
    :raises ValueError: the file holds no key.
    """

    def __init__(self, keys_file: str):
        self.digests: list[bytes] = []
        if keys_file:
            lines = Path(keys_file).read_text("utf-8").split()
            if not lines:
                raise ValueError(f"SERVER_API_KEYS_FILE {keys_file} holds no key")
            self.digests = [hashlib.sha256(line.encode()).digest() for line in lines]

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
