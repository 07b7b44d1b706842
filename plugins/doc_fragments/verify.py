# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option by which a release is asked for a prediction."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  verify:
    description:
      - Ask for a prediction, through the Service and, with O(verify.url), from outside. An answer that is not 2xx, has
        the wrong shape, or differs from what the model recorded (C(expected) beside C(example) in its C(model.json)) is
        a failure. What cannot be asked (no permission, the server wants a key) is a warning.
      - M(modelops.serving.release) asks before it promotes a revision, and records these options with it. So a rollback
        is verified as the revision it goes to was.
    type: dict
    suboptions:
      service:
        description: Service of the set to ask, through the API server. The release's name by default.
        type: str
      path:
        description: Path of the prediction.
        type: str
        default: /predict
      body:
        description: What is sent. By default the example that the server describes at C(/).
        type: dict
        default: {}
      model:
        description: Name of the model whose example is sent, the first one by default.
        type: str
        default: ''
      headers:
        description: Headers of the requests, such as an API key.
        type: dict
        default: {}
      url:
        description: Root as seen from outside; empty asks through the Service alone.
        type: str
        default: ''
      host:
        description: Host header for O(verify.url).
        type: str
        default: ''
      ca_cert:
        description: Path of the authority that signed the certificate of O(verify.url).
        type: path
      validate_certs:
        description: Whether that certificate has to be valid.
        type: bool
        default: true
      patience:
        description: Seconds in which O(verify.url) has to answer; a name or a certificate may come late.
        type: int
        default: 60
"""
