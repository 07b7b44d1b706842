# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How the certificate of a module's ``url`` is checked."""

    DOCUMENTATION = r"""
options:
  ca_cert_of_url:
    description: File with the CA of the certificate of O(url), where it is not one that the system trusts.
    type: path
  validate_certs_of_url:
    description: Whether to check the certificate of O(url).
    type: bool
    default: true
"""
