# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An empty list, a list that may not be read, and a server that fails are three things."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.listing import items
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find

NODE = find("Node")


class Server:
    """Answers every list with ``answer``, or raises it."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def list(self, kind, namespace):
        self.asked.append((kind, namespace))
        if isinstance(self.answer, KubeError):
            raise self.answer
        return {"items": self.answer}


def test_what_is_there():
    server = Server([{"kind": "Node"}])
    assert items(server, NODE, None) == [{"kind": "Node"}]
    assert server.asked == [(NODE, None)]


def test_a_kind_that_is_not_served_has_no_objects():
    assert items(Server(KindMissing("no such kind", 404)), NODE, "ns") == []


def test_what_is_forbidden_is_unknown_and_says_why():
    refused = KubeError("nodes is forbidden", 403)
    heard = []
    assert items(Server(refused), NODE, None, heard.append) is None
    assert heard == [refused]
    assert items(Server(refused), NODE, None) is None


@pytest.mark.parametrize("status", [0, 401, 404, 429, 500, 503])
def test_any_other_error_is_one(status):
    with pytest.raises(KubeError):
        items(Server(KubeError("fails", status)), NODE, None)
