# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules that use a cluster share: options, client and error handling."""

from __future__ import annotations

import copy
import os
import signal
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from ansible_collections.modelops.serving.plugins.module_utils.client import failed_report
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError, is_unpermitted
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import playbook_names, target_names
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.hidden import without_credentials
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact, said

ROLES = (
    "Use an account with the Roles that playbooks/render.yml writes with model_serving_render_format=roles, or let an "
    "administrator grant it."
)
# What only a checkout has.
CHECKOUT = os.path.join(os.path.dirname(__file__), "..", "..", "..", "galaxy.yml")
# Of the API server's warnings, so many are shown.
WARNINGS = 10
TARGET = {"name": {"type": "str", "required": True}, "namespace": {"type": "str", "required": True}}


def with_target(options: dict) -> dict:
    """An argument spec with name, namespace and kubernetes.core's authentication options."""
    return copy.deepcopy({**AUTH_ARG_SPEC, **TARGET, **options})


def run(module: AnsibleModule, execute: Callable[[AnsibleModule, Kube], dict]) -> None:
    """Runs the module's work with a client, and ends the module with its result or one clear error.

    ``execute`` returns the result; ``failed: True`` in it fails the module. A SIGTERM ends the work cleanly: the lock
    is released and nothing more is changed.
    """
    signal.signal(signal.SIGTERM, _stop)
    _show_path_of_kubeconfig(module)
    kube = None
    try:
        target_names.refuse_impossible(module.params["name"], module.params["namespace"])
        kube = Kube.from_params(module.params)
        result = execute(module, kube)
    except ServingError as error:
        _fail(module, kube, _named(_with_the_way_to_rights(error), "msg"))
    except KeyboardInterrupt:
        _fail(module, kube, "interrupted; the lock was released. Run it again to continue.")
    except Exception as error:
        exception = redact(traceback.format_exc())
        _fail(module, kube, f"unexpected {type(error).__name__}: {said(error)}", exception=exception)
    for text in list(kube.warnings)[:WARNINGS]:
        module.warn(f"the API server warns: {redact(text)}")
    result.update(_shown(module, kube))
    module.exit_json(**_named(result))


def _fail(module: AnsibleModule, kube: Kube | None, msg: str, **more: str) -> NoReturn:
    """Ends the module with an error, which is in its report, too."""
    doing = module._name.rpartition(".")[2]
    written = [] if module.check_mode else failed_report.write(doing, module.params, msg)
    module.fail_json(msg=msg, **more, **({"reports": written} if written else {}), **_shown(module, kube))


def _named(value: Any, key: str = "") -> Any:
    """What it says, with the playbooks as they are run here."""
    return value if os.path.exists(CHECKOUT) else playbook_names.in_result(value, key)


def _with_the_way_to_rights(error: ServingError) -> str:
    if isinstance(error, KubeError) and is_unpermitted(error):
        return f"{str(error).rstrip('.')}. {ROLES}"
    return str(error)


def _show_path_of_kubeconfig(module: AnsibleModule) -> None:
    """kubernetes.core hides this option, which may hold credentials; a path must be readable in an error."""
    if isinstance(module.params.get("kubeconfig"), str):
        module.no_log_values.discard(module.params["kubeconfig"])


def _shown(module: AnsibleModule, kube: Kube | None) -> dict:
    """What every result has. The arguments, which -vvv prints and AWX keeps, are shown without credentials."""
    return {
        "api_requests": kube.requests if kube else 0,
        "invocation": {"module_args": without_credentials(module.params)},
    }


def _stop(_number, _frame):
    raise KeyboardInterrupt
