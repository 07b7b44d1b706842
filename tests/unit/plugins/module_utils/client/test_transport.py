# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proxies and certificates between a client and its server."""

from __future__ import annotations

import ssl
import sys

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client.auth import Connection
from ansible_collections.modelops.serving.plugins.module_utils.client.transport import TransportError, pool, tls


def test_authorities_of_old_clusters_are_accepted():
    context = tls(Connection("https://h", "test"))
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname


def test_a_socks_proxy_needs_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "urllib3.contrib.socks", None)
    with pytest.raises(TransportError, match="pip install pysocks"):
        pool(Connection("https://h", "test", proxy="socks5://proxy:1080"))
