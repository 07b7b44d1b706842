# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The documentation that every cluster module shares, beside kubernetes.core's authentication options."""

    DOCUMENTATION = r"""
options:
  namespace:
    description: The namespace it is in.
    type: str
    required: true
attributes:
  action_group:
    description:
      - Use C(group/modelops.serving.kubernetes) in C(module_defaults) to give the cluster's credentials once for all
        modules of the collection.
    support: full
    membership:
      - modelops.serving.kubernetes
  platform:
    description: Target platforms on which the module runs.
    platforms: posix
    support: full
requirements:
  - python >= 3.11
  - kubernetes >= 31.0.0 (a token, certificate or password needs urllib3 only)
  - PyYAML
notes:
  - Without credentials in the options, in E(K8S_AUTH_HOST) and the other C(K8S_AUTH_*) variables, or in a kubeconfig, a
    run inside a pod uses that pod's own ServiceAccount, as P(kubernetes.core.k8s#module) does.
"""
